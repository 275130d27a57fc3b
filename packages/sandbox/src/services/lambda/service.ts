import * as model from '@aws-sdk/client-lambda'
import { lambdaTables } from '../../state/lambda.ts'
import type { Service } from '../service.ts'
import { rates } from './rates.ts'
import { functionOperations } from './functions.ts'
import { invocationOperations } from './invocations.ts'
import { resourcePolicyOperations } from './resource-policies.ts'
import { tagOperations } from './tags.ts'
import { updateOperations } from './updates.ts'

/** Functions, which really run (lambda, version 2015-03-31). */
export const lambda: Service = {
  id: 'lambda',
  protocol: 'rest-json',
  model,
  tables: lambdaTables,
  rates,
  operations: {
    ...functionOperations,
    ...invocationOperations,
    ...resourcePolicyOperations,
    ...tagOperations,
    ...updateOperations,
  },
}
