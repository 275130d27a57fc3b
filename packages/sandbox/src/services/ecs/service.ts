import * as model from '@aws-sdk/client-ecs'
import type { Service } from '../operation.ts'
import { clusterOperations } from './clusters.ts'
import { ecsDemands } from './demands.ts'
import { serviceOperations } from './services.ts'
import { tagOperations } from './tags.ts'
import { taskDefinitionOperations } from './task-definitions.ts'
import { taskOperations } from './tasks.ts'

export const ecs: Service = {
  id: 'ecs',
  protocol: 'json',
  model,
  demands: ecsDemands,
  operations: {
    ...clusterOperations,
    ...taskDefinitionOperations,
    ...serviceOperations,
    ...taskOperations,
    ...tagOperations,
  },
}
