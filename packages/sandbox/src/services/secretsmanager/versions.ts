import { randomUUID } from 'node:crypto'
import type { Secret, SecretVersion } from '../../state/secretsmanager.ts'
import { AwsError } from '../../state/aws-error.ts'
import { invalidParameter } from '../../reads/secrets.ts'

/** The value that a request may give a version. */
interface Given {
  SecretString?: string | undefined
  SecretBinary?: Uint8Array | undefined
  ClientRequestToken?: string | undefined
}

/** "Quotas for Secrets Manager": size of an encrypted secret value. */
const mostBytes = 65_536

type Value = Pick<SecretVersion, 'text' | 'binary'>

/** The value in a request, nothing if it has none. Throws InvalidParameterException and ValidationException. */
export function valueIn({ SecretString, SecretBinary }: Given): Value | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.")
  }
  const size = SecretString === undefined ? (SecretBinary?.byteLength ?? 0) : Buffer.byteLength(SecretString)
  if (size > mostBytes) {
    const member = SecretString === undefined ? 'secretBinary' : 'secretString'
    const message = `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${mostBytes}`
    throw new AwsError('ValidationException', message)
  }
  if (SecretString !== undefined) return { text: SecretString }
  return SecretBinary === undefined ? undefined : { binary: Buffer.from(SecretBinary).toString('base64') }
}

/** Throws InvalidParameterException: the token becomes the version's id, of 32 to 64 characters (CreateSecret). */
export function tokenIn({ ClientRequestToken }: Given): string {
  const token = ClientRequestToken ?? randomUUID()
  if (token.length < 32 || token.length > 64)
    throw invalidParameter('You must provide a ClientRequestToken value between 32 and 64 characters')
  return token
}

/** Whether a version holds what a request gives. */
const holds = (version: SecretVersion, { text, binary }: Value): boolean =>
  version.text === text && version.binary === binary

/**
 * A new version with the stages that are asked for. The same token with the same value is the same version; with
 * another value it is ResourceExistsException (PutSecretValue, API reference).
 */
export function addVersion(
  secret: Secret,
  { token, value, stages, now }: { token: string; value: Value; stages: readonly string[]; now: number },
): SecretVersion {
  const present = secret.versions[token]
  if (present !== undefined) {
    if (holds(present, value)) return present
    const message = `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${secret.arn}.`
    throw new AwsError('ResourceExistsException', message)
  }
  const version: SecretVersion = { versionId: token, stages: [], createdAt: now, ...value }
  secret.versions[token] = version
  secret.changedAt = now
  for (const stage of stages) moveStage(secret, stage, version)
  return version
}

/** A stage is on one version only. What loses AWSCURRENT becomes AWSPREVIOUS; what has no stage left is forgotten. */
export function moveStage(secret: Secret, stage: string, to: SecretVersion | undefined): void {
  const from = Object.values(secret.versions).find(({ stages }) => stages.includes(stage))
  if (from === to) return
  if (from !== undefined) from.stages = from.stages.filter((one) => one !== stage)
  to?.stages.push(stage)
  if (stage === 'AWSCURRENT' && from !== undefined) moveStage(secret, 'AWSPREVIOUS', from)
  // "Secrets Manager automatically deletes versions without labels" once there are many; here at once (assumed).
  for (const [id, { stages }] of Object.entries(secret.versions)) if (stages.length === 0) delete secret.versions[id]
}

/** Shows the value of a version. */
export const showValue = ({ text, binary }: SecretVersion) => ({
  ...(text !== undefined && { SecretString: text }),
  ...(binary !== undefined && { SecretBinary: Buffer.from(binary, 'base64') }),
})
