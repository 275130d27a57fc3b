import type {
  DeleteSecretRequest,
  DeleteSecretResponse,
  RestoreSecretRequest,
  RestoreSecretResponse,
} from '@aws-sdk/client-secrets-manager'
import { durations } from '../../state/durations.ts'
import { operation } from '../operation.ts'
import { invalidParameter, getSecret, findSecret } from '../../reads/secrets.ts'
import { onSecret } from './required-permissions.ts'

const day = 86_400_000

export const deletionOperations = {
  /**
   * Without a window the secret is gone at once, but for its name; that is quiet about a secret that is not there
   * (DeleteSecret, API reference). One that is already scheduled can be given up so too (getmoto/moto#8638).
   */
  DeleteSecret: operation<DeleteSecretRequest, DeleteSecretResponse>()(
    ['SecretId', 'RecoveryWindowInDays', 'ForceDeleteWithoutRecovery'],
    onSecret,
    ({ SecretId = '', RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force }, call) => {
      const { now } = call
      if (force === true && days !== undefined) {
        throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
      }
      if (days !== undefined && (days < 7 || days > 30)) {
        throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).')
      }
      if (force === true && findSecret(call.world, call, SecretId) === undefined) {
        return { Name: SecretId, DeletionDate: new Date(now) }
      }
      const secret = getSecret(call, SecretId)
      if (force === true) {
        Object.assign(secret, { deletedAt: now, forced: true, goneAt: now + durations.secretNameFree, versions: {} })
        return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(now) }
      }
      secret.deletedAt ??= now
      secret.goneAt ??= now + (days ?? 30) * day
      return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(secret.goneAt) }
    },
  ),

  RestoreSecret: operation<RestoreSecretRequest, RestoreSecretResponse>()(
    ['SecretId'],
    onSecret,
    ({ SecretId }, call) => {
      const secret = getSecret(call, SecretId)
      delete secret.deletedAt
      delete secret.goneAt
      return { ARN: secret.arn, Name: secret.name }
    },
  ),
}
