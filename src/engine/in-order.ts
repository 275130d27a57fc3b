/**
 * Visits every item once, each as soon as the items before it have been visited, side by side otherwise. `visit` gets
 * the results of the items before it.
 */
export async function inOrder<T, R>(
  items: readonly T[],
  comesAfter: (item: T) => readonly T[],
  visit: (item: T, before: readonly R[]) => Promise<R>,
): Promise<void> {
  const begun = new Map<T, Promise<R>>()
  const begin = (item: T): Promise<R> => {
    const running = begun.get(item) ?? Promise.all(comesAfter(item).map(begin)).then((before) => visit(item, before))
    begun.set(item, running)
    return running
  }
  await Promise.all(items.map(begin))
}
