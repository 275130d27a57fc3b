import type { LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2'
import * as z from 'zod'
import { differs } from '../engine/step.ts'
import { arnOf, loadBalancerStep } from './shared/load-balancers.ts'
import { given } from './shared/ownership.ts'

const factsOf = (balancer: LoadBalancer) => ({
  ...arnOf(balancer),
  dnsName: given(balancer.DNSName, 'the DNS name of the load balancer'),
})

/**
 * The internal Network Load Balancer that a VPC link or an endpoint service leads to. Groups can only be given at
 * creation; their rules must not be enforced on PrivateLink traffic, which both are (NLB guide, "Security groups"). It
 * works across zones, since an endpoint may have an address in one zone only.
 */
export const loadBalancer = loadBalancerStep({
  id: 'load-balancer',
  title: 'Internal load balancer',
  facts: z.object({ loadBalancerArn: z.string(), dnsName: z.string() }),
  type: 'network',
  factsOf,
  attributes: { 'load_balancing.cross_zone.enabled': 'true' },
  groupDrift: ({ SecurityGroups = [], EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: enforced }, wanted) => [
    // One that was made without groups can never have any.
    ...differs('securityGroupIds', SecurityGroups, wanted, SecurityGroups.length === 0 ? 'replace' : 'update'),
    ...differs('enforceOnPrivateLink', enforced ?? 'on', 'off'),
  ],
  groupSettings: { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off' },
})
