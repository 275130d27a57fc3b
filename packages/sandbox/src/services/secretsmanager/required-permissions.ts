import { byKey } from '../tags.ts'
import type { Tag } from '@aws-sdk/client-secrets-manager'
import { findSecret } from '../../reads/secrets.ts'
import type { AccountRegion } from '../../state/resource.ts'
import type { PermissionsOf } from '../operation.ts'

interface Tagging {
  Tags?: readonly Tag[] | undefined
}

const arnOf = ({ account, region }: AccountRegion, name: string): string =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${name}-*`

/** Tags at creation need TagResource too (CreateSecret, API reference). */
export const createsSecret: PermissionsOf<Tagging & { Name?: string | undefined }> = (input, call) => {
  const { Name = '', Tags = [] } = input
  const required = {
    resource: arnOf(call, Name),
    requestTags: byKey(input.Tags),
    context: { 'secretsmanager:Name': Name },
  }
  return [required, ...(Tags.length > 0 ? [{ action: 'secretsmanager:TagResource', ...required }] : [])]
}

interface OnSecret extends Tagging {
  SecretId?: string | undefined
  ForceDeleteWithoutRecovery?: boolean | undefined
  RecoveryWindowInDays?: number | undefined
}

/** Every other operation is asked for on its secret (Service Authorization Reference, "AWS Secrets Manager"). */
export const onSecret: PermissionsOf<OnSecret> = (input, call) => {
  const { SecretId: id = '', ForceDeleteWithoutRecovery: force, RecoveryWindowInDays: days } = input
  const found = findSecret(call.world, call, id)
  const context = {
    'secretsmanager:SecretId': id,
    ...(force !== undefined && { 'secretsmanager:ForceDeleteWithoutRecovery': String(force) }),
    ...(days !== undefined && { 'secretsmanager:RecoveryWindowInDays': String(days) }),
  }
  const resource = found?.arn ?? (id.startsWith('arn:') ? id : arnOf(call, id))
  return [{ resource, tags: found?.tags, requestTags: byKey(input.Tags), context }]
}
