import { servicePrincipal } from '../../aws/partition.ts'
import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  DescribeLoadBalancerAttributesCommand,
  type LoadBalancer,
  ModifyLoadBalancerAttributesCommand,
  SetSecurityGroupsCommand,
  type SetSecurityGroupsCommandInput,
  SetSubnetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { type AwsStep, defineStep } from '../../aws/define-step.ts'
import type { Tagged } from '../../aws/batched-reads.ts'
import { during, linkedTo, owned, requested } from '../../aws/permissions/conditions.ts'
import { describe, permission } from '../../aws/permissions/permission.ts'
import { elb, serviceLinkedRole } from '../../aws/permissions/resources.ts'
import { tagList, tagMap } from '../../aws/tags.ts'
import { differs, type Drift, minutes, seconds } from '../../engine/step.ts'
import { given, ownerOf, seek, stateOf, unlessLagging } from './ownership.ts'

export interface LoadBalancerInputs {
  /** In two zones at least for the type `application`. */
  subnetIds: string[]
  securityGroupIds: string[]
}

const elbPrincipal = servicePrincipal('elasticloadbalancing')

/** The parts in which our load balancers differ. */
interface BalancerKind<F extends { loadBalancerArn: string }> extends Pick<
  AwsStep<LoadBalancerInputs, F>,
  'id' | 'title' | 'facts'
> {
  type: 'network' | 'application'
  factsOf(balancer: LoadBalancer): F
  attributes: Readonly<Record<string, string>>
  /** Drift in the members that SetSecurityGroups sets. */
  groupDrift(balancer: LoadBalancer, securityGroupIds: string[] | undefined): Drift[]
  /** Members of SetSecurityGroups beside the groups. */
  groupSettings: Partial<SetSecurityGroupsCommandInput>
}

/** A step for an internal load balancer of ours, of either type. The SDK's own waiter gives it 10 minutes. */
export const loadBalancerStep = <F extends { loadBalancerArn: string }>({
  type,
  factsOf,
  attributes,
  groupDrift,
  groupSettings,
  ...kind
}: BalancerKind<F>): AwsStep<LoadBalancerInputs, F> => {
  const ours = elb(`loadbalancer/${type === 'network' ? 'net' : 'app'}/PREFIX*/*`)
  return defineStep<LoadBalancerInputs>()({
    ...kind,
    permissions: {
      read: [
        describe(
          'elasticloadbalancing:DescribeLoadBalancers',
          'elasticloadbalancing:DescribeTags',
          'elasticloadbalancing:DescribeLoadBalancerAttributes',
        ),
      ],
      create: [
        permission('MakeBalancers', ['elasticloadbalancing:CreateLoadBalancer'], ours, requested),
        permission(
          'TagBalancers',
          ['elasticloadbalancing:AddTags'],
          ours,
          during('elasticloadbalancing:CreateAction', 'CreateLoadBalancer'),
        ),
        permission(
          'FirstBalancer',
          ['iam:CreateServiceLinkedRole'],
          serviceLinkedRole(elbPrincipal),
          linkedTo(elbPrincipal),
        ),
      ],
      update: [
        permission(
          'OwnBalancers',
          [
            'elasticloadbalancing:ModifyLoadBalancerAttributes',
            'elasticloadbalancing:SetSecurityGroups',
            'elasticloadbalancing:SetSubnets',
          ],
          ours,
          owned,
        ),
      ],
      delete: [permission('OwnBalancers', ['elasticloadbalancing:DeleteLoadBalancer'], ours, owned)],
    },
    // A delete waits for the link or service that still holds it.
    patience: { upTo: minutes(15), every: seconds(3) },

    async read(sight) {
      const { aws, known, identity, inputs } = sight
      const balancer: (LoadBalancer & Tagged) | undefined = await seek(sight, known?.loadBalancerArn, {
        byId: (arn) => aws.reads.loadBalancers({ arn }),
        byName: () => aws.reads.loadBalancers({ name: identity.name }),
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
      const described = aws.elbv2(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: facts.loadBalancerArn }))
      const set = tagMap((await unlessLagging(described, 'load balancer')).Attributes)
      const subnets = (balancer.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? [])
      const drift = [
        ...differs('type', balancer.Type, type, 'replace'),
        ...differs('scheme', balancer.Scheme, 'internal', 'replace'),
        ...Object.entries(attributes).flatMap(([name, want]) => differs(name, set[name], want)),
        ...groupDrift(balancer, inputs.securityGroupIds),
        ...differs('subnetIds', subnets, inputs.subnetIds),
      ]
      return { state: 'ready', owner, facts, drift }
    },

    async create({ aws, inputs, identity }) {
      const { LoadBalancers: [balancer] = [] } = await aws.elbv2(
        new CreateLoadBalancerCommand({
          Name: identity.name,
          Scheme: 'internal',
          Type: type,
          Subnets: inputs.subnetIds,
          SecurityGroups: inputs.securityGroupIds,
          Tags: tagList(identity.tags),
        }),
      )
      return factsOf(given(balancer, 'the load balancer'))
    },

    async update({ aws, inputs, facts: { loadBalancerArn: LoadBalancerArn }, drift }) {
      const fields = drift.map(({ field }) => field)
      const ofAttributes = fields.filter((field) => field in attributes)
      if (ofAttributes.length > 0) {
        await aws.elbv2(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes: tagList(attributes) }))
      }
      if (fields.some((field) => field !== 'subnetIds' && !ofAttributes.includes(field))) {
        const SecurityGroups = inputs.securityGroupIds
        await aws.elbv2(new SetSecurityGroupsCommand({ LoadBalancerArn, SecurityGroups, ...groupSettings }))
      }
      if (fields.includes('subnetIds')) {
        await aws.elbv2(new SetSubnetsCommand({ LoadBalancerArn, Subnets: inputs.subnetIds }))
      }
    },

    async delete({ aws, known: { loadBalancerArn: LoadBalancerArn } }) {
      await aws.elbv2(new DeleteLoadBalancerCommand({ LoadBalancerArn }))
    },
  })
}

/** Facts that every load balancer has. */
export const arnOf = ({ LoadBalancerArn }: LoadBalancer): { loadBalancerArn: string } => ({
  loadBalancerArn: given(LoadBalancerArn, 'the ARN of the load balancer'),
})
