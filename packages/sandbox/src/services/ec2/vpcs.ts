import { invalidValue } from './refusals.ts'
import { toPairs } from '../tags.ts'
import type {
  CreateVpcRequest,
  CreateVpcResult,
  DeleteVpcRequest,
  DescribeVpcAttributeRequest,
  DescribeVpcAttributeResult,
  DescribeVpcsRequest,
  DescribeVpcsResult,
  ModifyVpcAttributeRequest,
  Vpc as ShownVpc,
} from '@aws-sdk/client-ec2'
import type { Tags } from '../../state/resource.ts'
import { exists, newId, type World } from '../../state/world.ts'
import { operation } from '../operation.ts'
import { canonical, parseBlock } from '../../reads/addresses.ts'
import { list, type Facets } from './filters.ts'
import { kinds, getRow, getRows } from '../../reads/ec2-rows.ts'
import { addNetworkAcl } from './network-acls.ts'
import { addRouteTable } from './route-tables.ts'
import { addDefaultGroup } from './security-groups.ts'
import type { Vpc } from '../../state/ec2.ts'
import { takeTags } from './tags.ts'
import { AwsError } from '../../state/aws-error.ts'
import type { CallContext } from '../../state/call-context.ts'
import { onThe, makes } from './required-permissions.ts'

/** One set of DHCP options per account and region; its contents are not modelled. */
const dhcpOptionsId = 'dopt-0a1b2c3d4e5f60718'

/**
 * Adds a VPC with what AWS gives every one: a main route table, a default network ACL and the group `default`. Throws
 * InvalidVpc.Range unless the block is between /16 and /28.
 */
export function addVpc(
  world: World,
  context: CallContext,
  { vpcId, cidrBlock, tags = {} }: { vpcId?: string; cidrBlock: string; tags?: Tags },
): Vpc {
  const block = parseBlock(cidrBlock)
  if (block === undefined) {
    throw invalidValue(`Value (${cidrBlock}) for parameter cidrBlock is invalid.`)
  }
  if (block.bits < 16 || block.bits > 28) {
    throw new AwsError('InvalidVpc.Range', `The CIDR '${cidrBlock}' is invalid.`)
  }
  const vpc: Vpc = {
    vpcId: vpcId ?? newId(world, 'vpc-'),
    cidrBlocks: [canonical(block)],
    isDefault: false,
    enableDnsSupport: true,
    enableDnsHostnames: false,
    enableNetworkAddressUsageMetrics: false,
    account: context.account,
    region: context.region,
    createdAt: context.now,
    tags,
  }
  world.ec2.vpcs[vpc.vpcId] = vpc
  addRouteTable(world, context, vpc, { main: true, tags: {} })
  addNetworkAcl(world, context, vpc.vpcId)
  addDefaultGroup(world, context, vpc.vpcId)
  return vpc
}

function show(vpc: Vpc): ShownVpc {
  return {
    VpcId: vpc.vpcId,
    State: 'available',
    OwnerId: vpc.account,
    CidrBlock: vpc.cidrBlocks[0],
    CidrBlockAssociationSet: vpc.cidrBlocks.map((CidrBlock, index) => ({
      AssociationId: associationId(vpc, index),
      CidrBlock,
      CidrBlockState: { State: 'associated' },
    })),
    DhcpOptionsId: dhcpOptionsId,
    InstanceTenancy: 'default',
    IsDefault: vpc.isDefault,
    Tags: toPairs(vpc.tags),
  }
}

const associationId = (vpc: Vpc, index: number): string =>
  `vpc-cidr-assoc-${vpc.vpcId.slice(4, -1)}${index.toString(16)}`

const facets: Facets<Vpc> = {
  'vpc-id': (vpc) => [vpc.vpcId],
  cidr: (vpc) => [vpc.cidrBlocks[0]],
  'cidr-block': (vpc) => [vpc.cidrBlocks[0]],
  'cidr-block-association.association-id': (vpc) => vpc.cidrBlocks.map((_, index) => associationId(vpc, index)),
  'cidr-block-association.cidr-block': (vpc) => vpc.cidrBlocks,
  'cidr-block-association.state': () => ['associated'],
  'dhcp-options-id': () => [dhcpOptionsId],
  'is-default': (vpc) => [String(vpc.isDefault)],
  isDefault: (vpc) => [String(vpc.isDefault)],
  'owner-id': (vpc) => [vpc.account],
  state: () => ['available'],
}

/** Finds the dependents that keep a VPC; its main route table, default ACL and default group go with it. */
function hasDependents({ ec2 }: World, vpcId: string, now: number): boolean {
  const inside = (row: { vpcId?: string; goneAt?: number }) => row.vpcId === vpcId && exists(row, now)
  return (
    [ec2.subnets, ec2.internetGateways, ec2.networkInterfaces, ec2.endpoints].some((table) =>
      Object.values(table).some(inside),
    ) ||
    Object.values(ec2.routeTables).some((table) => inside(table) && !table.main) ||
    Object.values(ec2.securityGroups).some((group) => inside(group) && group.name !== 'default')
  )
}

function removeVpc({ ec2 }: World, vpcId: string): void {
  for (const table of [ec2.routeTables, ec2.networkAcls, ec2.securityGroups]) {
    for (const [id, row] of Object.entries(table)) if (row.vpcId === vpcId) delete table[id]
  }
  delete ec2.vpcs[vpcId]
}

export const vpcOperations = {
  CreateVpc: operation<CreateVpcRequest, CreateVpcResult>()(
    ['CidrBlock', 'InstanceTenancy', 'AmazonProvidedIpv6CidrBlock', 'TagSpecifications'],
    makes(kinds.vpc),
    ({ CidrBlock, InstanceTenancy, AmazonProvidedIpv6CidrBlock, TagSpecifications }, { world, ...call }) => {
      if (CidrBlock === undefined) throw new AwsError('MissingParameter', 'The request must contain a CIDR block')
      if (AmazonProvidedIpv6CidrBlock === true || (InstanceTenancy ?? 'default') !== 'default') {
        throw new AwsError('UnsupportedOperation', 'The sandbox has only IPv4 VPCs of default tenancy')
      }
      const vpc = addVpc(world, call, { cidrBlock: CidrBlock, tags: takeTags(TagSpecifications, kinds.vpc.type) })
      // AWS CLI reference, create-vpc: the answer says `pending`, and has a list that later ones leave out.
      return { Vpc: { ...show(vpc), State: 'pending', Ipv6CidrBlockAssociationSet: [] } }
    },
  ),

  DeleteVpc: operation<DeleteVpcRequest, object>()(
    ['VpcId'],
    onThe(kinds.vpc, 'VpcId'),
    ({ VpcId }, { world, ...call }) => {
      const { vpcId } = getRow(world, call, kinds.vpc, VpcId)
      if (hasDependents(world, vpcId, call.now)) {
        throw new AwsError('DependencyViolation', `The vpc '${vpcId}' has dependencies and cannot be deleted.`)
      }
      removeVpc(world, vpcId)
      return {}
    },
  ),

  DescribeVpcs: operation<DescribeVpcsRequest, DescribeVpcsResult>()(
    ['VpcIds', 'Filters', 'MaxResults', 'NextToken'],
    '*',
    (request, { world, ...call }) => {
      const { items, NextToken } = list(getRows(world, call, kinds.vpc, request.VpcIds), request, facets)
      return { Vpcs: items.map(show), NextToken }
    },
  ),

  DescribeVpcAttribute: operation<DescribeVpcAttributeRequest, DescribeVpcAttributeResult>()(
    ['VpcId', 'Attribute'],
    onThe(kinds.vpc, 'VpcId'),
    ({ VpcId, Attribute }, { world, ...call }) => {
      const vpc = getRow(world, call, kinds.vpc, VpcId)
      switch (Attribute) {
        case 'enableDnsSupport':
          return { VpcId, EnableDnsSupport: { Value: vpc.enableDnsSupport } }
        case 'enableDnsHostnames':
          return { VpcId, EnableDnsHostnames: { Value: vpc.enableDnsHostnames } }
        case 'enableNetworkAddressUsageMetrics':
          return { VpcId, EnableNetworkAddressUsageMetrics: { Value: vpc.enableNetworkAddressUsageMetrics } }
        default:
          throw invalidValue(`Value (${Attribute}) for parameter attribute is invalid.`)
      }
    },
  ),

  ModifyVpcAttribute: operation<ModifyVpcAttributeRequest, object>()(
    ['VpcId', 'EnableDnsSupport', 'EnableDnsHostnames', 'EnableNetworkAddressUsageMetrics'],
    onThe(kinds.vpc, 'VpcId'),
    (request, { world, ...call }) => {
      const vpc = getRow(world, call, kinds.vpc, request.VpcId)
      const given = [request.EnableDnsSupport, request.EnableDnsHostnames, request.EnableNetworkAddressUsageMetrics]
      // "You cannot modify the DNS resolution and DNS hostnames attributes in the same request" (API reference).
      if (given.filter((attribute) => attribute !== undefined).length !== 1) {
        throw new AwsError('InvalidParameterCombination', 'Exactly one attribute can be modified per request.')
      }
      vpc.enableDnsSupport = request.EnableDnsSupport?.Value ?? vpc.enableDnsSupport
      vpc.enableDnsHostnames = request.EnableDnsHostnames?.Value ?? vpc.enableDnsHostnames
      vpc.enableNetworkAddressUsageMetrics =
        request.EnableNetworkAddressUsageMetrics?.Value ?? vpc.enableNetworkAddressUsageMetrics
      return {}
    },
  ),
}
