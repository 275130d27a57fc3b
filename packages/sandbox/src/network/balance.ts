// Chooses the node and the target of a connection to a load balancer, for traffic and for health checks alike.
import { exists, type World } from '../state/world.ts'
import type { Listener, LoadBalancer, Target, TargetGroup } from '../state/elbv2.ts'
import { firstUsable, subnetOf } from '../reads/addresses.ts'
import { type Failure, failureAt, type Source } from './network.ts'
import { zoneMap } from '../reads/zones.ts'
import { listenersUsing } from '../reads/listeners.ts'

/** A load balancer's node: its interface in one subnet, and the zone that it serves. */
export interface BalancerNode extends Source {
  zoneId: string
}

/**
 * The oldest listener, and so the load balancer, that sends traffic to a target group: all are of one load balancer.
 */
export function usageOf(world: World, group: TargetGroup): { listener: Listener; balancer: LoadBalancer } | undefined {
  const [listener] = listenersUsing(world, group).sort((a, b) => a.createdAt - b.createdAt)
  const balancer = listener && world.elbv2.loadBalancers[listener.loadBalancerArn]
  return listener && balancer ? { listener, balancer } : undefined
}

/** The nodes of a load balancer, one in each of its subnets. */
export function nodesOf(world: World, now: number, balancer: LoadBalancer): BalancerNode[] {
  return balancer.subnetIds.flatMap((subnetId) => {
    const subnet = world.ec2.subnets[subnetId]
    if (!subnet) return []
    const own = Object.values(world.ec2.networkInterfaces).find(
      (one) => one.servesId === balancer.arn && one.subnetId === subnetId && exists(one, now),
    )
    const ip = own?.privateIp ?? firstUsable(subnet.cidrBlock)
    const { arn: loadBalancerArn, groupIds, vpcId } = balancer
    return [{ ip, groupIds, vpcId, subnetId, zoneId: subnet.zoneId, loadBalancerArn }]
  })
}

/** The zone of a target: of the subnet it lies in, the one it was registered with, or `all`. */
export function zoneOf(world: World, group: TargetGroup, target: Target): string {
  const subnet = subnetOf(world, group.vpcId, target.id)
  if (subnet) return subnet.zoneId
  return (target.zone !== undefined && zoneMap(world, group.account, group.region)[target.zone]) || 'all'
}

/**
 * Whether nodes use the targets of every zone; a target group may override its load balancer (TargetGroupAttribute).
 */
export function crossesZones(balancer: LoadBalancer, group: TargetGroup): boolean {
  const own = group.attributes['load_balancing.cross_zone.enabled']
  const setting = own === 'true' || own === 'false' ? own : balancer.attributes['load_balancing.cross_zone.enabled']
  return setting === 'true'
}

/** Targets that are neither draining nor in a zone that the load balancer does not serve. */
export function usableTargets(world: World, now: number, balancer: LoadBalancer, group: TargetGroup): Target[] {
  const zones = new Set(nodesOf(world, now, balancer).map((node) => node.zoneId))
  return group.targets.filter((target) => {
    const zone = zoneOf(world, group, target)
    return target.drainingUntil === undefined && (zone === 'all' || zones.has(zone))
  })
}

/**
 * Chooses the node and the target of a new connection, in turn. A node uses the targets of its own zone unless
 * cross-zone load balancing is on; while no target of the group is healthy, every target gets traffic (NLB guide,
 * "target group health": fail open). `zoneId` is the zone that the connection comes from, if it comes by an endpoint.
 */
export function choose(
  world: World,
  now: number,
  balancer: LoadBalancer,
  group: TargetGroup,
  zoneId?: string,
): { node: BalancerNode; target: Target } | Failure {
  const hop = `load balancer ${balancer.name}`
  const turn = balancer.turns ?? 0
  balancer.turns = turn + 1
  const nodes = nodesOf(world, now, balancer)
  const crosses = crossesZones(balancer, group)
  const near = nodes.filter((node) => node.zoneId === zoneId)
  const reachable = zoneId === undefined || (near.length === 0 && crosses) ? nodes : near
  const node = reachable[turn % reachable.length]
  if (!node) return failureAt('timeout', hop, `it has no node in the zone ${zoneId ?? 'of the caller'}`)
  if (group.targets.length === 0) return failureAt('no-target', hop, `target group ${group.name} has no targets`)

  const usable = usableTargets(world, now, balancer, group)
  const healthy = usable.filter((target) => target.health.healthy)
  const failOpen = healthy.length === 0
  const candidates = (failOpen ? usable : healthy).filter((target) => {
    const zone = zoneOf(world, group, target)
    return crosses || zone === 'all' || zone === node.zoneId
  })
  // A second counter, so that alternating nodes do not always meet the same target.
  const target = candidates[Math.floor(turn / reachable.length) % candidates.length]
  if (target) return { node, target }
  if (usable.length === 0)
    return failureAt('no-target', hop, `target group ${group.name} has no target that takes connections`)
  const kind = failOpen ? 'target' : 'healthy target'
  return failureAt(
    'timeout',
    hop,
    `its node in ${node.zoneId} has no ${kind} in its zone, and cross-zone load balancing is off`,
  )
}
