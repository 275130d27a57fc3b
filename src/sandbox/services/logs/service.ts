import * as model from '@aws-sdk/client-cloudwatch-logs'
import type { Service } from '../../protocol/operation.ts'

export const logs: Service = {
  id: 'logs',
  protocol: 'json',
  model,
  operations: {},
}
