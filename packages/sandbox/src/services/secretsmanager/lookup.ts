import type { Tag } from '@aws-sdk/client-secrets-manager'
import type { Tags } from '../../state/owned.ts'
import { AwsError, type Call } from '../operation.ts'
import { exists, type World } from '../../state/world.ts'
import type { Secret, SecretVersion } from '../../state/secretsmanager.ts'

/** In whose account and Region something happens, and when. */
export type Owner = Pick<Call, 'account' | 'region' | 'now'>

export const invalidParameter = (message: string): AwsError => new AwsError('InvalidParameterException', message)
export const invalidRequest = (message: string): AwsError => new AwsError('InvalidRequestException', message)
const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message)

/** Secrets that take up their name: also those that were deleted without a recovery window, for a moment. */
export const rowsOf = (world: World, { account, region, now }: Owner): Secret[] =>
  Object.values(world.secretsmanager.secrets).filter(
    (secret) => secret.account === account && secret.region === region && exists(secret, now),
  )

const withoutSuffix = (arn: string): string => arn.replace(/-\w{6}$/, '')

/** Whether an id means a secret: its name, its ARN, or its ARN without the six characters ("SecretId", API reference). */
const isNamed = ({ arn, name }: Secret, id: string): boolean => id === name || id === arn || id === withoutSuffix(arn)

/** The caller's secret of that name or ARN, if it shows. */
export const peek = (world: World, owner: Owner, id: string): Secret | undefined =>
  rowsOf(world, owner).find((secret) => secret.forced !== true && isNamed(secret, id))

/** The caller's secret, also one that is scheduled for deletion. Throws ResourceNotFoundException. */
export function look({ world, ...owner }: Pick<Call, 'world'> & Owner, id = ''): Secret {
  const secret = peek(world, owner, id)
  if (secret === undefined) throw notFound("Secrets Manager can't find the specified secret.")
  return secret
}

/** The caller's secret that is not on its way out. Throws InvalidRequestException for one that is. */
export function lookAlive(call: Pick<Call, 'world'> & Owner, id = ''): Secret {
  const secret = look(call, id)
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

/** Throws InvalidParameterException: fifty tags, none of AWS's own ("TagResource", API reference). */
export function readTags(tags: readonly Tag[] | undefined): Tags {
  const read = Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
  if (Object.keys(read).some((key) => key === '' || key.toLowerCase().startsWith('aws:'))) {
    throw invalidParameter('Tag keys must not be empty or begin with aws:')
  }
  if (Object.keys(read).length > 50) throw invalidParameter('A secret can have 50 tags at most')
  return read
}

export const showTags = (tags: Tags): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
