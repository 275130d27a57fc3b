import * as model from '@aws-sdk/client-secrets-manager'
import type { Service } from '../../protocol/operation.ts'

export const secretsmanager: Service = {
  id: 'secretsmanager',
  protocol: 'json',
  model,
  operations: {},
}
