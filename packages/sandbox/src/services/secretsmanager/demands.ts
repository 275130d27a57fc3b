import { z } from 'zod'
import type { Asked, Call } from '../operation.ts'
import type { Demand } from '../../reads/authorization.ts'
import { peek } from '../../reads/secrets.ts'

const inputSchema = z.object({
  Name: z.string().default(''),
  SecretId: z.string().optional(),
  Tags: z.array(z.object({ Key: z.string().optional(), Value: z.string().optional() })).default([]),
  ForceDeleteWithoutRecovery: z.boolean().optional(),
  RecoveryWindowInDays: z.number().optional(),
})

const arnOf = ({ account, region }: Call, name: string): string =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${name}-*`

/**
 * All that a caller must be allowed for a request to Secrets Manager (Service Authorization Reference, "AWS Secrets
 * Manager"); tags at creation need TagResource too (CreateSecret, API reference).
 */
export function secretsManagerDemands({ operation, input: given }: Asked, call: Call): Demand[] {
  const { Name, SecretId, Tags, ...input } = inputSchema.parse(given)
  const action = `secretsmanager:${operation}`
  if (operation === 'ListSecrets') return [{ action, resource: '*' }]
  const requestTags = Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]))
  if (operation === 'CreateSecret') {
    const asked = { resource: arnOf(call, Name), requestTags, context: { 'secretsmanager:Name': Name } }
    const tagging = Tags.length > 0 ? [{ action: 'secretsmanager:TagResource', ...asked }] : []
    return [{ action, ...asked }, ...tagging]
  }
  const id = SecretId ?? ''
  const found = peek(call.world, call, id)
  const resource = found?.arn ?? (id.startsWith('arn:') ? id : arnOf(call, id))
  const { ForceDeleteWithoutRecovery: force, RecoveryWindowInDays: days } = input
  const context = {
    'secretsmanager:SecretId': id,
    ...(force !== undefined && { 'secretsmanager:ForceDeleteWithoutRecovery': String(force) }),
    ...(days !== undefined && { 'secretsmanager:RecoveryWindowInDays': String(days) }),
  }
  return [{ action, resource, tags: found?.tags, requestTags, context }]
}
