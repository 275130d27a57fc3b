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
import { tagList, tagMap } from '../aws/tags.ts'
import { type Drift, differs, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek, stateOf, unlessLagging } from './shared/ownership.ts'

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
        Type: 'application',
        Scheme: 'internal',
        Subnets: inputs.subnetIds,
        SecurityGroups: inputs.securityGroupIds,
        Tags: tagList(mark.tags),
      }),
    )
    return factsOf(given(balancer, 'the load balancer'))
  },

  async mend({ aws, inputs, facts: { loadBalancerArn: LoadBalancerArn }, drift }) {
    const has = (field: string) => drift.some((one) => one.field === field)
    if (drift.some(({ field }) => field in attributes)) {
      await aws.elbv2(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes: tagList(attributes) }))
    }
    if (has('securityGroupIds')) {
      await aws.elbv2(new SetSecurityGroupsCommand({ LoadBalancerArn, SecurityGroups: inputs.securityGroupIds }))
    }
    if (has('subnetIds')) await aws.elbv2(new SetSubnetsCommand({ LoadBalancerArn, Subnets: inputs.subnetIds }))
  },

  async destroy({ aws, known }) {
    await aws.elbv2(new DeleteLoadBalancerCommand({ LoadBalancerArn: known.loadBalancerArn }))
  },
})

async function driftOf(aws: Aws, balancer: LoadBalancer, inputs: Partial<Inputs>): Promise<Drift[]> {
  const { Attributes } = await unlessLagging(
    aws.elbv2(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: balancer.LoadBalancerArn })),
    'load balancer',
  )
  const set = tagMap(Attributes)
  const subnets = (balancer.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? [])
  return [
    ...differs('type', balancer.Type, 'application', 'replace'),
    ...differs('scheme', balancer.Scheme, 'internal', 'replace'),
    ...Object.entries(attributes).flatMap(([name, want]) => differs(name, set[name], want)),
    ...differs('securityGroupIds', balancer.SecurityGroups ?? [], inputs.securityGroupIds),
    ...differs('subnetIds', subnets, inputs.subnetIds),
  ]
}
