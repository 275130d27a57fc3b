// Checks the health of targets by real requests, and tells it as DescribeTargetHealth does.
import type { Duplex } from 'node:stream'

import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2'

import type { World } from '../state/world.ts'
import type { Health, HealthCheck, Target, TargetGroup } from '../state/elbv2.ts'
import { type BalancerNode, crossesZones, nodesOf, usableTargets, usageOf, zoneOf } from './balance.ts'
import { exchange } from './exchange.ts'
import { type Failure, isFailure, type Network } from './network.ts'
import type { Address } from './resolve.ts'

/** Connects a node to an address. The caller passes it in, since the way may lead through another load balancer. */
type Reach = (node: BalancerNode, to: Address) => Promise<Duplex | Failure>

/** Health of a target of which nothing is known yet. */
export const unknownHealth = (): Health => ({
  healthy: false,
  ...texts.initial,
  streak: 0,
  streakOk: false,
  checkedAt: 0,
})

/** Reasons and descriptions as API_TargetHealth and its users' logs have them. */
const texts = {
  registering: { reason: 'Elb.RegistrationInProgress', description: 'Target registration is in progress' },
  initial: { reason: 'Elb.InitialHealthChecking', description: 'Initial health checks in progress' },
  failed: { reason: 'Target.FailedHealthChecks', description: 'Health checks failed' },
  timeout: { reason: 'Target.Timeout', description: 'Request timed out' },
  draining: { reason: 'Target.DeregistrationInProgress', description: 'Target deregistration is in progress' },
  noListener: {
    reason: 'Target.NotInUse',
    description: 'Target group is not configured to receive traffic from the load balancer',
  },
  otherZone: {
    reason: 'Target.NotInUse',
    description: 'Target is in an Availability Zone that is not enabled for the load balancer',
  },
} as const

/**
 * Brings the health of a group's targets up to date. No timer runs: each look makes one real check of every target
 * that has been due since, and it counts for all the checks that the interval had room for meanwhile.
 */
export async function refreshHealth({ world }: Network, now: number, group: TargetGroup, reach: Reach): Promise<void> {
  group.targets = group.targets.filter((target) => target.drainingUntil === undefined || target.drainingUntil > now)
  const usage = usageOf(world, group)
  if (!usage) return
  const since = Math.max(usage.listener.createdAt, usage.balancer.readyAt)
  for (const target of group.targets) {
    // Results from before the group came (back) into use no longer count.
    if (target.health.checkedAt < Math.max(since, target.registeredAt)) target.health = unknownHealth()
  }
  const nodes = nodesOf(world, now, usage.balancer)
  const crosses = crossesZones(usage.balancer, group)
  const checks = usableTargets(world, now, usage.balancer, group).map(async (target) => {
    if (checksDue(group.healthCheck, target, since, now) === 0) return
    const zone = zoneOf(world, group, target)
    const node = nodes.find((one) => one.zoneId === zone) ?? (crosses || zone === 'all' ? nodes[0] : undefined)
    if (!node) return
    const fault = await probe(group, target, node, reach)
    // Counts anew, since another request may have checked the target meanwhile.
    count(group.healthCheck, target, since, checksDue(group.healthCheck, target, since, now), fault)
  })
  await Promise.all(checks)
}

const startOf = (target: Target, since: number): number => Math.max(since, target.registeredAt, target.health.checkedAt)

const checksDue = (check: HealthCheck, target: Target, since: number, now: number): number =>
  Math.max(0, Math.floor((now - startOf(target, since)) / (check.intervalSeconds * 1000)))

type Fault = Pick<Health, 'reason' | 'description'> | undefined

function count(check: HealthCheck, target: Target, since: number, checks: number, fault: Fault): void {
  if (checks === 0) return
  const checkedAt = startOf(target, since) + checks * check.intervalSeconds * 1000
  const before = target.health
  const ok = fault === undefined
  const streak = before.streakOk === ok ? before.streak + checks : checks
  const after: Health = { ...before, streak, streakOk: ok, checkedAt }
  if (ok && streak >= check.healthyThreshold) {
    after.healthy = true
    delete after.reason
    delete after.description
  } else if (fault && streak >= check.unhealthyThreshold) {
    Object.assign(after, fault, { healthy: false })
  }
  target.health = after
}

/** One health check: a connection or a request by the node, subject to the group's outbound rules only. */
async function probe(group: TargetGroup, target: Target, node: BalancerNode, reach: Reach): Promise<Fault> {
  const check = group.healthCheck
  const port = check.port === 'traffic-port' ? target.port : Number(check.port)
  const stream = await reach(node, { ip: target.id, port })
  if (isFailure(stream)) return faultOf(stream)
  if (check.protocol === 'TCP') {
    stream.destroy()
    return undefined
  }
  const [path = '/', query = ''] = (check.path ?? '/').split('?')
  const headers = { host: `${node.ip}:${port}`, 'user-agent': 'ELB-HealthChecker/2.0' }
  const arrival = await exchange(
    stream,
    { method: 'GET', path, query, headers, body: Buffer.alloc(0) },
    // Load balancers do not validate the certificates of targets (ALB guide, "Target groups").
    { hop: target.id, ...(check.protocol === 'HTTPS' && { secure: { name: target.id } }) },
  )
  if (!arrival.arrived) return faultOf(arrival)
  const { status } = arrival.answer
  if (matches(check.matcher ?? '200-399', status)) return undefined
  return { reason: 'Target.ResponseCodeMismatch', description: `Health checks failed with these codes: [${status}]` }
}

const faultOf = ({ cause }: Failure): Fault => (cause === 'timeout' ? texts.timeout : texts.failed)

/** A matcher is a list of codes and ranges: `200,301` or `200-399` (API_Matcher). */
const matches = (matcher: string, status: number): boolean =>
  matcher.split(',').some((part) => {
    const [from, to] = part.split('-').map(Number)
    return from !== undefined && status >= from && status <= (to ?? from)
  })

/** The state of a target as DescribeTargetHealth tells it. Of the health of its checks it says what is known so far. */
export function describeHealth(world: World, now: number, group: TargetGroup, target: Target): TargetHealth {
  if (target.drainingUntil !== undefined) return say('draining', texts.draining)
  const usage = usageOf(world, group)
  if (!usage) return say('unused', texts.noListener)
  if (!usableTargets(world, now, usage.balancer, group).includes(target)) return say('unused', texts.otherZone)
  if (usage.balancer.readyAt > now) return say('initial', texts.registering)
  const { checkedAt } = target.health
  const known = checkedAt >= Math.max(usage.listener.createdAt, usage.balancer.readyAt, target.registeredAt)
  if (!known) return say('initial', texts.initial)
  if (target.health.healthy) return { State: 'healthy' }
  const { reason, description } = target.health
  return say(reason === texts.initial.reason ? 'initial' : 'unhealthy', { reason, description })
}

const say = (
  state: TargetHealth['State'],
  text: { reason?: string | undefined; description?: string | undefined },
) => ({
  State: state,
  // Every reason that is ever stored is one of the texts above, all of which are AWS's.
  Reason: text.reason as TargetHealth['Reason'],
  Description: text.description,
})
