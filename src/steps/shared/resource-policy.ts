import { same } from '../../engine/step.ts'

/** An IAM policy document: plain JSON. */
export interface Policy {
  Version?: string
  Statement: Statement | Statement[]
}

type Statement = Readonly<Record<string, unknown>>

/** Where a policy's API lives, for the ARNs that API Gateway puts in the place of the shorthand. */
export interface PolicyHome {
  apiId: string
  accountId: string
  region: string
}

const invoke = { Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' } as const

/**
 * The article's resource policy: everybody may call, but only through these interface endpoints. All of them are in one
 * Deny: two Denies, each naming one endpoint, would each shut out the other's callers.
 */
export const policyFor = (endpointIds: readonly string[]): Policy => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      ...invoke,
      Condition: { StringNotEquals: { 'aws:SourceVpce': [...new Set(endpointIds)].sort() } },
    },
    { Effect: 'Allow', ...invoke },
  ],
})

/**
 * The policy of GetRestApi, which is JSON inside a JSON string that has lost its quotes (terraform-provider-aws issues
 * 5549 and 15602); undefined if there is none or it cannot be read.
 */
export function parsePolicy(text: string | undefined): Policy | undefined {
  if (text === undefined || text === '') return undefined
  return parsed(unescaped(text)) ?? parsed(text)
}

function unescaped(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`))
  } catch {
    return text
  }
}

function parsed(text: string): Policy | undefined {
  try {
    const value: unknown = JSON.parse(text)
    // A document with statements is a policy, whatever else it holds.
    return typeof value === 'object' && value !== null && 'Statement' in value ? (value as Policy) : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether two policies mean the same. API Gateway expands the shorthand `execute-api:/` to ARNs and may write one value
 * for a list of one; order means nothing in a policy.
 */
export const samePolicy = (a: Policy | undefined, b: Policy | undefined, home: PolicyHome): boolean =>
  a === undefined || b === undefined ? a === b : same(canonical(a, home), canonical(b, home))

const canonical = (policy: Policy, home: PolicyHome): unknown =>
  listOf(policy.Statement).map((statement) => {
    const {
      Effect,
      Action,
      Resource,
      Condition = {},
      Principal,
      NotAction,
      NotResource,
      NotPrincipal,
    } = statement as Record<string, unknown> // A statement is an object; members that it lacks read as undefined.
    return {
      Effect,
      Action: Action && listOf(Action),
      NotAction: NotAction && listOf(NotAction),
      Resource: Resource && listOf(Resource).map((one) => shorthand(String(one), home)),
      NotResource: NotResource && listOf(NotResource).map((one) => shorthand(String(one), home)),
      Principal: principals(Principal),
      NotPrincipal: principals(NotPrincipal),
      Condition: mapped(Condition, (keys) => mapped(keys, (values) => listOf(values).map(String))),
    }
  })

/** IAM takes `"*"` and `{"AWS": "*"}` for the same. */
const principals = (principal: unknown): unknown =>
  principal === undefined ? undefined : mapped(principal === '*' ? { AWS: '*' } : principal, listOf)

const shorthand = (resource: string, { apiId, accountId, region }: PolicyHome): string =>
  resource.replace(new RegExp(`^arn:[^:]+:execute-api:${region}:${accountId}:${apiId}/`), 'execute-api:/')

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? [...new Set(value)] : [value])

const mapped = (value: unknown, change: (member: unknown) => unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, change(member)]))
    : value
