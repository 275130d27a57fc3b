import {
  DeregisterTargetsCommand,
  ModifyTargetGroupCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { differs } from '../engine/step.ts'
import { given, ownerOf, unlessLagging } from './shared/ownership.ts'
import { checkPace, createGroup, deleteGroup, groupPatience, seekGroup, targetsIn } from './shared/target-groups.ts'
import { during, owned, requested } from '../aws/permissions/conditions.ts'
import { describe, permission } from '../aws/permissions/permission.ts'
import { elb } from '../aws/permissions/resources.ts'

interface Inputs {
  vpcId: string
  /** Port of the listener that traffic goes to, which has to be there before the load balancer is registered. */
  port: number
  /** Port of the listener that checks go to. */
  healthPort: number
  /** The Application Load Balancer. */
  loadBalancerArn: string
}

/**
 * An Application Load Balancer as the target of a Network Load Balancer. Its attributes cannot be changed, and it is
 * checked by HTTP or HTTPS only ("Use an Application Load Balancer as a target", NLB guide).
 */
export const albTargetGroup = defineStep<Inputs>()({
  id: 'alb-target-group',
  title: 'Target group of the proxy',
  facts: z.object({ targetGroupArn: z.string() }),
  permissions: {
    read: [
      describe(
        'elasticloadbalancing:DescribeTargetGroups',
        'elasticloadbalancing:DescribeTags',
        'elasticloadbalancing:DescribeTargetHealth',
      ),
    ],
    create: [
      permission(
        'MakeTargetGroups',
        ['elasticloadbalancing:CreateTargetGroup'],
        elb('targetgroup/PREFIX*/*'),
        requested,
      ),
      permission(
        'TagTargetGroups',
        ['elasticloadbalancing:AddTags'],
        elb('targetgroup/PREFIX*/*'),
        during('elasticloadbalancing:CreateAction', 'CreateTargetGroup'),
      ),
    ],
    update: [
      permission(
        'OwnTargetGroups',
        [
          'elasticloadbalancing:ModifyTargetGroup',
          'elasticloadbalancing:RegisterTargets',
          'elasticloadbalancing:DeregisterTargets',
        ],
        elb('targetgroup/PREFIX*/*'),
        owned,
      ),
    ],
    delete: [
      permission('OwnTargetGroups', ['elasticloadbalancing:DeleteTargetGroup'], elb('targetgroup/PREFIX*/*'), owned),
    ],
  },
  patience: groupPatience,

  async read(sight) {
    const { aws, inputs, known, identity } = sight
    const group = await seekGroup(sight, known)
    if (group === undefined) return { state: 'absent' }
    const targetGroupArn = given(group.TargetGroupArn, 'the ARN of the target group')
    const registered = await unlessLagging(targetsOf(aws, targetGroupArn), 'target group')
    const { vpcId, port, healthPort, loadBalancerArn } = inputs
    const check = { protocol: group.HealthCheckProtocol, port: group.HealthCheckPort, path: group.HealthCheckPath }
    return {
      state: 'ready',
      owner: ownerOf(identity, group.tags),
      facts: { targetGroupArn },
      drift: [
        ...differs('vpcId', group.VpcId, vpcId, 'replace'),
        ...differs('port', group.Port, port, 'replace'),
        ...differs('targetType', group.TargetType, 'alb', 'replace'),
        ...differs('healthCheck', check, healthPort && { protocol: 'HTTP', port: String(healthPort), path: '/' }),
        ...differs('targets', registered, loadBalancerArn && [loadBalancerArn]),
      ],
    }
  },

  create({ aws, inputs, identity }) {
    const { port: Port, vpcId: VpcId } = inputs
    return createGroup(aws, identity, { Protocol: 'TCP', Port, VpcId, TargetType: 'alb', ...checking(inputs) })
  },

  async update({ aws, inputs, facts: { targetGroupArn: TargetGroupArn }, drift }) {
    if (drift.some(({ field }) => field === 'healthCheck')) {
      await aws.elbv2(new ModifyTargetGroupCommand({ TargetGroupArn, ...checking(inputs) }))
    }
    if (!drift.some(({ field }) => field === 'targets')) return
    const { loadBalancerArn: Id } = inputs
    // There is room for one only.
    const others = (await targetsOf(aws, TargetGroupArn)).filter((arn) => arn !== Id)
    if (others.length > 0) {
      const Targets = others.map((other) => ({ Id: other }))
      await aws.elbv2(new DeregisterTargetsCommand({ TargetGroupArn, Targets }))
    }
    await aws.elbv2(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id }] }))
  },

  async delete({ aws, known }) {
    await deleteGroup(aws, known.targetGroupArn)
  },
})

const checking = ({ healthPort }: Inputs) => ({
  HealthCheckProtocol: 'HTTP' as const,
  HealthCheckPort: String(healthPort),
  HealthCheckPath: '/',
  ...checkPace,
})

const targetsOf = async (aws: Aws, targetGroupArn: string): Promise<string[]> =>
  (await targetsIn(aws, targetGroupArn)).flatMap(({ Target }) => Target?.Id ?? [])
