/** The way in which reads of one kind are made together. */
export interface Batch<Ask, Row> {
  /** Asks with the same answer to this can travel in one request. */
  kindOf(ask: Ask): string
  /** All rows that any of these asks, which are of one kind, is after; more do no harm. */
  fetch(asks: readonly Ask[]): Promise<Row[]>
  matches(ask: Ask, row: Row): boolean
}

interface Waiting<Ask, Row> {
  ask: Ask
  resolve: (rows: Row[]) => void
  reject: (thrown: unknown) => void
}

/**
 * Merges asks of one kind that are made in the same turn of the event loop into one fetch, and deals out the rows. An
 * ask that is made while a fetch is in the air goes with the next one, since it must not see what was true before it
 * asked; there is one in the air of each kind, so that when AWS's limits hold it back, the next is the fuller.
 */
export function makeBatcher<Ask, Row>(batch: Batch<Ask, Row>): (ask: Ask) => Promise<Row[]> {
  const gathering = new Map<string, Waiting<Ask, Row>[]>()

  const answer = async (asked: Waiting<Ask, Row>[]) => {
    try {
      const rows = await batch.fetch(asked.map(({ ask }) => ask))
      for (const { ask, resolve } of asked) resolve(rows.filter((row) => batch.matches(ask, row)))
    } catch (thrown) {
      for (const { reject } of asked) reject(thrown)
    }
  }
  const leave = async (kind: string) => {
    const asked = gathering.get(kind) ?? []
    if (asked.length === 0) return gathering.delete(kind)
    gathering.set(kind, [])
    await answer(asked)
    return setImmediate(leave, kind)
  }
  return (ask) =>
    new Promise((resolve, reject) => {
      const kind = batch.kindOf(ask)
      const waiting = gathering.get(kind)
      if (waiting === undefined) setImmediate(leave, kind)
      gathering.set(kind, [...(waiting ?? []), { ask, resolve, reject }])
    })
}

/** Lists of at most `size` items. */
export const chunksOf = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))

/** Follows a list's pages to the end. `read` is given where the next page begins, and says what is on it. */
export async function allPages<Row>(
  read: (next: string | undefined) => Promise<{ rows: Row[] | undefined; next: string | undefined }>,
): Promise<Row[]> {
  const all: Row[] = []
  let next: string | undefined
  do {
    const page = await read(next)
    all.push(...(page.rows ?? []))
    next = page.next === '' ? undefined : page.next
  } while (next !== undefined)
  return all
}
