import * as model from '@aws-sdk/client-iam'
import { iamTables } from '../../state/iam.ts'
import type { Service } from '../service.ts'
import { linkedRoleOperations } from './linked-roles.ts'
import { policyOperations } from './policy-operations.ts'
import { roleOperations } from './role-operations.ts'
import { tagOperations } from './tag-operations.ts'

export const iam: Service = {
  id: 'iam',
  protocol: 'query',
  model,
  tables: iamTables,
  operations: { ...roleOperations, ...policyOperations, ...tagOperations, ...linkedRoleOperations },
}
