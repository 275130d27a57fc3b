import type {
  DescribeAccountLimitsInput,
  DescribeAccountLimitsOutput,
  DescribeCapacityReservationInput,
  DescribeCapacityReservationOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../operation.ts'
import { getLoadBalancer, page } from './lookup.ts'

/** Default quotas ("Quotas for your Network Load Balancers") by the names of API_Limit. */
const limits = {
  'application-load-balancers': 50,
  'network-load-balancers': 50,
  'listeners-per-network-load-balancer': 50,
  'target-groups': 3000,
  'targets-per-network-load-balancer': 3000,
  'targets-per-availability-zone-per-network-load-balancer': 500,
}

export const capacityOperations = {
  DescribeAccountLimits: operation<DescribeAccountLimitsInput, DescribeAccountLimitsOutput>()(
    ['Marker', 'PageSize'],
    '*',
    ({ Marker, PageSize }) => {
      const all = Object.entries(limits).map(([Name, Max]) => ({ Name, Max: String(Max) }))
      const [Limits, NextMarker] = page(all, Marker, PageSize)
      return { Limits, NextMarker }
    },
  ),

  /** No capacity is ever reserved here: nothing minimal is set, and nothing is pending. */
  DescribeCapacityReservation: operation<DescribeCapacityReservationInput, DescribeCapacityReservationOutput>()(
    ['LoadBalancerArn'],
    '*',
    ({ LoadBalancerArn }, call) => {
      getLoadBalancer(call, LoadBalancerArn)
      return { DecreaseRequestsRemaining: 0, CapacityReservationState: [] }
    },
  ),
}
