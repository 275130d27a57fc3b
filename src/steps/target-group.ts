import {
  DeregisterTargetsCommand,
  DescribeTargetGroupAttributesCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  RegisterTargetsCommand,
  type TargetDescription,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import ipaddr from 'ipaddr.js'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { tagList, tagMap } from '../aws/tags.ts'
import { differs } from '../engine/step.ts'
import { given, ownerOf, unlessLagging } from './shared/ownership.ts'
import { checkPace, createGroup, deleteGroup, groupPatience, seekGroup, targetsIn } from './shared/target-groups.ts'
import { during, owned, requested } from '../aws/permissions/conditions.ts'
import { type Action, describe, permission } from '../aws/permissions/permission.ts'
import { elb } from '../aws/permissions/resources.ts'

export interface Target {
  address: string
  port: number
}

interface Inputs {
  vpcId: string
  /** Blocks of the VPC: a target outside them is registered for all zones. */
  cidrBlocks: string[]
  port: number
  /** TCP behind a Network Load Balancer, as it is unless told otherwise; HTTPS behind an Application Load Balancer. */
  protocol?: 'TCP' | 'HTTPS'
  /** Left out where another service registers them: ECS does so for the tasks of a service. */
  targets?: Target[]
  /** How targets are checked: by TCP unless given. */
  healthCheck?: HealthCheck
}

/** By HTTPS whatever the certificate says. */
interface HealthCheck {
  protocol: 'TCP' | 'HTTP' | 'HTTPS'
  path?: string
  /** The statuses that count as healthy, such as `200,403`. Without it, 200 to 399 behind a Network Load Balancer. */
  codes?: string
  /** Without it, the port that traffic goes to. */
  port?: number
}

const byTcp: HealthCheck = { protocol: 'TCP' }

/**
 * Client IP preservation is not supported when the targets are interfaces of an endpoint (NLB guide, "Client IP
 * preservation"); the default deregistration delay of 300 s only makes removal slow.
 */
const attributesFor = (protocol: Inputs['protocol'] = 'TCP'): Readonly<Record<string, string>> => ({
  ...(protocol === 'TCP' && { 'preserve_client_ip.enabled': 'false' }),
  'deregistration_delay.timeout_seconds': '30',
})

/** The addresses behind the load balancer. */
export const targetGroup = defineStep<Inputs>()({
  id: 'target-group',
  title: 'Target group',
  facts: z.object({ targetGroupArn: z.string() }),
  permissions: {
    read: [
      describe(
        'elasticloadbalancing:DescribeTargetGroups',
        'elasticloadbalancing:DescribeTags',
        'elasticloadbalancing:DescribeTargetGroupAttributes',
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
          'elasticloadbalancing:ModifyTargetGroupAttributes',
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
  unneeded: (inputs): Action[] =>
    'targets' in inputs
      ? []
      : [
          'elasticloadbalancing:DescribeTargetHealth',
          'elasticloadbalancing:RegisterTargets',
          'elasticloadbalancing:DeregisterTargets',
        ],
  patience: groupPatience,

  async read(sight) {
    const { aws, inputs, known, identity } = sight
    const group = await seekGroup(sight, known)
    if (group === undefined) return { state: 'absent' }
    const targetGroupArn = given(group.TargetGroupArn, 'the ARN of the target group')
    const { targets } = inputs
    const parts = [attributesOf(aws, targetGroupArn), targets && targetsOf(aws, targetGroupArn)] as const
    const [set, registered] = await unlessLagging(Promise.all(parts), 'target group')
    return {
      state: 'ready',
      owner: ownerOf(identity, group.tags),
      facts: { targetGroupArn },
      drift: [
        ...differs('vpcId', group.VpcId, inputs.vpcId, 'replace'),
        ...differs('port', group.Port, inputs.port, 'replace'),
        ...differs('protocol', group.Protocol, inputs.port && (inputs.protocol ?? 'TCP'), 'replace'),
        ...differs('targetType', group.TargetType, 'ip', 'replace'),
        ...differs(
          'healthCheck',
          checkOf(group, inputs.healthCheck),
          inputs.port === undefined ? undefined : (inputs.healthCheck ?? byTcp),
        ),
        ...Object.entries(attributesFor(inputs.protocol)).flatMap(([name, want]) => differs(name, set[name], want)),
        ...differs('targets', registered, targets),
      ],
    }
  },

  create({ aws, inputs, identity }) {
    const { protocol: Protocol = 'TCP', port: Port, vpcId: VpcId } = inputs
    return createGroup(aws, identity, { Protocol, Port, VpcId, TargetType: 'ip', ...checking(inputs) })
  },

  async update({ aws, inputs, facts: { targetGroupArn: TargetGroupArn }, drift }) {
    const attributes = attributesFor(inputs.protocol)
    if (drift.some(({ field }) => field in attributes)) {
      await aws.elbv2(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes: tagList(attributes) }))
    }
    if (drift.some(({ field }) => field === 'healthCheck')) {
      await aws.elbv2(new ModifyTargetGroupCommand({ TargetGroupArn, ...checking(inputs) }))
    }
    const { targets } = inputs
    if (targets === undefined || !drift.some(({ field }) => field === 'targets')) return
    const registered = await targetsOf(aws, TargetGroupArn)
    const has = (list: readonly Target[], { address, port }: Target) =>
      list.some((one) => one.address === address && one.port === port)
    const missing = targets.filter((target) => !has(registered, target))
    const extra = registered.filter((target) => !has(targets, target))
    // New targets first, so that there is always one to answer.
    if (missing.length > 0) {
      const Targets = missing.map((target) => described(target, inputs.cidrBlocks))
      await aws.elbv2(new RegisterTargetsCommand({ TargetGroupArn, Targets }))
    }
    if (extra.length > 0) {
      const Targets = extra.map((target) => described(target, inputs.cidrBlocks))
      await aws.elbv2(new DeregisterTargetsCommand({ TargetGroupArn, Targets }))
    }
  },

  async delete({ aws, known }) {
    await deleteGroup(aws, known.targetGroupArn)
  },
})

const checking = ({ healthCheck: { protocol, path, port, codes } = byTcp }: Inputs) => ({
  HealthCheckProtocol: protocol,
  HealthCheckPort: port === undefined ? trafficPort : String(port),
  ...(path !== undefined && { HealthCheckPath: path }),
  ...(codes !== undefined && { Matcher: { HttpCode: codes } }),
  ...checkPace,
})

/** How targets are checked; of the codes, only where some are wanted. */
const checkOf = (
  { HealthCheckProtocol: protocol, HealthCheckPath: path, HealthCheckPort: port, Matcher }: TargetGroup,
  wanted: HealthCheck | undefined,
) => ({
  protocol,
  ...(path !== undefined && { path }),
  ...(wanted?.codes !== undefined && { codes: Matcher?.HttpCode }),
  ...(port !== undefined && port !== trafficPort && { port: Number(port) }),
})

const trafficPort = 'traffic-port'

/** An address outside the VPC needs the zone `all` (TargetDescription, ELBv2 API reference). */
const described = ({ address, port }: Target, cidrBlocks: readonly string[]): TargetDescription => ({
  Id: address,
  Port: port,
  ...(isWithin(address, cidrBlocks) ? {} : { AvailabilityZone: 'all' }),
})

export const isWithin = (address: string, cidrBlocks: readonly string[]): boolean =>
  cidrBlocks.some((block) => ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(block)))

async function attributesOf(aws: Aws, TargetGroupArn: string): Promise<Record<string, string>> {
  return tagMap((await aws.elbv2(new DescribeTargetGroupAttributesCommand({ TargetGroupArn }))).Attributes)
}

const targetsOf = async (aws: Aws, targetGroupArn: string): Promise<Target[]> =>
  (await targetsIn(aws, targetGroupArn)).flatMap(({ Target: { Id: address, Port: port = 0 } = {} }) =>
    address === undefined ? [] : [{ address, port }],
  )
