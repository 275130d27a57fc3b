import { createHash } from 'node:crypto'

import { subnetOf } from '../../reads/addresses.ts'
import { defaultAttributes } from '../../services/elbv2/load-balancer-attributes.ts'
import type { Target } from '../../state/elbv2.ts'
import { defaultTargetGroupAttributes } from '../../services/elbv2/target-group-attributes.ts'
import type { Tags } from '../../state/resource.ts'
import type { World } from '../../state/world.ts'
import type { CallContext } from '../../state/call-context.ts'
import { zoneName } from '../../reads/zones.ts'
import { placeInterface } from '../../writes/network-interfaces.ts'

interface TargetSpec {
  ip: string
  port: number
  /** Name of a host that the sandbox serves at this address; without it, nothing listens unless `hosts` says so. */
  host?: string
}

export interface LoadBalancerSpec {
  account: string
  region: string
  arn: string
  vpcId: string
  subnetIds: string[]
  securityGroupIds?: string[]
  listeners: { port: number; targets: TargetSpec[] }[]
  tags?: Tags
}

/** An internal Network Load Balancer that has been active since `owner.now`, with a TCP target group per listener. */
export function seedLoadBalancer(world: World, context: CallContext, spec: LoadBalancerSpec): void {
  const { arn, account, region, vpcId, subnetIds } = spec
  const [, name, id] = /:loadbalancer\/net\/([^/]+)\/([0-9a-f]+)$/.exec(arn) ?? []
  if (name === undefined || id === undefined) throw new Error(`${arn} is not the ARN of a Network Load Balancer`)
  const groupIds = spec.securityGroupIds ?? []
  const interfaces = subnetIds.map((subnetId) =>
    placeInterface(world, context, {
      subnetId,
      groupIds,
      description: `ELB net/${name}/${id}`,
      interfaceType: 'network_load_balancer',
      attachedBy: 'amazon-aws',
      servesId: arn,
    }),
  )
  const owned = { account, region, createdAt: context.now }
  world.elbv2.loadBalancers[arn] = {
    ...owned,
    arn,
    name,
    type: 'network',
    scheme: 'internal',
    vpcId,
    dnsName: `${name}-${id}.elb.${region}.amazonaws.com`,
    subnetIds,
    networkInterfaceIds: interfaces.map(({ networkInterfaceId }) => networkInterfaceId),
    groupIds,
    enforceOnPrivateLink: 'on',
    readyAt: context.now,
    attributes: defaultAttributes('network'),
    tags: spec.tags ?? {},
  }
  for (const { port, targets } of spec.listeners) seedListener(world, context, { spec, name, id, port, targets })
}

interface ListenerSpec {
  spec: LoadBalancerSpec
  name: string
  id: string
  port: number
  targets: TargetSpec[]
}

function seedListener(world: World, context: CallContext, { spec, name, id, port, targets }: ListenerSpec): void {
  const { account, region, vpcId } = spec
  const owned = { account, region, createdAt: context.now, tags: spec.tags ?? {} }
  const arnOf = (rest: string) => `arn:aws:elasticloadbalancing:${region}:${account}:${rest}`
  const groupName = `${name.slice(0, 26)}-${port}`
  const targetGroupArn = arnOf(`targetgroup/${groupName}/${hash(`${spec.arn}:${port}`)}`)
  const listenerArn = arnOf(`listener/net/${name}/${id}/${hash(`${spec.arn}:listener:${port}`)}`)
  world.elbv2.targetGroups[targetGroupArn] = {
    ...owned,
    arn: targetGroupArn,
    name: groupName,
    protocol: 'TCP',
    port: targets[0]?.port ?? port,
    vpcId,
    targetType: 'ip',
    healthCheck: {
      enabled: true,
      protocol: 'TCP',
      port: 'traffic-port',
      intervalSeconds: 30,
      timeoutSeconds: 10,
      healthyThreshold: 5,
      unhealthyThreshold: 2,
    },
    attributes: defaultTargetGroupAttributes({ protocol: 'TCP', targetType: 'ip' }),
    targets: targets.map((target) => seedTarget(world, context, vpcId, target)),
  }
  world.elbv2.listeners[listenerArn] = {
    ...owned,
    arn: listenerArn,
    loadBalancerArn: spec.arn,
    protocol: 'TCP',
    port,
    targetGroupArn,
    attributes: {},
  }
}

/** Checked for a day: healthy until its next check says otherwise. */
function seedTarget(world: World, context: CallContext, vpcId: string, { ip, port }: TargetSpec): Target {
  const subnet = subnetOf(world, vpcId, ip)
  const health = { healthy: true, streak: 5, streakOk: true, checkedAt: context.now }
  const zone = subnet ? zoneName(world, context, subnet.zoneId) : 'all'
  return { id: ip, port, zone, registeredAt: context.now, health }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)
