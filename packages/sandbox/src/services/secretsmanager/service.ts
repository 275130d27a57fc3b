import * as model from '@aws-sdk/client-secrets-manager'
import type { Service } from '../operation.ts'
import { deletionOperations } from './deletion.ts'
import { secretsManagerDemands } from './demands.ts'
import { secretOperations } from './secrets.ts'
import { valueOperations } from './values.ts'

export const secretsmanager: Service = {
  id: 'secretsmanager',
  protocol: 'json',
  model,
  demands: secretsManagerDemands,
  operations: { ...secretOperations, ...valueOperations, ...deletionOperations },
}
