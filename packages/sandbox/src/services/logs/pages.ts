import { pageFrom } from '../pages.ts'
import { invalid } from '../../reads/log-groups.ts'

/** One page from a list, and what leads to the next. Throws InvalidParameterException. */
export function page<T>(all: readonly T[], token: string | undefined, limit: number) {
  const { items, next } = pageFrom(all, token, limit, () => invalid('The specified nextToken is invalid.'))
  return { shown: items, ...(next !== undefined && { nextToken: next }) }
}
