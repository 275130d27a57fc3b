import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  DescribeLoadBalancerAttributesCommand,
  type LoadBalancer,
  ModifyLoadBalancerAttributesCommand,
  SetSecurityGroupsCommand,
  SetSubnetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { z } from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { tagList } from '../aws/tags.ts'
import { type Drift, differs, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek, stateOf, unlessLagging } from './shared/ownership.ts'

interface Inputs {
  subnetIds: string[]
  securityGroupIds: string[]
}

const crossZone = 'load_balancing.cross_zone.enabled'
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
  actions: {
    look: [
      'elasticloadbalancing:DescribeLoadBalancers',
      'elasticloadbalancing:DescribeTags',
      'elasticloadbalancing:DescribeLoadBalancerAttributes',
    ],
    make: ['elasticloadbalancing:CreateLoadBalancer', 'elasticloadbalancing:AddTags', 'iam:CreateServiceLinkedRole'],
    mend: [
      'elasticloadbalancing:ModifyLoadBalancerAttributes',
      'elasticloadbalancing:SetSecurityGroups',
      'elasticloadbalancing:SetSubnets',
    ],
    remove: ['elasticloadbalancing:DeleteLoadBalancer'],
  },
  // The SDK's own waiter gives 10 minutes; deleting waits for the link that still holds it.
  patience: { upTo: minutes(15), every: seconds(3) },

  async find(sight) {
    const { aws, inputs, known, mark } = sight
    const balancer = await seek(sight, known?.loadBalancerArn, {
      byId: (arn) => aws.look.loadBalancers({ arn }),
      byName: () => aws.look.loadBalancers({ name: mark.name }),
    })
    if (balancer === undefined) return { state: 'absent' }
    const owner = ownerOf(mark, balancer.tags)
    const facts = factsOf(balancer)
    const state = stateOf(balancer.State?.Code)
    if (state === 'failed') {
      const why = `${facts.loadBalancerArn} has failed: ${balancer.State?.Reason ?? 'AWS gives no reason'}`
      return { state: 'broken', owner, why, fix: 'replace', facts }
    }
    if (!state.startsWith('active')) {
      return { state: 'pending', owner, why: `the load balancer is ${state}`, facts }
    }
    return { state: 'ready', owner, facts, drift: await driftOf(aws, balancer, inputs) }
  },

  async create({ aws, inputs, mark }) {
    const { LoadBalancers: [balancer] = [] } = await aws.elbv2(
      new CreateLoadBalancerCommand({
        Name: mark.name,
        Type: 'network',
        Scheme: 'internal',
        Subnets: inputs.subnetIds,
        SecurityGroups: inputs.securityGroupIds,
        Tags: tagList(mark.tags),
      }),
    )
    return factsOf(given(balancer, 'the load balancer'))
  },

  async mend({ aws, inputs, facts: { loadBalancerArn: LoadBalancerArn }, drift }) {
    const differs = (...fields: string[]) => drift.some(({ field }) => fields.includes(field))
    if (differs(crossZone)) {
      const Attributes = [{ Key: crossZone, Value: 'true' }]
      await aws.elbv2(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }))
    }
    if (differs('securityGroupIds', enforcement)) {
      await aws.elbv2(
        new SetSecurityGroupsCommand({
          LoadBalancerArn,
          SecurityGroups: inputs.securityGroupIds,
          EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off',
        }),
      )
    }
    if (differs('subnetIds')) await aws.elbv2(new SetSubnetsCommand({ LoadBalancerArn, Subnets: inputs.subnetIds }))
  },

  async destroy({ aws, known }) {
    await aws.elbv2(new DeleteLoadBalancerCommand({ LoadBalancerArn: known.loadBalancerArn }))
  },
})

async function driftOf(aws: Aws, balancer: LoadBalancer, inputs: Partial<Inputs>): Promise<Drift[]> {
  const { Attributes = [] } = await unlessLagging(
    aws.elbv2(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: balancer.LoadBalancerArn })),
    'load balancer',
  )
  const subnets = (balancer.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? [])
  const groups = balancer.SecurityGroups ?? []
  return [
    ...differs('scheme', balancer.Scheme, 'internal', 'replace'),
    ...differs(crossZone, Attributes.find(({ Key }) => Key === crossZone)?.Value, 'true'),
    // One that was made without groups can never have any.
    ...differs('securityGroupIds', groups, inputs.securityGroupIds, groups.length === 0 ? 'replace' : 'mend'),
    ...differs(enforcement, balancer.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic ?? 'on', 'off'),
    ...differs('subnetIds', subnets, inputs.subnetIds),
  ]
}
