/** The facts of a thing that exists: ids, ARNs, addresses. Plain JSON. */
export type Facts = Record<string, unknown>

/** Returns the facts that are known so far of a node, or of one that was made but is not ready: `<key>@made`. */
export type FactsOf = (need: string) => Facts | undefined

/** The need for a node's facts as soon as it has been made: its ids are known long before it is ready. */
export const madeOf = (node: string): string => `${node}@made`

/** The node that a need is about, and whether being made is enough. */
export const needed = (need: string): { node: string; early: boolean } => {
  const early = need.endsWith('@made')
  return { node: early ? need.slice(0, -'@made'.length) : need, early }
}

const unknown: unique symbol = Symbol('known only after another step')
type Unknown = typeof unknown

const isRef: unique symbol = Symbol('ref')

/** A typed promise of a value that follows from the facts of other nodes. */
export interface Ref<T> {
  readonly [isRef]: true
  /** Keys of the nodes that it needs, `@made` where being made is enough. */
  readonly needs: readonly string[]
  read(factsOf: FactsOf): T | Unknown
  map<U>(change: (value: T) => U): Ref<U>
}

/** Inputs of a step as a flow writes them: values, refs, and any mixture of both inside lists and objects. */
export type Refs<T> = T | Ref<T> | (T extends object ? { [K in keyof T]: Refs<T[K]> } : never)

const makeRef = <T>(needs: readonly string[], read: (factsOf: FactsOf) => T | Unknown): Ref<T> => ({
  [isRef]: true,
  needs: [...new Set(needs)],
  read,
  map: (change) =>
    makeRef(needs, (factsOf) => {
      const value = read(factsOf)
      return value === unknown ? unknown : change(value)
    }),
})

/** A ref to one fact of what is needed. */
export const factRef = <T>(need: string, fact: string): Ref<T> =>
  makeRef([need], (factsOf) => {
    const facts = factsOf(need)
    // The node's step has parsed its facts by its schema, from which T was inferred.
    return facts === undefined || facts[fact] === undefined ? unknown : (facts[fact] as T)
  })

const hasRef = (value: unknown): value is Ref<unknown> => typeof value === 'object' && value !== null && isRef in value

/** One ref of a structure that holds several. */
export const together = <T>(parts: Refs<T>): Ref<T> =>
  makeRef(needsOf(parts), (factsOf) => {
    const resolved = deepRead(parts, factsOf)
    // deepRead keeps the structure and puts a value in the place of every ref.
    return resolved === unknown ? unknown : (resolved as T)
  })

/** A value that may be used only once another is known, such as a service's name once we may connect to it. */
export const after = <T>(earlier: Ref<unknown>, value: Ref<T>): Ref<T> =>
  makeRef([...value.needs, ...earlier.needs], (factsOf) =>
    earlier.read(factsOf) === unknown ? unknown : value.read(factsOf),
  )

/** The needs of all refs in a structure. */
export function needsOf(value: unknown): string[] {
  if (hasRef(value)) return [...value.needs]
  if (typeof value !== 'object' || value === null) return []
  return [...new Set(Object.values(value).flatMap(needsOf))]
}

function deepRead(value: unknown, factsOf: FactsOf): unknown {
  if (hasRef(value)) return value.read(factsOf)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map((item) => deepRead(item, factsOf))
    return items.includes(unknown) ? unknown : items
  }
  const entries = Object.entries(value).map(([name, item]) => [name, deepRead(item, factsOf)] as const)
  return entries.some(([, item]) => item === unknown) ? unknown : Object.fromEntries(entries)
}

/**
 * The inputs as far as they are known: a member that hangs on something unknown is left out, and `waitsFor` names the
 * nodes that it needs.
 */
export function resolve<T extends object>(
  inputs: Refs<T>,
  factsOf: FactsOf,
): { inputs: Partial<T>; waitsFor: string[] } {
  const known: Record<string, unknown> = {}
  const waitsFor = new Set<string>()
  for (const [name, value] of Object.entries(inputs)) {
    const resolved = deepRead(value, factsOf)
    if (resolved === unknown)
      needsOf(value)
        .filter((need) => factsOf(need) === undefined)
        .forEach((need) => waitsFor.add(needed(need).node))
    else if (resolved !== undefined) known[name] = resolved
  }
  // Member by member the same structure as T, less what is unknown.
  return { inputs: known as Partial<T>, waitsFor: [...waitsFor] }
}

/** Whether two inputs mean the same: values by content, refs by the nodes they need. */
export function agree(a: unknown, b: unknown): boolean {
  if (hasRef(a) || hasRef(b)) return hasRef(a) && hasRef(b) && String(a.needs) === String(b.needs)
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  const names = Object.keys({ ...a, ...b })
  // Both are objects or arrays; a name that one of them lacks reads as undefined.
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return Array.isArray(a) === Array.isArray(b) && names.every((name) => agree(left[name], right[name]))
}
