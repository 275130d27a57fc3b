import type { Filter } from '@aws-sdk/client-ec2'
import type { Tags } from '../../state/resource.ts'
import { pageFrom } from '../pages.ts'
import { AwsError } from '../../state/aws-error.ts'

/** The values that each filter of a Describe compares, by the filter's name. Booleans are `true` and `false`. */
export type Facets<T> = Record<string, (item: T) => readonly (string | undefined)[]>

/** The members that Describe requests share. */
export interface Listing {
  Filters?: Filter[] | undefined
  MaxResults?: number | undefined
  NextToken?: string | undefined
}

/** A value of a filter: `*` is any text, `?` is one character, a backslash takes their meaning away. */
function pattern(value: string): RegExp {
  const source = value.replace(/\\?[\s\S]/g, (part) => {
    if (part === '*') return '[\\s\\S]*'
    if (part === '?') return '[\\s\\S]'
    const literal = part.length === 2 ? part.slice(1) : part
    return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  })
  return new RegExp(`^${source}$`)
}

function facet<T extends { tags?: Tags }>(name: string, facets: Facets<T>): Facets<T>[string] | undefined {
  if (name.startsWith('tag:')) return (item) => [item.tags?.[name.slice(4)]]
  if (name === 'tag-key') return (item) => Object.keys(item.tags ?? {})
  return Object.hasOwn(facets, name) ? facets[name] : undefined
}

/**
 * Selects the items that match every filter by any of its values. Throws InvalidParameterValue for a filter that the
 * operation does not have, as EC2 does; `unknown` is the code where an operation says it differently.
 */
export function select<T extends { tags?: Tags }>(
  items: readonly T[],
  filters: readonly Filter[] | undefined,
  facets: Facets<T>,
  unknown = 'InvalidParameterValue',
): T[] {
  const tests = (filters ?? []).map(({ Name, Values }) => {
    const values = Name === undefined ? undefined : facet(Name, facets)
    if (values === undefined) throw new AwsError(unknown, `The filter '${Name ?? 'null'}' is invalid`)
    const patterns = (Values ?? []).map(pattern)
    return (item: T) =>
      values(item).some((value) => value !== undefined && patterns.some((wanted) => wanted.test(value)))
  })
  return items.filter((item) => tests.every((test) => test(item)))
}

/** One page, in the order of creation. EC2 caps a page at 1000. Throws InvalidNextToken. */
export function page<T>(all: readonly T[], { MaxResults, NextToken }: Listing) {
  if (MaxResults !== undefined && MaxResults < 1) {
    throw new AwsError('InvalidMaxResults', `The specified value for MaxResults is not valid: ${MaxResults}`)
  }
  const refuse = () => new AwsError('InvalidNextToken', 'The specified NextToken is not valid')
  const { items, next } = pageFrom(all, NextToken, Math.min(MaxResults ?? 1000, 1000), refuse)
  return { items, NextToken: next }
}

/** Selects by the filters, then cuts a page. */
export const list = <T extends { tags?: Tags }>(items: readonly T[], request: Listing, facets: Facets<T>) =>
  page(select(items, request.Filters, facets), request)
