import * as model from '@aws-sdk/client-ecs'
import { ecsTables } from '../../state/ecs.ts'
import type { Service } from '../service.ts'
import { clusterOperations } from './clusters.ts'
import { serviceOperations } from './services.ts'
import { tagOperations } from './tags.ts'
import { taskDefinitionOperations } from './task-definitions.ts'
import { taskOperations } from './tasks.ts'

export const ecs: Service = {
  id: 'ecs',
  protocol: 'json',
  model,
  tables: ecsTables,
  operations: {
    ...clusterOperations,
    ...taskDefinitionOperations,
    ...serviceOperations,
    ...taskOperations,
    ...tagOperations,
  },
}
