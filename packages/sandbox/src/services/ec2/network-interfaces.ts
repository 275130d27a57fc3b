import { invalidValue } from './refusals.ts'
import { toPairs } from '../tags.ts'
import type {
  DeleteNetworkInterfaceRequest,
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResult,
  NetworkInterface as ShownInterface,
  NetworkInterfaceType,
} from '@aws-sdk/client-ec2'
import type { World } from '../../state/world.ts'
import { operation } from '../operation.ts'
import { list, type Facets } from './filters.ts'
import { kinds, getRow, getRows } from '../../reads/ec2-rows.ts'
import type { NetworkInterface } from '../../state/ec2.ts'
import { zoneName } from '../../reads/zones.ts'
import { onThe } from './required-permissions.ts'

const hostName = (ip: string, region: string): string =>
  `ip-${ip.replaceAll('.', '-')}.${region === 'us-east-1' ? 'ec2' : `${region}.compute`}.internal`

/** Stable, locally administered. */
const macAddress = (id: string): string => `0e:${(id.slice(-10).match(/../g) ?? []).join(':')}`

function show(world: World, one: NetworkInterface): ShownInterface {
  const privateDnsName = hostName(one.privateIp, one.region)
  const zoneId = world.ec2.subnets[one.subnetId]?.zoneId ?? ''
  return {
    NetworkInterfaceId: one.networkInterfaceId,
    // Services that place interfaces use the names of AWS, which are the SDK's.
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
    TagSet: toPairs(one.tags),
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
    '*',
    (request, { world, ...call }) => {
      const rows = getRows(world, call, kinds.networkInterface, request.NetworkInterfaceIds)
      const { items, NextToken } = list(rows, request, facetsIn(world))
      return { NetworkInterfaces: items.map((one) => show(world, one)), NextToken }
    },
  ),

  /** Every interface here is requester-managed, and those only their requester deletes. */
  DeleteNetworkInterface: operation<DeleteNetworkInterfaceRequest, object>()(
    ['NetworkInterfaceId'],
    onThe(kinds.networkInterface, 'NetworkInterfaceId'),
    ({ NetworkInterfaceId }, { world, ...call }) => {
      const { networkInterfaceId } = getRow(world, call, kinds.networkInterface, NetworkInterfaceId)
      throw invalidValue(`Network interface '${networkInterfaceId}' is currently in use.`)
    },
  ),
}
