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
import { operation } from '../operation.ts'
import { addVersion, moveStage, showValue, tokenIn, valueIn } from './versions.ts'
import { invalidParameter, getActiveSecret, getSecret, versionOf } from '../../reads/secrets.ts'
import { onSecret } from './required-permissions.ts'

export const valueOperations = {
  GetSecretValue: operation<GetSecretValueRequest, GetSecretValueResponse>()(
    ['SecretId', 'VersionId', 'VersionStage'],
    onSecret,
    ({ SecretId, VersionId, VersionStage }, call) => {
      const secret = getActiveSecret(call, SecretId)
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
    onSecret,
    (request, call) => {
      const secret = getActiveSecret(call, request.SecretId)
      const value = valueIn(request)
      if (value === undefined) throw invalidParameter('You must provide either SecretString or SecretBinary.')
      const stages = request.VersionStages ?? ['AWSCURRENT']
      const version = addVersion(secret, { token: tokenIn(request), value, stages, now: call.now })
      return { ARN: secret.arn, Name: secret.name, VersionId: version.versionId, VersionStages: version.stages }
    },
  ),

  ListSecretVersionIds: operation<ListSecretVersionIdsRequest, ListSecretVersionIdsResponse>()(
    ['SecretId', 'MaxResults', 'IncludeDeprecated'],
    onSecret,
    ({ SecretId }, call) => {
      const secret = getSecret(call, SecretId)
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
    onSecret,
    ({ SecretId, VersionStage: stage = '', RemoveFromVersionId: from, MoveToVersionId: to }, call) => {
      const secret = getActiveSecret(call, SecretId)
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
