import * as model from '@aws-sdk/client-ecs'
import type { Service } from '../../protocol/operation.ts'

export const ecs: Service = {
  id: 'ecs',
  protocol: 'json',
  model,
  operations: {},
}
