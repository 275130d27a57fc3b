/** A property of the object itself, so that a resource called `constructor` is one. */
export function own<T>(map: Record<string, T>, key: string | undefined): T | undefined {
  return key !== undefined && Object.hasOwn(map, key) ? map[key] : undefined
}
