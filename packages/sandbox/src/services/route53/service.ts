import * as model from '@aws-sdk/client-route-53'
import type { Service } from '../operation.ts'
import { associationOperations } from './associations.ts'
import { route53Demands } from './demands.ts'
import { recordChangeOperations } from './record-changes.ts'
import { recordListOperations } from './record-lists.ts'
import { tagOperations } from './tags.ts'
import { zoneListOperations } from './zone-lists.ts'
import { zoneOperations } from './zones.ts'

/** A global service: whatever Region a request is signed for, it is the same. */
export const route53: Service = {
  id: 'route53',
  protocol: 'rest-xml',
  model,
  demands: route53Demands,
  operations: {
    ...zoneOperations,
    ...zoneListOperations,
    ...associationOperations,
    ...recordChangeOperations,
    ...recordListOperations,
    ...tagOperations,
  },
}
