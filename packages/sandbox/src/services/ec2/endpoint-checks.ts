import type { World } from '../../state/world.ts'
import { exists } from '../../state/world.ts'
import { domainName } from '../../reads/domain-names.ts'
import { defaultPolicy } from './endpoint-states.ts'
import { kinds, getRow } from '../../reads/ec2-rows.ts'
import type { Offer } from './offers.ts'
import type { SecurityGroup, Subnet, Vpc, VpcEndpoint } from '../../state/ec2.ts'
import { AwsError } from '../../state/aws-error.ts'
import type { CallContext } from '../../state/call-context.ts'
import { gatewayRoutes, prefixListId } from '../../reads/gateway-endpoints.ts'
import { privateNames } from '../../reads/endpoints.ts'
import { freeAddress } from '../../reads/free-addresses.ts'
import { zonesOfVpc } from '../../reads/hosted-zones.ts'

const invalid = (message: string): AwsError => new AwsError('InvalidParameter', message)

/** A policy document as it will be kept. Throws InvalidPolicyDocument; the quota is 20 480 characters. */
export function checkPolicy(offer: Pick<Offer, 'serviceName' | 'policySupported'>, policy: string | undefined): string {
  if (policy === undefined || policy === '') return defaultPolicy
  if (!offer.policySupported) throw invalid(`Policy isn't supported by the service ${offer.serviceName}`)
  try {
    const parsed: unknown = JSON.parse(policy)
    if (typeof parsed === 'object' && parsed !== null && 'Statement' in parsed && policy.length <= 20_480) return policy
  } catch {
    // The check below refuses it, together with documents that are JSON but no policy.
  }
  throw new AwsError('InvalidPolicyDocument', 'The specified policy document is not a valid JSON policy document.')
}

/**
 * The subnets of a new or changed endpoint. `taken` are those it has already. Throws InvalidSubnetID.NotFound,
 * DuplicateSubnetsInSameZone, InsufficientFreeAddressesInSubnet, and InvalidParameter for a zone in which the service
 * has no load balancer: zone ids decide, not names (PrivateLink guide).
 */
export function checkSubnets(
  world: World,
  context: CallContext,
  offer: Offer,
  { vpcId, ids, taken = [] }: { vpcId: string; ids: readonly string[]; taken?: readonly string[] },
): Subnet[] {
  const zones = new Set(taken.flatMap((id) => world.ec2.subnets[id]?.zoneId ?? []))
  return ids.map((id) => {
    const subnet = getRow(world, context, kinds.subnet, id)
    if (subnet.vpcId !== vpcId) throw invalid(`Subnet ${id} and the VPC ${vpcId} belong to different networks.`)
    if (!offer.zoneIds.includes(subnet.zoneId)) {
      throw invalid(
        `The VPC endpoint service ${offer.serviceName} does not support the availability zone of the subnet: ${id}.`,
      )
    }
    if (zones.has(subnet.zoneId)) {
      const message = `Found another VPC endpoint subnet in the availability zone of ${id}`
      throw new AwsError('DuplicateSubnetsInSameZone', message)
    }
    zones.add(subnet.zoneId)
    freeAddress(world, subnet, context.now)
    return subnet
  })
}

/** The groups of an endpoint: those named, or the VPC's default one. Five at most per interface (quota, assumed). */
export function checkGroups(
  world: World,
  context: CallContext,
  vpcId: string,
  ids: readonly string[],
): SecurityGroup[] {
  if (ids.length > 5) {
    const message = 'The maximum number of security groups per interface has been reached.'
    throw new AwsError('SecurityGroupsPerInterfaceLimitExceeded', message)
  }
  const groups = ids.map((id) => getRow(world, context, kinds.securityGroup, id))
  const stranger = groups.find((group) => group.vpcId !== vpcId)
  if (stranger !== undefined) {
    throw invalid(`Security group ${stranger.groupId} and the VPC ${vpcId} belong to different networks.`)
  }
  if (groups.length > 0) return groups
  return Object.values(world.ec2.securityGroups).filter((group) => group.vpcId === vpcId && group.name === 'default')
}

/**
 * Whether private DNS can be on for a service in a VPC. Throws InvalidParameter: the service has no private name, the
 * VPC's DNS attributes are off, or another endpoint or a private hosted zone has the same name there.
 */
export function checkPrivateDns(world: World, context: CallContext, vpc: Vpc, offer: Offer, self?: VpcEndpoint): void {
  const domain = offer.privateDnsNames.at(-1)
  if (domain === undefined) {
    throw invalid(
      `Private DNS can't be enabled because the service ${offer.serviceName} does not provide a private DNS name.`,
    )
  }
  if (offer.nameState !== 'verified') {
    // Several logs of Terraform show this text.
    throw invalid(
      `Private DNS can't be enabled because the service ${offer.serviceName} has not verified the private DNS name.`,
    )
  }
  if (!vpc.enableDnsSupport || !vpc.enableDnsHostnames) {
    throw invalid(
      'Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ' +
        vpc.vpcId,
    )
  }
  const rival = Object.values(world.ec2.endpoints).some(
    (other) =>
      other !== self &&
      other.vpcId === vpc.vpcId &&
      exists(other, context.now) &&
      privateNames(world, other).some((name) => offer.privateDnsNames.includes(name)),
  )
  const zones = zonesOfVpc(world.route53.zones, vpc.vpcId).map(({ name }) => name)
  if (rival || offer.privateDnsNames.some((name) => zones.includes(domainName(name)))) {
    throw invalid(
      `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${domain} in the VPC ` +
        vpc.vpcId,
    )
  }
}

/** Fifty interface endpoints per VPC (quota). Throws VpcEndpointLimitExceeded. */
export function checkQuota(world: World, context: CallContext, vpcId: string): void {
  const present = Object.values(world.ec2.endpoints).filter(
    (one) => one.vpcId === vpcId && one.type === 'Interface' && exists(one, context.now),
  )
  if (present.length >= 50) {
    throw new AwsError('VpcEndpointLimitExceeded', 'The maximum number of VPC endpoints has been reached.')
  }
}

/**
 * Route tables of a gateway endpoint, all in its VPC. Throws RouteAlreadyExists where another endpoint of the service
 * has its route there ("Gateway endpoints", AWS PrivateLink guide; the text is from eksctl-io/eksctl#2510).
 */
export function checkRouteTables(
  world: World,
  context: CallContext,
  { serviceName }: Pick<Offer, 'serviceName'>,
  vpcId: string,
  ids: readonly string[],
): string[] {
  return ids.map((id) => {
    const table = getRow(world, context, kinds.routeTable, id)
    if (table.vpcId !== vpcId) throw invalid(`Route table ${id} and the VPC ${vpcId} belong to different networks.`)
    const list = prefixListId(serviceName)
    if (gatewayRoutes(world, table, context.now).some(({ destination }) => destination === list)) {
      const message = `route table ${id} already has a route with destination-prefix-list-id ${list}`
      throw new AwsError('RouteAlreadyExists', message)
    }
    return table.routeTableId
  })
}
