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
  /** In two zones at least. */
  subnetIds: string[]
  securityGroupIds: string[]
}

/**
 * Header names with anything but letters, digits and hyphens are dropped (API_LoadBalancerAttribute): behind some gateways
 * `X_Amzn_Mtls_Clientcert_Subject` reads like the header that only the load balancer may set.
 */
const attributes: Readonly<Record<string, string>> = { 'routing.http.drop_invalid_header_fields.enabled': 'true' }

const factsOf = (balancer: LoadBalancer) => ({
  loadBalancerArn: given(balancer.LoadBalancerArn, 'the ARN of the load balancer'),
})

/** The internal Application Load Balancer that asks clients for their certificates. */
export const proxyLoadBalancer = defineStep<Inputs>()({
  id: 'proxy-load-balancer',
  title: 'Application Load Balancer as proxy',
  facts: z.object({ loadBalancerArn: z.string() }),
  ...balancerLife,

  read(sight) {
    const { subnetIds, securityGroupIds } = sight.inputs
    return sightBalancer(sight, factsOf, { type: 'application', subnetIds, attributes }, (balancer) =>
      differs('securityGroupIds', balancer.SecurityGroups ?? [], securityGroupIds),
    )
  },

  async create({ aws, inputs: { subnetIds: Subnets, securityGroupIds: SecurityGroups }, identity }) {
    return factsOf(await createBalancer(aws, identity, { Type: 'application', Subnets, SecurityGroups }))
  },

  async update({ aws, inputs, facts: { loadBalancerArn: LoadBalancerArn }, drift }) {
    const has = (...fields: string[]) => drift.some(({ field }) => fields.includes(field))
    if (has(...Object.keys(attributes))) {
      await aws.elbv2(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes: tagList(attributes) }))
    }
    if (has('securityGroupIds')) {
      await aws.elbv2(new SetSecurityGroupsCommand({ LoadBalancerArn, SecurityGroups: inputs.securityGroupIds }))
    }
    if (has('subnetIds')) await aws.elbv2(new SetSubnetsCommand({ LoadBalancerArn, Subnets: inputs.subnetIds }))
  },

  async delete({ aws, known }) {
    await deleteBalancer(aws, known.loadBalancerArn)
  },
})
