import * as model from '@aws-sdk/client-elastic-load-balancing-v2'
import { elbv2Tables } from '../../state/elbv2.ts'
import type { Service } from '../service.ts'
import { rates } from './rates.ts'
import { capacityOperations } from './capacity.ts'
import { listenerOperations } from './listeners.ts'
import { loadBalancerAttributeOperations } from './load-balancer-attributes.ts'
import { loadBalancerNetworkOperations } from './load-balancer-network.ts'
import { loadBalancerOperations } from './load-balancers.ts'
import { ruleOperations } from './rules.ts'
import { tagOperations } from './tags.ts'
import { targetGroupAttributeOperations } from './target-group-attributes.ts'
import { targetGroupOperations } from './target-groups.ts'
import { targetOperations } from './targets.ts'
import { trustStoreRevocationOperations } from './trust-store-revocations.ts'
import { trustStoreOperations } from './trust-stores.ts'

export const elbv2: Service = {
  id: 'elasticloadbalancing',
  protocol: 'query',
  model,
  tables: elbv2Tables,
  rates,
  operations: {
    ...loadBalancerOperations,
    ...loadBalancerAttributeOperations,
    ...loadBalancerNetworkOperations,
    ...targetGroupOperations,
    ...targetGroupAttributeOperations,
    ...targetOperations,
    ...listenerOperations,
    ...ruleOperations,
    ...trustStoreOperations,
    ...trustStoreRevocationOperations,
    ...tagOperations,
    ...capacityOperations,
  },
}
