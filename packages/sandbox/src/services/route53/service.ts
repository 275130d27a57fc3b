import * as model from '@aws-sdk/client-route-53'
import { route53Tables } from '../../state/route53.ts'
import { per } from '../rates.ts'
import type { Service } from '../service.ts'
import { associationOperations } from './associations.ts'
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
  tables: route53Tables,
  // \"Quotas\", Route 53 developer guide: the service knows no Regions.
  rates: { bucketsOf: () => [['total', per(5, 1)]], global: true },
  operations: {
    ...zoneOperations,
    ...zoneListOperations,
    ...associationOperations,
    ...recordChangeOperations,
    ...recordListOperations,
    ...tagOperations,
  },
}
