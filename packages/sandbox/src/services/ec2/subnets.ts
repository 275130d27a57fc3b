import { invalidValue } from './refusals.ts'
import { toPairs } from '../tags.ts'
import type {
  CreateSubnetRequest,
  CreateSubnetResult,
  DeleteSubnetRequest,
  DescribeSubnetsRequest,
  DescribeSubnetsResult,
  ModifySubnetAttributeRequest,
  Subnet as ShownSubnet,
} from '@aws-sdk/client-ec2'
import type { Tags } from '../../state/resource.ts'
import { exists, newId, type World } from '../../state/world.ts'
import { operation } from '../operation.ts'
import { canonical, overlap, parseBlock, within } from '../../reads/addresses.ts'
import { list, type Facets } from './filters.ts'
import { kinds, getRow, getRows } from '../../reads/ec2-rows.ts'
import type { Subnet, Vpc } from '../../state/ec2.ts'
import { takeTags } from './tags.ts'
import { AwsError } from '../../state/aws-error.ts'
import type { CallContext } from '../../state/call-context.ts'
import { zoneMap, zoneName } from '../../reads/zones.ts'
import { countFreeAddresses } from '../../reads/free-addresses.ts'
import { onThe, makes } from './required-permissions.ts'

/** The block of a new subnet. Throws InvalidSubnet.Range and InvalidSubnet.Conflict. */
function claimBlock(world: World, vpc: Vpc, cidrBlock: string): string {
  const block = parseBlock(cidrBlock)
  if (block === undefined) {
    throw invalidValue(`Value (${cidrBlock}) for parameter cidrBlock is invalid.`)
  }
  const fits = vpc.cidrBlocks.some((outer) => {
    const parsed = parseBlock(outer)
    return parsed !== undefined && within(block, parsed)
  })
  if (!fits || block.bits < 16 || block.bits > 28) {
    throw new AwsError('InvalidSubnet.Range', `The CIDR '${cidrBlock}' is invalid.`)
  }
  for (const other of Object.values(world.ec2.subnets)) {
    const taken = other.vpcId === vpc.vpcId ? parseBlock(other.cidrBlock) : undefined
    if (taken !== undefined && overlap(block, taken)) {
      throw new AwsError('InvalidSubnet.Conflict', `The CIDR '${cidrBlock}' conflicts with another subnet`)
    }
  }
  return canonical(block)
}

/**
 * Adds a subnet; without a zone it is the first one that the account sees. Throws InvalidVpcID.NotFound,
 * InvalidSubnet.Range, InvalidSubnet.Conflict and InvalidParameterValue for a zone that is none.
 */
export function addSubnet(
  world: World,
  context: CallContext,
  wanted: { subnetId?: string; vpcId: string; cidrBlock: string; zone?: string; zoneId?: string; tags?: Tags },
): Subnet {
  const vpc = getRow(world, context, kinds.vpc, wanted.vpcId)
  const zones = zoneMap(world, context.account, context.region)
  const zoneId = wanted.zoneId ?? zones[wanted.zone ?? Object.keys(zones)[0] ?? '']
  if (zoneId === undefined || !Object.values(zones).includes(zoneId)) {
    const [parameter, value, known] =
      wanted.zoneId === undefined
        ? ['availabilityZone', wanted.zone, Object.keys(zones)]
        : ['availabilityZoneId', wanted.zoneId, Object.values(zones)]
    throw invalidValue(
      `Value (${value}) for parameter ${parameter} is invalid. Subnets can currently only be created in the ` +
        `following availability zones: ${known.join(', ')}.`,
    )
  }
  const subnet: Subnet = {
    subnetId: wanted.subnetId ?? newId(world, 'subnet-'),
    vpcId: vpc.vpcId,
    cidrBlock: claimBlock(world, vpc, wanted.cidrBlock),
    zoneId,
    mapPublicIpOnLaunch: false,
    account: context.account,
    region: context.region,
    createdAt: context.now,
    tags: wanted.tags ?? {},
  }
  world.ec2.subnets[subnet.subnetId] = subnet
  return subnet
}

function show(world: World, subnet: Subnet, now: number): ShownSubnet {
  return {
    SubnetId: subnet.subnetId,
    SubnetArn: arn(subnet),
    VpcId: subnet.vpcId,
    OwnerId: subnet.account,
    State: 'available',
    CidrBlock: subnet.cidrBlock,
    AvailabilityZone: zoneName(world, subnet, subnet.zoneId),
    AvailabilityZoneId: subnet.zoneId,
    AvailableIpAddressCount: countFreeAddresses(world, subnet, now),
    DefaultForAz: false,
    MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    MapCustomerOwnedIpOnLaunch: false,
    AssignIpv6AddressOnCreation: false,
    Ipv6CidrBlockAssociationSet: [],
    Ipv6Native: false,
    EnableDns64: false,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: 'ip-name',
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
    Tags: toPairs(subnet.tags),
  }
}

const arn = (subnet: Subnet): string => `arn:aws:ec2:${subnet.region}:${subnet.account}:subnet/${subnet.subnetId}`

const facetsIn = (world: World): Facets<Subnet> => ({
  'subnet-id': (subnet) => [subnet.subnetId],
  'subnet-arn': (subnet) => [arn(subnet)],
  'vpc-id': (subnet) => [subnet.vpcId],
  'owner-id': (subnet) => [subnet.account],
  state: () => ['available'],
  'cidr-block': (subnet) => [subnet.cidrBlock],
  cidr: (subnet) => [subnet.cidrBlock],
  cidrBlock: (subnet) => [subnet.cidrBlock],
  'availability-zone': (subnet) => [zoneName(world, subnet, subnet.zoneId)],
  availabilityZone: (subnet) => [zoneName(world, subnet, subnet.zoneId)],
  'availability-zone-id': (subnet) => [subnet.zoneId],
  'default-for-az': () => ['false'],
  'map-public-ip-on-launch': (subnet) => [String(subnet.mapPublicIpOnLaunch)],
})

export const subnetOperations = {
  CreateSubnet: operation<CreateSubnetRequest, CreateSubnetResult>()(
    ['VpcId', 'CidrBlock', 'AvailabilityZone', 'AvailabilityZoneId', 'TagSpecifications'],
    makes(kinds.subnet, onThe(kinds.vpc, 'VpcId')),
    (request, { world, ...call }) => {
      const { VpcId, CidrBlock, AvailabilityZone, AvailabilityZoneId } = request
      if (CidrBlock === undefined) throw new AwsError('MissingParameter', 'Either cidrBlock or ipv6CidrBlock required.')
      if (AvailabilityZone && AvailabilityZoneId) {
        const message = 'Only one of AvailabilityZone and AvailabilityZoneId can be specified.'
        throw new AwsError('InvalidParameterCombination', message)
      }
      const subnet = addSubnet(world, call, {
        vpcId: VpcId ?? '',
        cidrBlock: CidrBlock,
        ...(AvailabilityZone && { zone: AvailabilityZone }),
        ...(AvailabilityZoneId && { zoneId: AvailabilityZoneId }),
        tags: takeTags(request.TagSpecifications, kinds.subnet.type),
      })
      return { Subnet: show(world, subnet, call.now) }
    },
  ),

  DeleteSubnet: operation<DeleteSubnetRequest, object>()(
    ['SubnetId'],
    onThe(kinds.subnet, 'SubnetId'),
    ({ SubnetId }, { world, ...call }) => {
      const { subnetId } = getRow(world, call, kinds.subnet, SubnetId)
      const used = Object.values(world.ec2.networkInterfaces).some(
        (one) => one.subnetId === subnetId && exists(one, call.now),
      )
      if (used) {
        throw new AwsError('DependencyViolation', `The subnet '${subnetId}' has dependencies and cannot be deleted.`)
      }
      for (const table of Object.values(world.ec2.routeTables)) {
        table.subnetIds = table.subnetIds.filter((id) => id !== subnetId)
      }
      delete world.ec2.subnets[subnetId]
      return {}
    },
  ),

  DescribeSubnets: operation<DescribeSubnetsRequest, DescribeSubnetsResult>()(
    ['SubnetIds', 'Filters', 'MaxResults', 'NextToken'],
    '*',
    (request, { world, ...call }) => {
      const rows = getRows(world, call, kinds.subnet, request.SubnetIds)
      const { items, NextToken } = list(rows, request, facetsIn(world))
      return { Subnets: items.map((subnet) => show(world, subnet, call.now)), NextToken }
    },
  ),

  ModifySubnetAttribute: operation<ModifySubnetAttributeRequest, object>()(
    ['SubnetId', 'MapPublicIpOnLaunch'],
    onThe(kinds.subnet, 'SubnetId'),
    ({ SubnetId, MapPublicIpOnLaunch }, { world, ...call }) => {
      const subnet = getRow(world, call, kinds.subnet, SubnetId)
      subnet.mapPublicIpOnLaunch = MapPublicIpOnLaunch?.Value ?? subnet.mapPublicIpOnLaunch
      return {}
    },
  ),
}
