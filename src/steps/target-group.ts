import {
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetHealthCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  RegisterTargetsCommand,
  type TargetDescription,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { tagList } from '../aws/tags.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek, unlessLagging } from './shared/ownership.ts'

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
  /** Without them, somebody else registers them: ECS does so for the tasks of a service. */
  targets?: Target[]
  /** How targets are looked at: by TCP unless told otherwise. */
  healthCheck?: HealthCheck
}

/** By HTTPS whatever the certificate says. */
interface HealthCheck {
  protocol: 'TCP' | 'HTTP' | 'HTTPS'
  path?: string
  /** What counts as an answer, such as `200,403`. Without it, 200 to 399 behind a Network Load Balancer. */
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

/**
 * The addresses behind the load balancer. Two checks ten seconds apart make a new target healthy early; the defaults
 * (30 s, 5 checks) take minutes. TCP checks may be 5 to 300 s apart, with thresholds from 2 (CreateTargetGroup).
 */
export const targetGroup = defineStep<Inputs>()({
  id: 'target-group',
  title: 'Target group',
  facts: z.object({ targetGroupArn: z.string() }),
  actions: {
    look: [
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTags',
      'elasticloadbalancing:DescribeTargetGroupAttributes',
      'elasticloadbalancing:DescribeTargetHealth',
    ],
    make: ['elasticloadbalancing:CreateTargetGroup', 'elasticloadbalancing:AddTags'],
    mend: [
      'elasticloadbalancing:ModifyTargetGroup',
      'elasticloadbalancing:ModifyTargetGroupAttributes',
      'elasticloadbalancing:RegisterTargets',
      'elasticloadbalancing:DeregisterTargets',
    ],
    remove: ['elasticloadbalancing:DeleteTargetGroup'],
  },
  spares: (inputs) =>
    'targets' in inputs
      ? []
      : [
          'elasticloadbalancing:DescribeTargetHealth',
          'elasticloadbalancing:RegisterTargets',
          'elasticloadbalancing:DeregisterTargets',
        ],
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
    const { targets } = inputs
    const parts = [attributesOf(aws, targetGroupArn), targets && targetsOf(aws, targetGroupArn)] as const
    const [set, registered] = await unlessLagging(Promise.all(parts), 'target group')
    return {
      state: 'ready',
      owner: ownerOf(mark, group.tags),
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

  async create({ aws, inputs, mark }) {
    const { TargetGroups: [group] = [] } = await aws.elbv2(
      new CreateTargetGroupCommand({
        Name: mark.name,
        Protocol: inputs.protocol ?? 'TCP',
        Port: inputs.port,
        VpcId: inputs.vpcId,
        TargetType: 'ip',
        ...checking(inputs),
        Tags: tagList(mark.tags),
      }),
    )
    return { targetGroupArn: given(group?.TargetGroupArn, 'the ARN of the target group') }
  },

  async mend({ aws, inputs, facts: { targetGroupArn: TargetGroupArn }, drift }) {
    const attributes = attributesFor(inputs.protocol)
    if (drift.some(({ field }) => field in attributes)) {
      const Attributes = Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }))
      await aws.elbv2(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }))
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
    // New ones first, so that there is always somebody to answer.
    if (missing.length > 0) {
      const Targets = missing.map((target) => described(target, inputs.cidrBlocks))
      await aws.elbv2(new RegisterTargetsCommand({ TargetGroupArn, Targets }))
    }
    if (extra.length > 0) {
      const Targets = extra.map((target) => described(target, inputs.cidrBlocks))
      await aws.elbv2(new DeregisterTargetsCommand({ TargetGroupArn, Targets }))
    }
  },

  async destroy({ aws, known }) {
    await aws.elbv2(new DeleteTargetGroupCommand({ TargetGroupArn: known.targetGroupArn }))
  },
})

const checking = ({ healthCheck: { protocol, path, port, codes } = byTcp }: Inputs) => ({
  HealthCheckProtocol: protocol,
  HealthCheckPort: port === undefined ? trafficPort : String(port),
  ...(path !== undefined && { HealthCheckPath: path }),
  ...(codes !== undefined && { Matcher: { HttpCode: codes } }),
  HealthCheckIntervalSeconds: 10,
  // Shorter than the interval, as some protocols need it ("Health checks", NLB guide: 2 to 120 s).
  HealthCheckTimeoutSeconds: 5,
  HealthyThresholdCount: 2,
  UnhealthyThresholdCount: 2,
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
  const { Attributes = [] } = await aws.elbv2(new DescribeTargetGroupAttributesCommand({ TargetGroupArn }))
  return Object.fromEntries(Attributes.flatMap(({ Key, Value }) => (Key && Value !== undefined ? [[Key, Value]] : [])))
}

/** Those that are registered and not on their way out. */
async function targetsOf(aws: Aws, TargetGroupArn: string): Promise<Target[]> {
  const { TargetHealthDescriptions: all = [] } = await aws.elbv2(new DescribeTargetHealthCommand({ TargetGroupArn }))
  return all.flatMap(({ Target, TargetHealth }) =>
    Target?.Id === undefined || TargetHealth?.State === 'draining'
      ? []
      : [{ address: Target.Id, port: Target.Port ?? 0 }],
  )
}
