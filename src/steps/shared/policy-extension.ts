import { exits, PrivlinkError } from '../../errors.ts'
import type { Policy } from './resource-policy.ts'

type Statement = Readonly<Record<string, unknown>>

/** Characters of a resource policy ("Amazon API Gateway quotas"). */
const largestPolicy = 8192

const anybody = { Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' } as const

/**
 * The resource policy with one more endpoint let in, and nothing else changed: its id joins the one Deny that shuts out
 * all other endpoints, and where only named endpoints are allowed, the one Allow that names them. Where neither allows
 * it, a statement of its own does. The same policy where the endpoint is let in already.
 *
 * @throws PrivlinkError PolicyNotExtendable, PolicyTooLarge (exit 2)
 */
export function extendPolicy(policy: Policy, endpointId: string): Policy {
  const statements = statementsOf(policy)
  const denies = statements.filter(({ Effect }) => Effect === 'Deny')
  const strange = denies.find((statement) => endpointsIn(statement, 'StringNotEquals') === undefined)
  if (strange !== undefined) {
    throw notExtendable(`it has a Deny on something else than aws:SourceVpce: ${JSON.stringify(strange).slice(0, 300)}`)
  }
  if (denies.length > 1) throw notExtendable(`it has ${denies.length} statements that deny by aws:SourceVpce`)
  const next = statements.map((one) => (one.Effect === 'Deny' ? joined(one, 'StringNotEquals', endpointId) : one))
  const allowed = allow(next, endpointId)
  const isSame = allowed.length === statements.length && allowed.every((one, index) => one === statements[index])
  return isSame ? policy : { ...policy, Statement: allowed }
}

/**
 * Whether API Gateway would take it. Its quota counts the text as it is sent (assumed).
 *
 * @throws PrivlinkError PolicyTooLarge (exit 2)
 */
export function checkPolicySize(policy: Policy, apiId: string): void {
  const { length } = JSON.stringify(policy)
  if (length <= largestPolicy) return
  throw new PrivlinkError(
    'PolicyTooLarge',
    `the resource policy of ${apiId} would have ${length} characters; API Gateway takes ${largestPolicy}`,
    {
      exit: exits.usage,
      hint: 'Take out endpoints that are gone, or let in whole VPCs by aws:SourceVpc; then run setup again.',
    },
  )
}

function allow(statements: Statement[], endpointId: string): Statement[] {
  const allows = statements.filter(({ Effect }) => Effect === 'Allow')
  if (allows.some((one) => one['Condition'] === undefined && isForAll(one))) return statements
  const byEndpoint = allows.filter((one) => endpointsIn(one, 'StringEquals') !== undefined && isForAll(one))
  if (byEndpoint.some((one) => endpointsIn(one, 'StringEquals')?.includes(endpointId))) return statements
  const [only] = byEndpoint
  if (only !== undefined && byEndpoint.length === 1) {
    return statements.map((one) => (one === only ? joined(one, 'StringEquals', endpointId) : one))
  }
  if (allows.length > 0 && allows.every((one) => !isAnybody(one['Principal']))) {
    throw notExtendable('it lets in named principals only, and a call of ours has none')
  }
  const Condition = { StringEquals: { 'aws:SourceVpce': [endpointId] } }
  return [...statements, { Sid: sidOf(endpointId), Effect: 'Allow', ...anybody, Condition }]
}

/**
 * The policy without an endpoint, everything else as it is. Where it was the only one, nobody is let in any more: a
 * list without entries would mean that or nothing at all.
 */
export function takeBack(policy: Policy, endpointId: string): Policy {
  const statements = statementsOf(policy)
  const next = statements.flatMap((statement) => {
    if (statement['Sid'] === sidOf(endpointId)) return []
    const operator = statement.Effect === 'Deny' ? 'StringNotEquals' : 'StringEquals'
    const endpoints = endpointsIn(statement, operator)
    if (endpoints === undefined || !endpoints.includes(endpointId)) return [statement]
    const left = endpoints.filter((id) => id !== endpointId)
    if (left.length > 0) return [withEndpoints(statement, operator, left)]
    if (statement.Effect !== 'Deny') return []
    const { Condition: _, ...rest } = statement
    return [rest]
  })
  if (next.length === statements.length && next.every((one, index) => one === statements[index])) return policy
  return { ...policy, Statement: next.length > 0 ? next : [{ Effect: 'Deny', ...anybody }] }
}

/** Whether the policy lets the endpoint in as it is. */
export function letsIn(policy: Policy | undefined, endpointId: string): boolean {
  if (policy === undefined) return false
  try {
    return extendPolicy(policy, endpointId) === policy
  } catch {
    // A policy that cannot be extended is not known to let it in.
    return false
  }
}

/** All endpoints that a policy names, wherever. */
export const endpointsNamed = (policy: Policy | undefined): string[] => [
  ...new Set(JSON.stringify(policy ?? {}).match(/vpce-[0-9a-f]+/g)),
]

/** Whether there is anything in the policy to take back. */
export const mentions = (policy: Policy | undefined, endpointId: string): boolean =>
  policy !== undefined && takeBack(policy, endpointId) !== policy

/** The policy without the endpoints that it names: two of these differ in more than who is let in. */
export const withoutEndpoints = (policy: Policy | undefined): Policy | undefined =>
  policy && {
    ...policy,
    Statement: statementsOf(policy)
      .filter(({ Sid }) => !String(Sid).startsWith(ownSid))
      .map((one) => {
        const operator = one.Effect === 'Deny' ? 'StringNotEquals' : 'StringEquals'
        return endpointsIn(one, operator) === undefined ? one : withEndpoints(one, operator, [])
      }),
  }

const ownSid = 'Privlink'

/** A Sid takes letters and digits only. */
const sidOf = (endpointId: string): string => `${ownSid}${endpointId.replaceAll(/[^0-9a-z]/gi, '')}`

const statementsOf = ({ Statement }: Policy): Statement[] => (Array.isArray(Statement) ? Statement : [Statement])

/** The endpoints of a statement whose only condition is this one on aws:SourceVpce; keys have no case. */
function endpointsIn({ Condition }: Statement, operator: string): string[] | undefined {
  const [[name, keys] = ['', undefined], ...others] = entriesOf(Condition)
  if (name !== operator || others.length > 0) return undefined
  const [[key, values] = ['', undefined], ...rest] = entriesOf(keys)
  return key.toLowerCase() === 'aws:sourcevpce' && rest.length === 0 ? listOf(values).map(String) : undefined
}

const joined = (statement: Statement, operator: string, endpointId: string): Statement => {
  const endpoints = endpointsIn(statement, operator) ?? []
  return endpoints.includes(endpointId) ? statement : withEndpoints(statement, operator, [...endpoints, endpointId])
}

function withEndpoints(statement: Statement, operator: string, endpoints: string[]): Statement {
  const [[, keys] = ['', undefined]] = entriesOf(statement['Condition'])
  const [[key] = ['aws:SourceVpce']] = entriesOf(keys)
  return { ...statement, Condition: { [operator]: { [key]: endpoints } } }
}

/** Whether a statement is about everybody and the whole of the API, or of one stage. */
const isForAll = ({ Principal, Action, Resource }: Statement): boolean =>
  isAnybody(Principal) &&
  listOf(Action).some((one) => ['*', 'execute-api:*', 'execute-api:invoke'].includes(String(one).toLowerCase())) &&
  listOf(Resource).some((one) =>
    /^(\*|execute-api:\/\*|(arn:[^/]+|execute-api:)\/([^/]+\/)?\*(\/\*)*)$/.test(String(one)),
  )

const isAnybody = (principal: unknown): boolean =>
  principal === '*' || entriesOf(principal).some(([, names]) => listOf(names).includes('*'))

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : []

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value])

const notExtendable = (why: string): PrivlinkError =>
  new PrivlinkError('PolicyNotExtendable', `the resource policy cannot be extended safely: ${why}`, {
    exit: exits.usage,
    hint: 'Bring it into the form "Allow all, Deny unless aws:SourceVpce is one of ...", or let the endpoint in yourself and deploy.',
  })
