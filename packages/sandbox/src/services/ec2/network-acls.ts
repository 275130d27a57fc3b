import { toPairs } from '../tags.ts'
import type {
  DescribeNetworkAclsRequest,
  DescribeNetworkAclsResult,
  NetworkAcl as ShownAcl,
  NetworkAclEntry,
} from '@aws-sdk/client-ec2'
import { newId, type World } from '../../state/world.ts'
import { operation } from '../operation.ts'
import { list, type Facets } from './filters.ts'
import { kinds, getRows } from '../../reads/ec2-rows.ts'
import type { NetworkAcl } from '../../state/ec2.ts'
import type { CallContext } from '../../state/call-context.ts'

/** Gives a VPC the ACL that every one has, which lets everything through. */
export function addNetworkAcl(world: World, context: CallContext, vpcId: string): void {
  const networkAclId = newId(world, 'acl-')
  world.ec2.networkAcls[networkAclId] = {
    networkAclId,
    vpcId,
    account: context.account,
    region: context.region,
    createdAt: context.now,
    tags: {},
  }
}

/** The default ACL's entries (VPC guide, "Default network ACL"). */
const entries: NetworkAclEntry[] = [true, false].flatMap((Egress) => [
  { Egress, CidrBlock: '0.0.0.0/0', Protocol: '-1', RuleAction: 'allow', RuleNumber: 100 },
  { Egress, CidrBlock: '0.0.0.0/0', Protocol: '-1', RuleAction: 'deny', RuleNumber: 32767 },
])

const subnetsOf = (world: World, acl: NetworkAcl): string[] =>
  Object.values(world.ec2.subnets)
    .filter((subnet) => subnet.vpcId === acl.vpcId)
    .map((subnet) => subnet.subnetId)

const associationId = (subnetId: string): string => `aclassoc-${subnetId.slice('subnet-'.length)}`

function show(world: World, acl: NetworkAcl): ShownAcl {
  return {
    NetworkAclId: acl.networkAclId,
    VpcId: acl.vpcId,
    OwnerId: acl.account,
    IsDefault: true,
    Entries: entries,
    Associations: subnetsOf(world, acl).map((SubnetId) => ({
      NetworkAclAssociationId: associationId(SubnetId),
      NetworkAclId: acl.networkAclId,
      SubnetId,
    })),
    Tags: toPairs(acl.tags),
  }
}

const facetsIn = (world: World): Facets<NetworkAcl> => ({
  'network-acl-id': (acl) => [acl.networkAclId],
  'vpc-id': (acl) => [acl.vpcId],
  'owner-id': (acl) => [acl.account],
  default: () => ['true'],
  'association.subnet-id': (acl) => subnetsOf(world, acl),
  'association.network-acl-id': (acl) => [acl.networkAclId],
  'association.association-id': (acl) => subnetsOf(world, acl).map(associationId),
})

export const networkAclOperations = {
  DescribeNetworkAcls: operation<DescribeNetworkAclsRequest, DescribeNetworkAclsResult>()(
    ['NetworkAclIds', 'Filters', 'MaxResults', 'NextToken'],
    '*',
    (request, { world, ...call }) => {
      const rows = getRows(world, call, kinds.networkAcl, request.NetworkAclIds)
      const { items, NextToken } = list(rows, request, facetsIn(world))
      return { NetworkAcls: items.map((acl) => show(world, acl)), NextToken }
    },
  ),
}
