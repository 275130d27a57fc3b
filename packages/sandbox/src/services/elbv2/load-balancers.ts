import { ownOf } from '../../reads/own-resources.ts'
import { AwsError } from '../../state/aws-error.ts'
import type {
  AvailabilityZone,
  CreateLoadBalancerInput,
  CreateLoadBalancerOutput,
  DeleteLoadBalancerInput,
  DescribeLoadBalancersInput,
  DescribeLoadBalancersOutput,
  LoadBalancer as ShownLoadBalancer,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { durations } from '../../state/durations.ts'
import { type Call, operation, all } from '../operation.ts'
import { exists, newId } from '../../state/world.ts'
import { defaultAttributes } from './load-balancer-attributes.ts'
import { checkName, invalid, isVisible, getLoadBalancer, page, readTags, sameSet } from './lookup.ts'
import { removeListener } from './outcomes.ts'
import { checkGroups, placeNode, readSubnets } from './placement.ts'
import type { LoadBalancer } from '../../state/elbv2.ts'
import { zoneName } from '../../reads/zones.ts'
import { removeInterfaces } from '../../writes/network-interfaces.ts'
import { onThe, makes, newNames, serviceLinkedRole } from './required-permissions.ts'

/**
 * Load balancers of each type per Region and account ("Quotas for your Network Load Balancers", the same for
 * Application ones).
 */
const most = 50

export const loadBalancerOperations = {
  CreateLoadBalancer: operation<CreateLoadBalancerInput, CreateLoadBalancerOutput>()(
    ['Name', 'Type', 'Scheme', 'Subnets', 'SubnetMappings', 'SecurityGroups', 'IpAddressType', 'Tags'],
    all(makes(newNames.loadBalancer), serviceLinkedRole),
    (input, call) => {
      const wanted = readWanted(input, call)
      const same = ownOf(call, call.world.elbv2.loadBalancers).find((one) => one.name === wanted.name)
      if (same && !isSame(same, wanted)) {
        const message = `A load balancer with the same name '${wanted.name}' exists, but with different settings`
        throw new AwsError('DuplicateLoadBalancerName', message)
      }
      const made = same ?? create(call, wanted, readTags(input.Tags))
      return { LoadBalancers: [show(call, made)] }
    },
  ),

  DescribeLoadBalancers: operation<DescribeLoadBalancersInput, DescribeLoadBalancersOutput>()(
    ['LoadBalancerArns', 'Names', 'Marker', 'PageSize'],
    '*',
    ({ LoadBalancerArns, Names, Marker, PageSize }, call) => {
      const [shown, NextMarker] = page(selected(call, LoadBalancerArns, Names), Marker, PageSize)
      return { LoadBalancers: shown.map((one) => show(call, one)), NextMarker }
    },
  ),

  // "If the load balancer does not exist or has already been deleted, the call succeeds" (API_DeleteLoadBalancer).
  DeleteLoadBalancer: operation<DeleteLoadBalancerInput, object>()(
    ['LoadBalancerArn'],
    onThe('LoadBalancerArn'),
    ({ LoadBalancerArn }, call) => {
      const { world, now } = call
      const found = ownOf(call, world.elbv2.loadBalancers).find((one) => one.arn === LoadBalancerArn)
      if (!found) return {}
      if (found.attributes['deletion_protection.enabled'] === 'true') {
        const message = `Load balancer '${found.arn}' cannot be deleted because deletion protection is enabled`
        throw new AwsError('OperationNotPermitted', message)
      }
      const services = Object.values(world.ec2.endpointServices)
      if (services.some((service) => service.loadBalancerArns.includes(found.arn) && exists(service, now))) {
        const message = `Load balancer '${found.arn}' cannot be deleted because it is currently associated with another service`
        throw new AwsError('ResourceInUse', message)
      }
      // "You can't delete the Application Load Balancer until you deregister it from all target groups" (NLB guide).
      const registered = Object.values(world.elbv2.targetGroups).flatMap(({ targets }) => targets)
      if (registered.some(({ id, drainingUntil }) => id === found.arn && drainingUntil === undefined)) {
        const message = `Load balancer '${found.arn}' cannot be deleted because it is a target of a Network Load Balancer`
        throw new AwsError('ResourceInUse', message)
      }
      for (const listener of Object.values(world.elbv2.listeners)) {
        if (listener.loadBalancerArn === found.arn) removeListener(world, listener)
      }
      removeInterfaces(world, found.networkInterfaceIds, now + durations.loadBalancerInterfacesGone)
      delete world.elbv2.loadBalancers[found.arn]
      return {}
    },
  ),
}

type Wanted = Pick<LoadBalancer, 'name' | 'type' | 'scheme' | 'vpcId' | 'subnetIds' | 'groupIds'>

function readWanted(input: CreateLoadBalancerInput, call: Call): Wanted {
  const name = input.Name ?? ''
  checkName('Load balancer', name)
  if (name.startsWith('internal-')) throw invalid(`Load balancer name '${name}' cannot begin with 'internal-'`)
  const type = input.Type ?? 'application'
  if (type === 'gateway') throw invalid('The sandbox does not model load balancers of type gateway')
  if ((input.IpAddressType ?? 'ipv4') !== 'ipv4')
    throw invalid('The sandbox models load balancers of address type ipv4 only')
  const { vpcId, subnets } = readSubnets(call, input)
  // The text of kasmtech/terraform#5.
  if (type === 'application' && subnets.length < 2)
    throw invalid('At least two subnets in two different Availability Zones must be specified')
  const scheme = input.Scheme ?? 'internet-facing'
  const gateways = Object.values(call.world.ec2.internetGateways)
  if (scheme === 'internet-facing' && !gateways.some((gateway) => gateway.vpcId === vpcId))
    throw new AwsError('InvalidSubnet', `VPC ${vpcId} has no internet gateway`)
  const groupIds = checkGroups(call, vpcId, input.SecurityGroups ?? [])
  return { name, type, scheme, vpcId, subnetIds: subnets.map((subnet) => subnet.subnetId), groupIds }
}

const isSame = (a: Wanted, b: Wanted): boolean =>
  a.type === b.type &&
  a.scheme === b.scheme &&
  a.vpcId === b.vpcId &&
  sameSet(a.subnetIds, b.subnetIds) &&
  sameSet(a.groupIds, b.groupIds)

function create(call: Call, wanted: Wanted, tags: LoadBalancer['tags']): LoadBalancer {
  const { world, account, region, now } = call
  if (ownOf(call, world.elbv2.loadBalancers).filter((one) => one.type === wanted.type).length >= most)
    throw new AwsError('TooManyLoadBalancers', 'The maximum number of load balancers has been reached')
  const id = newId(world, '', 16)
  const kind = wanted.type === 'network' ? 'net' : 'app'
  const internal = wanted.type === 'application' && wanted.scheme === 'internal' ? 'internal-' : ''
  const made: LoadBalancer = {
    ...wanted,
    arn: `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/${kind}/${wanted.name}/${id}`,
    dnsName: `${internal}${wanted.name}-${id}.elb.${region}.amazonaws.com`,
    account,
    region,
    createdAt: now,
    readyAt: now + durations.loadBalancerActive,
    networkInterfaceIds: [],
    enforceOnPrivateLink: 'on',
    attributes: defaultAttributes(wanted.type),
    tags,
  }
  world.elbv2.loadBalancers[made.arn] = made
  for (const subnetId of made.subnetIds) placeNode(call, made, subnetId)
  return made
}

function selected(call: Call, arns: string[] | undefined, names: string[] | undefined): LoadBalancer[] {
  const own = ownOf(call, call.world.elbv2.loadBalancers)
  if (arns?.length) return arns.map((arn) => getLoadBalancer(call, arn))
  if (!names?.length) return own
  return names.map((name) => {
    const found = own.find((one) => one.name === name && isVisible(one, call.now))
    if (!found) throw new AwsError('LoadBalancerNotFound', `Load balancers '[${names.join(', ')}]' not found`)
    return found
  })
}

/** The zones of a load balancer by the names that its account has for them. */
export const showZones = (call: Call, one: LoadBalancer): AvailabilityZone[] =>
  one.subnetIds.map((SubnetId) => ({
    ZoneName: zoneName(call.world, one, call.world.ec2.subnets[SubnetId]?.zoneId ?? ''),
    SubnetId,
    LoadBalancerAddresses: [],
  }))

const show = (call: Call, one: LoadBalancer): ShownLoadBalancer => ({
  LoadBalancerArn: one.arn,
  DNSName: one.dnsName,
  // The zone of us-east-1's Network Load Balancers (AWS General Reference, "Elastic Load Balancing endpoints"),
  // anywhere.
  CanonicalHostedZoneId: 'Z26RNL4JYFTOTI',
  CreatedTime: new Date(one.createdAt),
  LoadBalancerName: one.name,
  Scheme: one.scheme,
  VpcId: one.vpcId,
  State: { Code: one.readyAt > call.now ? 'provisioning' : 'active' },
  Type: one.type,
  AvailabilityZones: showZones(call, one),
  IpAddressType: 'ipv4',
  ...(one.groupIds.length > 0 && { SecurityGroups: one.groupIds }),
  ...(one.groupIds.length > 0 &&
    one.type === 'network' && { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: one.enforceOnPrivateLink }),
})
