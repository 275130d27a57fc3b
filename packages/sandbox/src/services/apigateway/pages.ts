import { pageFrom } from '../pages.ts'
import { badRequest } from './refusals.ts'

/**
 * One page of a list: `limit` is 25 unless told and at most 500 (the numbers are assumed); `position` is opaque to the
 * client and absent on the last page.
 */
export function pageOf<T>(
  items: readonly T[],
  { position, limit = 25 }: { position?: string | undefined; limit?: number | undefined },
): { items: T[]; position?: string } {
  if (limit < 1 || limit > 500) throw badRequest('Invalid limit specified: it must be between 1 and 500')
  const refuse = () => badRequest('Invalid position parameter specified')
  const { next, ...page } = pageFrom(items, position, limit, refuse)
  return { ...page, ...(next !== undefined && { position: next }) }
}

/** An empty map is not sent at all, as AWS does it. */
export const unlessEmpty = <T extends object>(map: T): T | undefined => (Object.keys(map).length > 0 ? map : undefined)
