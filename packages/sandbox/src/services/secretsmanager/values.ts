import type {
  GetSecretValueRequest,
  GetSecretValueResponse,
  ListSecretVersionIdsRequest,
  ListSecretVersionIdsResponse,
  PutSecretValueRequest,
  PutSecretValueResponse,
  UpdateSecretVersionStageRequest,
  UpdateSecretVersionStageResponse,
} from '@aws-sdk/client-secrets-manager'
import { AwsError, operation } from '../operation.ts'
import type { World } from '../../state/world.ts'
import { invalidParameter, lookAlive, look, versionOf } from './lookup.ts'
import { addVersion, moveStage, showValue, tokenIn, valueIn } from './versions.ts'

export const valueOperations = {
  GetSecretValue: operation<GetSecretValueRequest, GetSecretValueResponse>()(
    ['SecretId', 'VersionId', 'VersionStage'],
    ({ SecretId, VersionId, VersionStage }, call) => {
      const secret = lookAlive(call, SecretId)
      const version = versionOf(secret, VersionId, VersionStage)
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.versionId,
        VersionStages: version.stages,
        CreatedDate: new Date(version.createdAt),
        ...showValue(version),
      }
    },
  ),

  PutSecretValue: operation<PutSecretValueRequest, PutSecretValueResponse>()(
    ['SecretId', 'ClientRequestToken', 'SecretString', 'SecretBinary', 'VersionStages'],
    (request, call) => {
      const secret = lookAlive(call, request.SecretId)
      const value = valueIn(request)
      if (value === undefined) throw invalidParameter('You must provide either SecretString or SecretBinary.')
      const stages = request.VersionStages ?? ['AWSCURRENT']
      const version = addVersion(secret, { token: tokenIn(request), value, stages, now: call.now })
      return { ARN: secret.arn, Name: secret.name, VersionId: version.versionId, VersionStages: version.stages }
    },
  ),

  ListSecretVersionIds: operation<ListSecretVersionIdsRequest, ListSecretVersionIdsResponse>()(
    ['SecretId', 'MaxResults', 'IncludeDeprecated'],
    ({ SecretId }, call) => {
      const secret = look(call, SecretId)
      return {
        ARN: secret.arn,
        Name: secret.name,
        Versions: Object.values(secret.versions).map(({ versionId, stages, createdAt }) => ({
          VersionId: versionId,
          VersionStages: stages,
          CreatedDate: new Date(createdAt),
        })),
      }
    },
  ),

  /** AWSCURRENT cannot be taken off without being put elsewhere (UpdateSecretVersionStage, API reference). */
  UpdateSecretVersionStage: operation<UpdateSecretVersionStageRequest, UpdateSecretVersionStageResponse>()(
    ['SecretId', 'VersionStage', 'RemoveFromVersionId', 'MoveToVersionId'],
    ({ SecretId, VersionStage: stage = '', RemoveFromVersionId: from, MoveToVersionId: to }, call) => {
      const secret = lookAlive(call, SecretId)
      const target = to === undefined ? undefined : versionOf(secret, to, undefined)
      const holder = Object.values(secret.versions).find(({ stages }) => stages.includes(stage))
      if (target === undefined && stage === 'AWSCURRENT') {
        throw invalidParameter(
          "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
        )
      }
      if (holder !== undefined && holder !== target && holder.versionId !== from) {
        const message = `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.versionId}, so you must explicitly reference that version in RemoveFromVersionId.`
        throw invalidParameter(message)
      }
      moveStage(secret, stage, target)
      secret.changedAt = call.now
      return { ARN: secret.arn, Name: secret.name }
    },
  ),
}

/**
 * What ECS puts into a task for a secret's ARN, with `:json-key:version-stage:version-id` behind it if it is to be a part
 * ("Pass Secrets Manager secrets through environment variables", ECS guide); also for another account's secret.
 *
 * @param now ms of sandbox time.
 * @throws AwsError as GetSecretValue does.
 */
export function secretValue(world: World, reference: string, now: number): string {
  const [, , , region = '', account = '', , name = '', key = '', stage = '', versionId = ''] = reference.split(':')
  const arn = reference.split(':').slice(0, 7).join(':')
  if (name === '') throw invalidParameter(`${reference} is not the ARN of a secret`)
  const secret = lookAlive({ world, region, account, now }, arn)
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
