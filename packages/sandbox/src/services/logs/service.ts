import * as model from '@aws-sdk/client-cloudwatch-logs'
import type { Service } from '../operation.ts'
import { logsDemands } from './demands.ts'
import { eventOperations } from './events.ts'
import { groupOperations } from './groups.ts'
import { streamOperations } from './streams.ts'
import { tagOperations } from './tags.ts'

export const logs: Service = {
  id: 'logs',
  protocol: 'json',
  model,
  demands: logsDemands,
  operations: { ...groupOperations, ...streamOperations, ...eventOperations, ...tagOperations },
}
