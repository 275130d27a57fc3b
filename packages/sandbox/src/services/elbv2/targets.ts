import { AwsError } from '../../state/aws-error.ts'
import type {
  DeregisterTargetsInput,
  DescribeTargetHealthInput,
  DescribeTargetHealthOutput,
  RegisterTargetsInput,
  TargetDescription,
  TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { isIpv4, isPrivateAddress, subnetOf } from '../../reads/addresses.ts'
import { usageOf } from '../../network/balance.ts'
import { describeHealth, unknownHealth } from '../../network/health.ts'
import { checkTargets } from '../../network/path.ts'
import { type Call, operation } from '../operation.ts'
import { invalid, isVisible, getLoadBalancer, getTargetGroup } from './lookup.ts'
import type { Target, TargetGroup } from '../../state/elbv2.ts'
import { zoneMap, zoneName } from '../../reads/zones.ts'
import { onThe } from './required-permissions.ts'

/** Targets per target group ("Quotas for your Network Load Balancers"). */
const most = 1000

export const targetOperations = {
  RegisterTargets: operation<RegisterTargetsInput, object>()(
    ['TargetGroupArn', 'Targets'],
    onThe('TargetGroupArn'),
    ({ TargetGroupArn, Targets = [] }, call) => {
      const group = getTargetGroup(call, TargetGroupArn)
      const read = Targets.map((target) => readTarget(call, group, target))
      const added = read.filter((target) => !find(group, target))
      if (group.targets.length + added.length > most)
        throw new AwsError('TooManyTargets', `The target group '${group.arn}' cannot have more than ${most} targets`)
      // A registered target stays as it is, unless it is draining.
      for (const target of read) {
        const there = find(group, target)
        if (!there) group.targets.push(target)
        else if (there.drainingUntil !== undefined) group.targets[group.targets.indexOf(there)] = target
      }
      return {}
    },
  ),

  // "If the specified target does not exist, the action returns successfully" (API_DeregisterTargets).
  DeregisterTargets: operation<DeregisterTargetsInput, object>()(
    ['TargetGroupArn', 'Targets'],
    onThe('TargetGroupArn'),
    ({ TargetGroupArn, Targets = [] }, call) => {
      const group = getTargetGroup(call, TargetGroupArn)
      const delay = Number(group.attributes['deregistration_delay.timeout_seconds'] ?? 300) * 1000
      for (const target of Targets) {
        const found = find(group, { id: target.Id ?? '', port: target.Port ?? group.port })
        if (!found) continue
        // A target that gets no traffic has no connections to drain: assumed to go at once.
        if (usageOf(call.world, group) && delay > 0) found.drainingUntil ??= call.now + delay
        else group.targets = group.targets.filter((one) => one !== found)
      }
      return {}
    },
  ),

  DescribeTargetHealth: operation<DescribeTargetHealthInput, DescribeTargetHealthOutput>()(
    ['TargetGroupArn', 'Targets'],
    '*',
    async ({ TargetGroupArn, Targets }, call) => {
      const group = getTargetGroup(call, TargetGroupArn)
      if (!isVisible(group, call.now)) throw new AwsError('TargetGroupNotFound', 'One or more target groups not found')
      await checkTargets(call.network, call.now, group)
      const named = Targets?.length ? Targets : undefined
      return {
        TargetHealthDescriptions: named
          ? named.map((target) => showNamed(call, group, target))
          : group.targets.map((target) => show(call, group, target)),
      }
    },
  ),
}

const find = (group: TargetGroup, { id, port }: Pick<Target, 'id' | 'port'>): Target | undefined =>
  group.targets.find((target) => target.id === id && target.port === port)

/**
 * Reads a target. Texts: aws-load-balancer-controller#3714 (a zone is required for an address that is in none of the
 * VPC's subnets) and #561 (one that is in the VPC takes no `all`); the one for public addresses is assumed.
 */
function readTarget(call: Call, group: TargetGroup, { Id = '', Port, AvailabilityZone }: TargetDescription): Target {
  const port = Port ?? group.port
  if (port < 1 || port > 65_535) throw invalid(`The port '${port}' is not valid`)
  if (group.targetType === 'instance')
    throw new AwsError(
      'InvalidTarget',
      `The following targets are not in a running state and cannot be registered: '${Id}'`,
    )
  if (group.targetType === 'alb') return readBalancer(call, group, Id, port)
  if (!isIpv4(Id)) throw invalid(`The IP address '${Id}' is not a valid IPv4 address`)
  const target = { id: Id, port, registeredAt: call.now, health: unknownHealth() }

  const subnet = subnetOf(call.world, group.vpcId, Id)
  if (subnet) {
    const own = zoneName(call.world, group, subnet.zoneId)
    if (AvailabilityZone !== undefined && AvailabilityZone !== own) {
      const overriding = `cannot have its Availability Zone overridden to '${AvailabilityZone}' from '${own}'`
      throw invalid(`The IP address '${Id}' is within the VPC, and ${overriding}`)
    }
    return { ...target, zone: own }
  }
  if (!isPrivateAddress(Id)) {
    const message = `The IP address '${Id}' is neither in the VPC nor in the RFC 1918 or RFC 6598 ranges`
    throw new AwsError('InvalidTarget', message)
  }
  if (AvailabilityZone === undefined)
    throw invalid(`The Availability Zone is required for IP address '${Id}' because it is not in the VPC`)
  if (AvailabilityZone !== 'all' && !(AvailabilityZone in zoneMap(call.world, group.account, group.region)))
    throw invalid(`The Availability Zone '${AvailabilityZone}' is not valid`)
  return { ...target, zone: AvailabilityZone }
}

/**
 * An Application Load Balancer as a target: the only one of its group, in the group's VPC and the caller's account,
 * with a listener on the port, and a target of two Network Load Balancers at most ("Use an Application Load Balancer as
 * a target", NLB guide). The texts are assumed.
 */
function readBalancer(call: Call, group: TargetGroup, arn: string, port: number): Target {
  const { world } = call
  const found = arn.includes(':loadbalancer/app/') ? getLoadBalancer(call, arn) : undefined
  if (!found) throw new AwsError('InvalidTarget', `'${arn}' is not the ARN of an Application Load Balancer`)
  if (found.vpcId !== group.vpcId)
    throw new AwsError(
      'InvalidTarget',
      `The load balancer '${arn}' is not in the VPC '${group.vpcId}' of the target group`,
    )
  if (port !== group.port)
    throw new AwsError('InvalidTarget', `The port of the target must be that of its target group`)
  const listeners = Object.values(world.elbv2.listeners).filter((one) => one.loadBalancerArn === arn)
  if (!listeners.some((one) => one.port === port))
    throw new AwsError('InvalidTarget', `The load balancer '${arn}' has no listener on port ${port}`)
  if (group.targets.some(({ id, drainingUntil }) => id !== arn && drainingUntil === undefined))
    throw new AwsError('TooManyTargets', 'A target group of type alb can have one Application Load Balancer only')
  const others = Object.values(world.elbv2.targetGroups).filter(
    (one) => one !== group && one.targets.some(({ id, drainingUntil }) => id === arn && drainingUntil === undefined),
  )
  if (others.length >= 2)
    throw new AwsError(
      'TooManyRegistrationsForTargetId',
      `The load balancer '${arn}' is registered with two target groups`,
    )
  return { id: arn, port, registeredAt: call.now, health: unknownHealth() }
}

const show = (call: Call, group: TargetGroup, target: Target): TargetHealthDescription => ({
  Target: {
    Id: target.id,
    Port: target.port,
    ...(target.zone !== undefined && { AvailabilityZone: target.zone }),
  },
  HealthCheckPort: group.healthCheck.port === 'traffic-port' ? String(target.port) : group.healthCheck.port,
  TargetHealth: describeHealth(call.world, call.now, group, target),
})

/** A target that is asked for by name and not there is unused, not an error. */
function showNamed(call: Call, group: TargetGroup, named: TargetDescription): TargetHealthDescription {
  const { Id = '', Port = group.port } = named
  const found = find(group, { id: Id, port: Port })
  if (found) return show(call, group, found)
  return {
    Target: { Id, Port },
    TargetHealth: {
      State: 'unused',
      Reason: 'Target.NotRegistered',
      Description: 'Target is not registered to the target group',
    },
  }
}
