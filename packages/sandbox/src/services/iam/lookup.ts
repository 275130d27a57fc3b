import { byKey, checkedTags } from '../tags.ts'
import type { Tag } from '@aws-sdk/client-iam'
import type { Call } from '../operation.ts'
import type { Tags } from '../../state/resource.ts'
import { pageFrom } from '../pages.ts'
import type { Role } from '../../state/iam.ts'
import { AwsError } from '../../state/aws-error.ts'

export const invalid = (message: string): AwsError => new AwsError('ValidationError', message)

/** Throws ValidationError as IAM words a value that breaks its model. */
export function checkText(name: string, value: string, { longest, pattern }: { longest: number; pattern: RegExp }) {
  const constraint =
    value.length > longest
      ? `Member must have length less than or equal to ${longest}`
      : `Member must satisfy regular expression pattern: ${pattern.source.slice(1, -1)}`
  if (value.length <= longest && pattern.test(value)) return
  throw invalid(
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: ${constraint}`,
  )
}

/** Names of roles and of inline policies (API_CreateRole, API_PutRolePolicy). */
export const namePattern = /^[\w+=,.@-]+$/

export const roleNameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)

/** `/` or `/service-role/`, of `arn:aws:iam::123456789012:role/service-role/name`. */
export const rolePathOf = (arn: string): string => arn.slice(arn.indexOf(':role/') + 5, arn.lastIndexOf('/') + 1)

/** The roles of the caller's account, by ARN; IAM is the same in every Region. */
export const ownRoles = ({ world, account }: Pick<Call, 'world' | 'account'>): [string, Role][] =>
  Object.entries(world.iam.roles).filter(([, role]) => role.account === account)

/** Names are unique in an account, whatever their path and case ("IAM object quotas", IAM User Guide). */
export const findRole = (call: Pick<Call, 'world' | 'account'>, name: string): [string, Role] | undefined =>
  ownRoles(call).find(([arn]) => roleNameOf(arn).toLowerCase() === name.toLowerCase())

/** Throws NoSuchEntity. */
export function getRole(call: Call, name: string | undefined): { arn: string; role: Role } {
  checkText('roleName', name ?? '', { longest: 64, pattern: namePattern })
  const [arn, role] = findRole(call, name ?? '') ?? []
  if (arn === undefined || role === undefined)
    throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`)
  return { arn, role }
}

/** Finds a role to change it. Throws UnmodifiableEntity for a service-linked role, which only its service changes. */
export function getChangeableRole(call: Call, name: string | undefined): { arn: string; role: Role } {
  const found = getRole(call, name)
  if (!rolePathOf(found.arn).startsWith('/aws-service-role/')) return found
  throw new AwsError(
    'UnmodifiableEntity',
    `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
  )
}

interface Page {
  Marker?: string | undefined
  MaxItems?: number | undefined
}

/** A page of a listing: 100 items unless told (API_ListRoles). */
export function page<T>(all: readonly T[], { Marker, MaxItems = 100 }: Page) {
  if (MaxItems < 1 || MaxItems > 1000) throw invalid(`MaxItems ${MaxItems} is not between 1 and 1000`)
  const { items, next } = pageFrom(all, Marker, MaxItems, () => invalid(`Invalid Marker: ${Marker}`))
  return { items, rest: { IsTruncated: next !== undefined, ...(next !== undefined && { Marker: next }) } }
}

/** Throws InvalidInput for keys that occur twice or are AWS's own, LimitExceeded over 50. */
export function withTags(tags: Tags = {}, added: readonly Tag[] = []): Tags {
  const keys = added.map(({ Key = '' }) => Key)
  const twice = keys.find((key, index) =>
    keys.some((other, at) => at < index && other.toLowerCase() === key.toLowerCase()),
  )
  if (twice !== undefined)
    throw new AwsError('InvalidInput', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  return checkedTags(
    { ...tags, ...byKey(added) },
    {
      reserved: () => new AwsError('InvalidInput', "Tag keys that start with 'aws:' are reserved for system use."),
      tooMany: () => new AwsError('LimitExceeded', 'The number of tags has reached the maximum limit of 50.'),
    },
  )
}

/** Documents travel percent-encoded in answers (RFC 3986; API_GetRole). */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
