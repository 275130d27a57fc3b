import type { Tags } from '../state/resource.ts'

/** A tag, or any setting with a key, as most services write it. */
interface Pair {
  Key?: string | undefined
  Value?: string | undefined
}

/** Pairs by their keys; of a key that occurs twice, the last value. */
export const byKey = (pairs: readonly Pair[] = []): Record<string, string> =>
  Object.fromEntries(pairs.map(({ Key = '', Value = '' }) => [Key, Value]))

export const toPairs = (settings: Readonly<Record<string, string>> = {}) =>
  Object.entries(settings).map(([Key, Value]) => ({ Key, Value }))

export const withoutKeys = (tags: Tags, keys: readonly string[] = []): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)))

/** A service's own errors about tags. */
interface TagRefusals {
  /** About a key that is empty or AWS's own. */
  reserved(key: string): Error
  tooMany(): Error
}

/**
 * Checks all the tags that a resource is to have: no key is empty or begins with `aws:`, and there are `most` of them
 * ("Tag naming limits and requirements", Tagging AWS resources guide).
 *
 * @throws what `refusals` make.
 */
export function checkedTags(tags: Tags, refusals: TagRefusals, most = 50): Tags {
  const reserved = Object.keys(tags).find((key) => key === '' || key.toLowerCase().startsWith('aws:'))
  if (reserved !== undefined) throw refusals.reserved(reserved)
  if (Object.keys(tags).length > most) throw refusals.tooMany()
  return tags
}
