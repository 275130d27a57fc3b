import * as z from 'zod'
import { differs } from '../engine/step.ts'
import { arnOf, loadBalancerStep } from './shared/load-balancers.ts'

/**
 * The internal Application Load Balancer that asks clients for their certificates. It drops header names with anything
 * but letters, digits and hyphens (API_LoadBalancerAttribute): behind some gateways `X_Amzn_Mtls_Clientcert_Subject`
 * reads like the header that only the load balancer may set.
 */
export const proxyLoadBalancer = loadBalancerStep({
  id: 'proxy-load-balancer',
  title: 'Application Load Balancer as proxy',
  facts: z.object({ loadBalancerArn: z.string() }),
  type: 'application',
  factsOf: arnOf,
  attributes: { 'routing.http.drop_invalid_header_fields.enabled': 'true' },
  groupDrift: ({ SecurityGroups = [] }, wanted) => differs('securityGroupIds', SecurityGroups, wanted),
  groupSettings: {},
})
