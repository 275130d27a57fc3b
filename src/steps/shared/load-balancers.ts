import {
  CreateLoadBalancerCommand,
  type CreateLoadBalancerCommandInput,
  DeleteLoadBalancerCommand,
  DescribeLoadBalancerAttributesCommand,
  type LoadBalancer,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Aws } from '../../aws/aws.ts'
import type { Tagged } from '../../aws/looks.ts'
import { tagList, tagMap } from '../../aws/tags.ts'
import {
  type Actions,
  differs,
  type Drift,
  type Identity,
  minutes,
  seconds,
  type Observation,
} from '../../engine/step.ts'
import { given, ownerOf, seek, stateOf, unlessLagging } from './ownership.ts'

/** What a step for a load balancer of ours needs and how long it takes: the SDK's own waiter gives 10 minutes. */
export const balancerLife = {
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
  } satisfies Actions,
  // Deleting waits for the link or service that still holds it.
  patience: { upTo: minutes(15), every: seconds(3) },
}

/** What a load balancer of either type is compared with. */
interface Wanted {
  type: 'network' | 'application'
  subnetIds: string[] | undefined
  attributes: Readonly<Record<string, string>>
}

/** Looks for the load balancer of a node and compares what both types have; `more` is what only one of them has. */
export async function sightBalancer<F extends { loadBalancerArn: string }>(
  sight: { aws: Aws; adopt: string | undefined; identity: Identity; known: F | undefined },
  factsOf: (balancer: LoadBalancer) => F,
  { type, subnetIds, attributes }: Wanted,
  more: (balancer: LoadBalancer) => Drift[],
): Promise<Observation<F>> {
  const { aws, known, identity } = sight
  const balancer: (LoadBalancer & Tagged) | undefined = await seek(sight, known?.loadBalancerArn, {
    byId: (arn) => aws.look.loadBalancers({ arn }),
    byName: () => aws.look.loadBalancers({ name: identity.name }),
  })
  if (balancer === undefined) return { state: 'absent' }
  const owner = ownerOf(identity, balancer.tags)
  const facts = factsOf(balancer)
  const state = stateOf(balancer.State?.Code)
  if (state === 'failed') {
    const why = `${facts.loadBalancerArn} has failed: ${balancer.State?.Reason ?? 'AWS gives no reason'}`
    return { state: 'broken', owner, why, fix: 'replace', facts }
  }
  if (!state.startsWith('active')) {
    return { state: 'pending', owner, why: `the load balancer is ${state}`, facts }
  }
  const look = aws.elbv2(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: facts.loadBalancerArn }))
  const set = tagMap((await unlessLagging(look, 'load balancer')).Attributes)
  const subnets = (balancer.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? [])
  const drift = [
    ...differs('type', balancer.Type, type, 'replace'),
    ...differs('scheme', balancer.Scheme, 'internal', 'replace'),
    ...Object.entries(attributes).flatMap(([name, want]) => differs(name, set[name], want)),
    ...more(balancer),
    ...differs('subnetIds', subnets, subnetIds),
  ]
  return { state: 'ready', owner, facts, drift }
}

/** Makes an internal load balancer under the node's name. */
export async function createBalancer(
  aws: Aws,
  identity: Identity,
  input: Pick<CreateLoadBalancerCommandInput, 'Type' | 'Subnets' | 'SecurityGroups'>,
): Promise<LoadBalancer> {
  const { LoadBalancers: [balancer] = [] } = await aws.elbv2(
    new CreateLoadBalancerCommand({ Name: identity.name, Scheme: 'internal', ...input, Tags: tagList(identity.tags) }),
  )
  return given(balancer, 'the load balancer')
}

export async function deleteBalancer(aws: Aws, LoadBalancerArn: string): Promise<void> {
  await aws.elbv2(new DeleteLoadBalancerCommand({ LoadBalancerArn }))
}
