import {
  type LoadBalancer,
  ModifyLoadBalancerAttributesCommand,
  SetSecurityGroupsCommand,
  SetSubnetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { z } from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { tagList } from '../aws/tags.ts'
import { differs } from '../engine/step.ts'
import { balancerLife, createBalancer, deleteBalancer, sightBalancer } from './shared/load-balancers.ts'
import { given } from './shared/ownership.ts'

interface Inputs {
  subnetIds: string[]
  securityGroupIds: string[]
}

const attributes: Readonly<Record<string, string>> = { 'load_balancing.cross_zone.enabled': 'true' }
const enforcement = 'enforceOnPrivateLink'

const factsOf = (balancer: LoadBalancer) => ({
  loadBalancerArn: given(balancer.LoadBalancerArn, 'the ARN of the load balancer'),
  dnsName: given(balancer.DNSName, 'the DNS name of the load balancer'),
})

/**
 * The internal Network Load Balancer that a VPC link or an endpoint service leads to. Groups can only be given at
 * creation; rules are not to be enforced on what comes through either (NLB guide, "Security groups"); across zones, since
 * an endpoint may have an address in one zone only.
 */
export const loadBalancer = defineStep<Inputs>()({
  id: 'load-balancer',
  title: 'Internal load balancer',
  facts: z.object({ loadBalancerArn: z.string(), dnsName: z.string() }),
  ...balancerLife,

  read(sight) {
    const { subnetIds, securityGroupIds } = sight.inputs
    return sightBalancer(sight, factsOf, { type: 'network', subnetIds, attributes }, (balancer) => {
      const groups = balancer.SecurityGroups ?? []
      return [
        // One that was made without groups can never have any.
        ...differs('securityGroupIds', groups, securityGroupIds, groups.length === 0 ? 'replace' : 'update'),
        ...differs(enforcement, balancer.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic ?? 'on', 'off'),
      ]
    })
  },

  async create({ aws, inputs: { subnetIds: Subnets, securityGroupIds: SecurityGroups }, identity }) {
    return factsOf(await createBalancer(aws, identity, { Type: 'network', Subnets, SecurityGroups }))
  },

  async update({ aws, inputs, facts: { loadBalancerArn: LoadBalancerArn }, drift }) {
    const has = (...fields: string[]) => drift.some(({ field }) => fields.includes(field))
    if (has(...Object.keys(attributes))) {
      await aws.elbv2(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes: tagList(attributes) }))
    }
    if (has('securityGroupIds', enforcement)) {
      await aws.elbv2(
        new SetSecurityGroupsCommand({
          LoadBalancerArn,
          SecurityGroups: inputs.securityGroupIds,
          EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off',
        }),
      )
    }
    if (has('subnetIds')) await aws.elbv2(new SetSubnetsCommand({ LoadBalancerArn, Subnets: inputs.subnetIds }))
  },

  async delete({ aws, known }) {
    await deleteBalancer(aws, known.loadBalancerArn)
  },
})
