import type {
  DeleteNetworkInterfaceRequest,
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResult,
  NetworkInterface as ShownInterface,
  NetworkInterfaceType,
} from '@aws-sdk/client-ec2'
import { exists, newId, type World } from '../../state/world.ts'
import { AwsError, operation } from '../operation.ts'
import { parseBlock, usableAddresses } from './cidr.ts'
import { list, type Facets } from './filters.ts'
import { kinds, look, lookAll, type Owner } from '../../reads/ec2-rows.ts'
import type { NetworkInterface, Subnet } from '../../state/ec2.ts'
import { showTags } from './tags.ts'
import { zoneName } from './zones.ts'

/** What an interface is for. */
export interface Placement {
  subnetId: string
  groupIds: string[]
  description: string
  /** `vpc_endpoint` or `network_load_balancer`. */
  interfaceType: string
  /** `amazon-aws` or `amazon-elb`: the attachment's owner. */
  attachedBy: string
  /** The endpoint's id or the load balancer's ARN. */
  servesId: string
}

/** The addresses of a subnet that are taken: by interfaces, and by the servers that stand in its VPC. */
function takenAddresses(world: World, subnet: Subnet, now: number): Set<string> {
  const interfaces = Object.values(world.ec2.networkInterfaces).filter(
    (one) => one.subnetId === subnet.subnetId && exists(one, now),
  )
  const hosts = world.hosts.filter((host) => host.vpcId === subnet.vpcId)
  return new Set([...interfaces.map((one) => one.privateIp), ...hosts.map((host) => host.ip)])
}

/** How many addresses a subnet has left: AWS keeps five of them. */
export function countFreeAddresses(world: World, subnet: Subnet, now: number): number {
  const block = parseBlock(subnet.cidrBlock)
  if (block === undefined) return 0
  const taken = [...takenAddresses(world, subnet, now)].filter((address) => {
    const one = parseBlock(`${address}/32`)
    return one !== undefined && one.first >= block.first + 4 && one.first < block.last
  })
  return Math.max(0, block.last - block.first + 1 - 5 - taken.length)
}

/** The subnet's lowest free address. Throws InsufficientFreeAddressesInSubnet. */
export function freeAddress(world: World, subnet: Subnet, now: number): string {
  const taken = takenAddresses(world, subnet, now)
  for (const address of usableAddresses(subnet.cidrBlock)) if (!taken.has(address)) return address
  throw new AwsError(
    'InsufficientFreeAddressesInSubnet',
    `The subnet '${subnet.subnetId}' does not have enough free addresses to satisfy the request.`,
  )
}

/**
 * Puts a requester-managed interface into a subnet of the owner, at its lowest free address. Throws
 * InvalidSubnetID.NotFound and InsufficientFreeAddressesInSubnet; the groups are the caller's to check.
 */
export function placeInterface(world: World, owner: Owner, placement: Placement): NetworkInterface {
  const subnet = look(world, owner, kinds.subnet, placement.subnetId)
  const placed: NetworkInterface = {
    ...placement,
    groupIds: [...placement.groupIds],
    networkInterfaceId: newId(world, 'eni-'),
    vpcId: subnet.vpcId,
    privateIp: freeAddress(world, subnet, owner.now),
    account: owner.account,
    region: owner.region,
    createdAt: owner.now,
    tags: {},
  }
  world.ec2.networkInterfaces[placed.networkInterfaceId] = placed
  return placed
}

/** Lets interfaces exist until `goneAt` (ms since the epoch); until then they block subnets and groups. */
export function removeInterfaces(world: World, ids: readonly string[], goneAt: number): void {
  for (const id of ids) {
    const placed = world.ec2.networkInterfaces[id]
    if (placed !== undefined) placed.goneAt = Math.min(placed.goneAt ?? Infinity, goneAt)
  }
}

const hostName = (ip: string, region: string): string =>
  `ip-${ip.replaceAll('.', '-')}.${region === 'us-east-1' ? 'ec2' : `${region}.compute`}.internal`

/** Stable, locally administered. */
const macAddress = (id: string): string => `0e:${(id.slice(-10).match(/../g) ?? []).join(':')}`

function show(world: World, one: NetworkInterface): ShownInterface {
  const privateDnsName = hostName(one.privateIp, one.region)
  const zoneId = world.ec2.subnets[one.subnetId]?.zoneId ?? ''
  return {
    NetworkInterfaceId: one.networkInterfaceId,
    // Whoever places interfaces uses the names of AWS, which are the SDK's.
    InterfaceType: one.interfaceType as NetworkInterfaceType,
    Description: one.description,
    Status: 'in-use',
    SubnetId: one.subnetId,
    VpcId: one.vpcId,
    AvailabilityZone: zoneName(world, one, zoneId),
    AvailabilityZoneId: zoneId,
    OwnerId: one.account,
    RequesterId: one.attachedBy,
    RequesterManaged: true,
    SourceDestCheck: one.interfaceType !== 'network_load_balancer',
    MacAddress: macAddress(one.networkInterfaceId),
    PrivateDnsName: privateDnsName,
    PrivateIpAddress: one.privateIp,
    PrivateIpAddresses: [{ Primary: true, PrivateDnsName: privateDnsName, PrivateIpAddress: one.privateIp }],
    Ipv6Addresses: [],
    Groups: one.groupIds.map((GroupId) => ({ GroupId, GroupName: world.ec2.securityGroups[GroupId]?.name })),
    Attachment: {
      AttachmentId: `ela-attach-${one.networkInterfaceId.slice(4)}`,
      AttachTime: new Date(one.createdAt),
      DeleteOnTermination: false,
      DeviceIndex: 1,
      InstanceOwnerId: one.attachedBy,
      Status: 'attached',
    },
    TagSet: showTags(one.tags),
  }
}

const facetsIn = (world: World): Facets<NetworkInterface> => ({
  'network-interface-id': (one) => [one.networkInterfaceId],
  'subnet-id': (one) => [one.subnetId],
  'vpc-id': (one) => [one.vpcId],
  'owner-id': (one) => [one.account],
  'group-id': (one) => one.groupIds,
  'group-name': (one) => one.groupIds.map((id) => world.ec2.securityGroups[id]?.name),
  'availability-zone': (one) => [zoneName(world, one, world.ec2.subnets[one.subnetId]?.zoneId ?? '')],
  'availability-zone-id': (one) => [world.ec2.subnets[one.subnetId]?.zoneId],
  description: (one) => [one.description],
  'interface-type': (one) => [one.interfaceType],
  'requester-managed': () => ['true'],
  'requester-id': (one) => [one.attachedBy],
  status: () => ['in-use'],
  'mac-address': (one) => [macAddress(one.networkInterfaceId)],
  'private-ip-address': (one) => [one.privateIp],
  'private-dns-name': (one) => [hostName(one.privateIp, one.region)],
  'addresses.private-ip-address': (one) => [one.privateIp],
  'addresses.primary': () => ['true'],
  'attachment.instance-owner-id': (one) => [one.attachedBy],
  'attachment.status': () => ['attached'],
  'attachment.attachment-id': (one) => [`ela-attach-${one.networkInterfaceId.slice(4)}`],
  'attachment.instance-id': () => [],
  'attachment.device-index': () => ['1'],
  'source-dest-check': (one) => [String(one.interfaceType !== 'network_load_balancer')],
})

export const networkInterfaceOperations = {
  DescribeNetworkInterfaces: operation<DescribeNetworkInterfacesRequest, DescribeNetworkInterfacesResult>()(
    ['NetworkInterfaceIds', 'Filters', 'MaxResults', 'NextToken'],
    (request, { world, ...call }) => {
      const rows = lookAll(world, call, kinds.networkInterface, request.NetworkInterfaceIds)
      const { things, NextToken } = list(rows, request, facetsIn(world))
      return { NetworkInterfaces: things.map((one) => show(world, one)), NextToken }
    },
  ),

  /** Every interface here is requester-managed, and those only their requester deletes. */
  DeleteNetworkInterface: operation<DeleteNetworkInterfaceRequest, object>()(
    ['NetworkInterfaceId'],
    ({ NetworkInterfaceId }, { world, ...call }) => {
      const { networkInterfaceId } = look(world, call, kinds.networkInterface, NetworkInterfaceId)
      throw new AwsError('InvalidParameterValue', `Network interface '${networkInterfaceId}' is currently in use.`)
    },
  ),
}
