import * as model from '@aws-sdk/client-lambda'
import type { Service } from '../../protocol/operation.ts'

export const lambda: Service = {
  id: 'lambda',
  protocol: 'rest-json',
  model,
  operations: {},
}
