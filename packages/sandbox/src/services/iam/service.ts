import * as model from '@aws-sdk/client-iam'
import type { Service } from '../operation.ts'
import { iamDemands } from './demands.ts'
import { linkedRoleOperations } from './linked-roles.ts'
import { policyOperations } from './policy-operations.ts'
import { roleOperations } from './role-operations.ts'
import { tagOperations } from './tag-operations.ts'

export const iam: Service = {
  id: 'iam',
  protocol: 'query',
  model,
  demands: iamDemands,
  operations: { ...roleOperations, ...policyOperations, ...tagOperations, ...linkedRoleOperations },
}
