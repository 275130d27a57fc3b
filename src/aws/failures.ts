import { exits, messageOf, PrivlinkError, type Exit } from '../errors.ts'
import { type FailureCode, meanings } from './failure-meanings.ts'
import type { ServiceName } from './limits.ts'

export type { FailureCode }

/** Where an error came from. */
export interface Origin {
  service: ServiceName
  operation: string
  /** The account's name in the config. */
  account: string
  /** ARN of the caller, for errors that do not name it. */
  principal?: string | undefined
}

/** An error as AWS's SDK or Node throws it: every member may be missing. */
interface Thrown {
  name?: string
  code?: string
  message?: string
  $fault?: string
  $metadata?: { httpStatusCode?: number | undefined; attempts?: number | undefined }
  retryAfterSeconds?: string | undefined
}

/** Every member is read as one that may be missing or of another kind. */
export const partsOf = (thrown: unknown): Thrown =>
  typeof thrown === 'object' && thrown !== null ? (thrown as Thrown) : {}

/** AWS's name of an error, without the ending that only some services' models add. */
const nameOf = (thrown: unknown): string => String(partsOf(thrown).name ?? '').replace(/Exception$/, '')

/** Whether a request left, and came to an end that AWS stands for. */
export type Passage = 'answered' | 'not-sent' | 'unsure'

/** Node's codes for a connection that was never made, and for one that broke. */
const neverMade = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/
const broken = /^(ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_SOCKET)$/

/** How far a request came that failed: after `unsure` it may have taken effect. */
export function passageOf(thrown: unknown): Passage {
  const { code = '', name = '', message = '', $fault, $metadata } = partsOf(thrown)
  if (neverMade.test(code) || /did not establish a connection/i.test(message)) return 'not-sent'
  if (broken.test(code) || /^(TimeoutError|RequestTimeout|RequestTimeoutException|AbortError)$/.test(name))
    return 'unsure'
  if (/socket hang up/i.test(message)) return 'unsure'
  const status = $metadata?.httpStatusCode
  if (status !== undefined && status >= 500) return 'unsure'
  // The SDK could not read what came back: an answer that was cut off.
  if ($fault === undefined && status !== undefined) return 'unsure'
  return 'answered'
}

/** The meaning of an error. */
export function meaningOf(thrown: unknown, operation: string): FailureCode {
  const name = nameOf(thrown)
  const message = messageOf(thrown)
  const row = meanings.find(
    (row) =>
      (row.name?.test(name) ?? true) &&
      (row.message?.test(message) ?? true) &&
      (row.operation === undefined || row.operation === operation),
  )
  if (row) return row.code
  return passageOf(thrown) === 'answered' || partsOf(thrown).$metadata?.httpStatusCode !== undefined
    ? 'AwsFailed'
    : 'Unreachable'
}

const labels: Record<ServiceName, string> = {
  ec2: 'EC2',
  elbv2: 'Elastic Load Balancing',
  apigateway: 'API Gateway',
  iam: 'IAM',
  lambda: 'Lambda',
  ecs: 'ECS',
  secretsmanager: 'Secrets Manager',
  logs: 'CloudWatch Logs',
  route53: 'Route 53',
  sts: 'STS',
}

/**
 * Says in our own words what AWS's SDK has thrown: one of the codes above, AWS's own message, operation and account.
 */
export function translate(thrown: unknown, origin: Origin): PrivlinkError {
  if (thrown instanceof PrivlinkError) return thrown
  const code = meaningOf(thrown, origin.operation)
  return failure(code, thrown, origin)
}

/** The same for an error whose meaning is already known. */
export function failure(code: FailureCode, thrown: unknown, origin: Origin): PrivlinkError {
  const { service, operation, account } = origin
  const name = partsOf(thrown).name ?? 'Error'
  const said = messageOf(thrown)
  // Node's errors carry no name of AWS's, and EC2 sometimes no message.
  const cause = said === '' || said === name ? name : name === 'Error' ? said : `${said} (${name})`
  const denial = code === 'Denied' ? deniedTo(said, origin) : undefined
  return new PrivlinkError(
    code,
    `${labels[service]} ${operation} in account ${account}${denial ? ` as ${denial.principal} needs ${denial.action}` : ''}: ${cause}`,
    { cause: thrown, exit: exitOf(code), hint: denial ? denial.hint : (hints[code]?.(origin) ?? wayOut(cause)) },
  )
}

const exitOf = (code: FailureCode): Exit =>
  code === 'Denied' || code === 'Expired' || code === 'NoCredentials' ? exits.credentials : exits.failed

const hints: Partial<Record<FailureCode, (origin: Origin) => string>> = {
  Quota: ({ account }) =>
    `Raise the quota of account ${account} in Service Quotas, or remove what is no longer needed.`,
  Expired: () => 'Sign in again and run the same command: it goes on where it stopped.',
  NoCredentials: () => 'Sign in (aws sso login, or aws configure), or set AWS_PROFILE.',
  Unreachable: () => 'Check the network and the Region, then run the same command again: it goes on where it stopped.',
  Throttled: () => 'Run the same command again later: it goes on where it stopped.',
}

/** The next action for failures that only AWS's message or name tells apart. */
const ways: readonly [RegExp, string][] = [
  // The owner has locked it on purpose, and only the owner knows whether it may go ("Deletion protection", NLB guide).
  [
    /deletion protection/i,
    'Turn its deletion protection off if it may go, and run the same command again: it goes on where it stopped.',
  ],
  [
    /already associated with another VPC Endpoint Service/i,
    'A load balancer carries one endpoint service: name the one that is there under "adopt" in the config, or free it.',
  ],
  [
    /conflicting DNS domain/i,
    "Name the endpoint that has the private DNS as the network's executeApi.endpointId, or set executeApi.privateDns: false.",
  ],
  [
    /\bCertificateNotFound/,
    'Name one in ACM as tls.certificateArn, of the same account and Region as the proxy, that has been issued.',
  ],
  [
    /CaCertificatesBundle|RevocationContent/,
    'Look at bucket, key and version under tls in the config: PEM without blank lines, certificates of authorities only.',
  ],
]

const wayOut = (cause: string): string | undefined => ways.find(([message]) => message.test(cause))?.[1]

/** The principal and the permission that it lacks: from AWS's message where it says so, else from the call. */
function deniedTo(said: string, origin: Origin): { principal: string; action: string; hint: string } {
  const principal = /User: (arn:\S+)/.exec(said)?.[1] ?? origin.principal ?? 'the current credentials'
  const action = /perform: ([\w-]+:\w+)/.exec(said)?.[1] ?? actionOf(origin)
  const hint = /explicit deny/i.test(said)
    ? `A policy of account ${origin.account} or its organization denies ${action}: lift it for ${principal}.`
    : `Grant ${action} to ${principal} in account ${origin.account}.`
  return { principal, action, hint }
}

const prefixOf = (service: ServiceName): string => (service === 'elbv2' ? 'elasticloadbalancing' : service)

/** API Gateway's actions are HTTP verbs ("Actions, resources, and condition keys for API Gateway Management"). */
const verbs: readonly [RegExp, string][] = [
  [/^(Get|List)/, 'GET'],
  [/^(Put|Tag)/, 'PUT'],
  [/^Update/, 'PATCH'],
  [/^(Delete|Untag)/, 'DELETE'],
]

const actionOf = ({ service, operation }: Origin): string =>
  service === 'apigateway'
    ? `apigateway:${verbs.find(([names]) => names.test(operation))?.[1] ?? 'POST'}`
    : `${prefixOf(service)}:${operation}`

/** Whether something thrown is a failure with one of these codes. */
export const isFailure = (thrown: unknown, ...codes: FailureCode[]): boolean =>
  thrown instanceof PrivlinkError && codes.some((code) => code === thrown.code)

/** The answer of a read of one thing; undefined where there is no such thing. */
export async function unlessMissing<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look
  } catch (thrown) {
    if (isFailure(thrown, 'NotFound')) return undefined
    throw thrown
  }
}

/** An item of the lists of failures that EC2 returns with status 200. */
export interface UnsuccessfulItem {
  ResourceId?: string | undefined
  Error?: { Code?: string | undefined; Message?: string | undefined } | undefined
}

/**
 * Throws the first failure of such a list as if the call had failed with it. The clients of an account do it by
 * themselves.
 *
 * @throws PrivlinkError with a code of this file
 */
export function unsuccessful(
  items: readonly UnsuccessfulItem[] | undefined,
  origin: Origin = { service: 'ec2', operation: 'request', account: '(unnamed)' },
): void {
  const [first] = items ?? []
  if (!first) return
  const message = [first.ResourceId, first.Error?.Message].filter((part) => part !== undefined).join(': ')
  throw translate(Object.assign(new Error(message), { name: first.Error?.Code ?? 'Unsuccessful' }), origin)
}
