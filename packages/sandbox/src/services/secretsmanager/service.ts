import * as model from '@aws-sdk/client-secrets-manager'
import { secretsManagerTables } from '../../state/secretsmanager.ts'
import type { Service } from '../service.ts'
import { deletionOperations } from './deletion.ts'
import { secretOperations } from './secrets.ts'
import { valueOperations } from './values.ts'

export const secretsmanager: Service = {
  id: 'secretsmanager',
  protocol: 'json',
  model,
  tables: secretsManagerTables,
  operations: { ...secretOperations, ...valueOperations, ...deletionOperations },
}
