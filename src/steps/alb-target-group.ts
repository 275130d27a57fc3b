import {
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ModifyTargetGroupCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { z } from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { tagList } from '../aws/tags.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek, unlessLagging } from './shared/ownership.ts'

interface Inputs {
  vpcId: string
  /** Of the listener that traffic goes to, which has to be there before the load balancer is registered. */
  port: number
  /** Of the listener that checks go to. */
  healthPort: number
  /** The Application Load Balancer. */
  loadBalancerArn: string
}

/**
 * An Application Load Balancer as the target of a Network Load Balancer. Its attributes cannot be changed, and it is checked
 * by HTTP or HTTPS only ("Use an Application Load Balancer as a target", NLB guide).
 */
export const albTargetGroup = defineStep<Inputs>()({
  id: 'alb-target-group',
  title: 'Target group of the proxy',
  facts: z.object({ targetGroupArn: z.string() }),
  actions: {
    look: [
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTags',
      'elasticloadbalancing:DescribeTargetHealth',
    ],
    make: ['elasticloadbalancing:CreateTargetGroup', 'elasticloadbalancing:AddTags'],
    mend: [
      'elasticloadbalancing:ModifyTargetGroup',
      'elasticloadbalancing:RegisterTargets',
      'elasticloadbalancing:DeregisterTargets',
    ],
    remove: ['elasticloadbalancing:DeleteTargetGroup'],
  },
  // In use by a listener that is going: Terraform allows two minutes.
  patience: { upTo: minutes(5), every: seconds(5) },

  async find(sight) {
    const { aws, inputs, known, mark } = sight
    const group = await seek(sight, known?.targetGroupArn, {
      byId: (arn) => aws.look.targetGroups({ arn }),
      byName: () => aws.look.targetGroups({ name: mark.name }),
    })
    if (group === undefined) return { state: 'absent' }
    const targetGroupArn = given(group.TargetGroupArn, 'the ARN of the target group')
    const registered = await unlessLagging(targetsOf(aws, targetGroupArn), 'target group')
    const { vpcId, port, healthPort, loadBalancerArn } = inputs
    const check = { protocol: group.HealthCheckProtocol, port: group.HealthCheckPort, path: group.HealthCheckPath }
    return {
      state: 'ready',
      owner: ownerOf(mark, group.tags),
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

  async create({ aws, inputs, mark }) {
    const { TargetGroups: [group] = [] } = await aws.elbv2(
      new CreateTargetGroupCommand({
        Name: mark.name,
        Protocol: 'TCP',
        Port: inputs.port,
        VpcId: inputs.vpcId,
        TargetType: 'alb',
        ...checking(inputs),
        Tags: tagList(mark.tags),
      }),
    )
    return { targetGroupArn: given(group?.TargetGroupArn, 'the ARN of the target group') }
  },

  async mend({ aws, inputs, facts: { targetGroupArn: TargetGroupArn }, drift }) {
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

  async destroy({ aws, known }) {
    await aws.elbv2(new DeleteTargetGroupCommand({ TargetGroupArn: known.targetGroupArn }))
  },
})

const checking = ({ healthPort }: Inputs) => ({
  HealthCheckProtocol: 'HTTP' as const,
  HealthCheckPort: String(healthPort),
  HealthCheckPath: '/',
  HealthCheckIntervalSeconds: 10,
  HealthCheckTimeoutSeconds: 5,
  HealthyThresholdCount: 2,
  UnhealthyThresholdCount: 2,
})

/** Those that are registered and not on their way out. */
async function targetsOf(aws: Aws, TargetGroupArn: string): Promise<string[]> {
  const { TargetHealthDescriptions: all = [] } = await aws.elbv2(new DescribeTargetHealthCommand({ TargetGroupArn }))
  return all.flatMap(({ Target, TargetHealth }) =>
    Target?.Id === undefined || TargetHealth?.State === 'draining' ? [] : [Target.Id],
  )
}
