import * as model from '@aws-sdk/client-cloudwatch-logs'
import { logsTables } from '../../state/logs.ts'
import type { Service } from '../service.ts'
import { eventOperations } from './events.ts'
import { groupOperations } from './groups.ts'
import { streamOperations } from './streams.ts'
import { tagOperations } from './tags.ts'

export const logs: Service = {
  id: 'logs',
  protocol: 'json',
  model,
  tables: logsTables,
  operations: { ...groupOperations, ...streamOperations, ...eventOperations, ...tagOperations },
}
