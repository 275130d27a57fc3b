import { ownOf } from './own-resources.ts'
import { exists, type World } from '../state/world.ts'
import type { Secret, SecretVersion } from '../state/secretsmanager.ts'
import { AwsError } from '../state/aws-error.ts'
import type { CallContext, AccountWorld } from '../state/call-context.ts'

export const invalidParameter = (message: string): AwsError => new AwsError('InvalidParameterException', message)

export const invalidRequest = (message: string): AwsError => new AwsError('InvalidRequestException', message)

const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message)

/** Secrets that take up their name: also those that were deleted without a recovery window, for a moment. */
export const secretsOf = (world: World, call: CallContext): Secret[] =>
  ownOf(call, world.secretsmanager.secrets).filter((secret) => exists(secret, call.now))

const withoutSuffix = (arn: string): string => arn.replace(/-\w{6}$/, '')

/**
 * Whether an id means a secret: its name, its ARN, or its ARN without the six characters ("SecretId", API reference).
 */
const isNamed = ({ arn, name }: Secret, id: string): boolean => id === name || id === arn || id === withoutSuffix(arn)

/** The caller's secret of that name or ARN, if it shows. */
export const findSecret = (world: World, context: CallContext, id: string): Secret | undefined =>
  secretsOf(world, context).find((secret) => secret.forced !== true && isNamed(secret, id))

/** The caller's secret, also one that is scheduled for deletion. Throws ResourceNotFoundException. */
export function getSecret({ world, ...context }: AccountWorld & CallContext, id = ''): Secret {
  const secret = findSecret(world, context, id)
  if (secret === undefined) throw notFound("Secrets Manager can't find the specified secret.")
  return secret
}

/** The caller's secret that is not on its way out. Throws InvalidRequestException for one that is. */
export function getActiveSecret(call: AccountWorld & CallContext, id = ''): Secret {
  const secret = getSecret(call, id)
  if (secret.deletedAt !== undefined) {
    throw invalidRequest("You can't perform this operation on the secret because it was marked for deletion.")
  }
  return secret
}

/** One version of a secret: by id, by stage, or both, which must then agree. Throws ResourceNotFoundException. */
export function versionOf(secret: Secret, versionId: string | undefined, stage: string | undefined): SecretVersion {
  const wanted = stage ?? (versionId === undefined ? 'AWSCURRENT' : undefined)
  const found = Object.values(secret.versions).find(
    (version) =>
      (versionId === undefined || version.versionId === versionId) &&
      (wanted === undefined || version.stages.includes(wanted)),
  )
  if (found !== undefined) return found
  const what = versionId === undefined ? `staging label: ${wanted}` : `VersionId: ${versionId}`
  throw notFound(`Secrets Manager can't find the specified secret value for ${what}`)
}

/**
 * The value that ECS puts into a task for a secret's ARN, with `:json-key:version-stage:version-id` behind it if it is
 * to be a part ("Pass Secrets Manager secrets through environment variables", ECS guide); also for another account's
 * secret.
 *
 * @param now ms of sandbox time.
 * @throws AwsError as GetSecretValue does.
 */
export function secretValue(world: World, reference: string, now: number): string {
  const [, , , region = '', account = '', , name = '', key = '', stage = '', versionId = ''] = reference.split(':')
  const arn = reference.split(':').slice(0, 7).join(':')
  if (name === '') throw invalidParameter(`${reference} is not the ARN of a secret`)
  const secret = getActiveSecret({ world, region, account, now }, arn)
  const { text, binary } = versionOf(secret, versionId || undefined, stage || undefined)
  const whole = text ?? Buffer.from(binary ?? '', 'base64').toString('utf8')
  return key === '' ? whole : memberOf(whole, key)
}

function memberOf(text: string, key: string): string {
  const missing = () =>
    new AwsError('ResourceNotFoundException', `retrieved secret from Secrets Manager did not contain json key ${key}`)
  try {
    const parsed: unknown = JSON.parse(text)
    const held = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, key) : undefined
    if (held === undefined) throw missing()
    return typeof held === 'string' ? held : JSON.stringify(held)
  } catch {
    throw missing()
  }
}
