import { invalidValue } from './refusals.ts'
import { toPairs } from '../tags.ts'
import type {
  CreateSecurityGroupRequest,
  CreateSecurityGroupResult,
  DeleteSecurityGroupRequest,
  DeleteSecurityGroupResult,
  DescribeSecurityGroupsRequest,
  DescribeSecurityGroupsResult,
  SecurityGroup as ShownGroup,
} from '@aws-sdk/client-ec2'
import type { Tags } from '../../state/resource.ts'
import { exists, newId, type World } from '../../state/world.ts'
import { operation } from '../operation.ts'
import { list, type Facets } from './filters.ts'
import { kinds, getRow, getRows, rowsOf } from '../../reads/ec2-rows.ts'
import { showPermissions } from './permissions.ts'
import type { SecurityGroup, SecurityGroupRule } from '../../state/ec2.ts'
import { takeTags } from './tags.ts'
import { AwsError } from '../../state/aws-error.ts'
import type { CallContext } from '../../state/call-context.ts'
import { onGroup, makes, onThe } from './required-permissions.ts'

/** A rule that lets everything through, from or to wherever `peer` says. */
const openRule = (
  world: World,
  egress: boolean,
  peer: Pick<SecurityGroupRule, 'cidr' | 'groupId'>,
): SecurityGroupRule => ({
  ruleId: newId(world, 'sgr-'),
  egress,
  protocol: '-1',
  fromPort: -1,
  toPort: -1,
  ...peer,
  tags: {},
})

/** Adds a group, which begins with the one rule that everything may leave (VPC guide, "Security group rules"). */
export function addGroup(
  world: World,
  context: CallContext,
  wanted: { groupId?: string; name: string; description: string; vpcId: string; tags?: Tags },
): SecurityGroup {
  const group: SecurityGroup = {
    groupId: wanted.groupId ?? newId(world, 'sg-'),
    name: wanted.name,
    description: wanted.description,
    vpcId: wanted.vpcId,
    rules: [openRule(world, true, { cidr: '0.0.0.0/0' })],
    account: context.account,
    region: context.region,
    createdAt: context.now,
    tags: wanted.tags ?? {},
  }
  world.ec2.securityGroups[group.groupId] = group
  return group
}

/** The group `default` of a VPC, whose members may also reach each other (VPC guide, "Default security groups"). */
export function addDefaultGroup(world: World, context: CallContext, vpcId: string): SecurityGroup {
  const group = addGroup(world, context, { name: 'default', description: 'default VPC security group', vpcId })
  group.rules.push(openRule(world, false, { groupId: group.groupId }))
  return group
}

const arn = (group: SecurityGroup): string =>
  `arn:aws:ec2:${group.region}:${group.account}:security-group/${group.groupId}`

const show = (group: SecurityGroup): ShownGroup => ({
  GroupId: group.groupId,
  SecurityGroupArn: arn(group),
  GroupName: group.name,
  Description: group.description,
  VpcId: group.vpcId,
  OwnerId: group.account,
  IpPermissions: showPermissions(group, false),
  IpPermissionsEgress: showPermissions(group, true),
  Tags: toPairs(group.tags),
})

/** The filters over a group's rules in one direction. */
function ruleFacets(prefix: string, egress: boolean): Facets<SecurityGroup> {
  const over = (read: (rule: SecurityGroupRule) => string | undefined) => (group: SecurityGroup) =>
    group.rules.filter((rule) => rule.egress === egress).map(read)
  return {
    [`${prefix}.cidr`]: over((rule) => rule.cidr),
    [`${prefix}.ipv6-cidr`]: over((rule) => rule.cidrIpv6),
    [`${prefix}.group-id`]: over((rule) => rule.groupId),
    [`${prefix}.protocol`]: over((rule) => rule.protocol),
    [`${prefix}.from-port`]: over((rule) => String(rule.fromPort)),
    [`${prefix}.to-port`]: over((rule) => String(rule.toPort)),
  }
}

const facets: Facets<SecurityGroup> = {
  'group-id': (group) => [group.groupId],
  'group-name': (group) => [group.name],
  description: (group) => [group.description],
  'vpc-id': (group) => [group.vpcId],
  'owner-id': (group) => [group.account],
  ...ruleFacets('ip-permission', false),
  ...ruleFacets('egress.ip-permission', true),
}

/** Whether an interface is a member, or another group's rule names it. */
function isUsed(world: World, group: SecurityGroup, now: number): boolean {
  const { networkInterfaces, securityGroups } = world.ec2
  return (
    Object.values(networkInterfaces).some((one) => one.groupIds.includes(group.groupId) && exists(one, now)) ||
    Object.values(securityGroups).some(
      (other) => other !== group && other.rules.some((rule) => rule.groupId === group.groupId),
    )
  )
}

/** Throws for a name or a description that EC2 refuses (API reference of CreateSecurityGroup). */
function checkWords(name: string | undefined, description: string | undefined): void {
  if (name === undefined || name === '' || description === undefined || description === '') {
    throw new AwsError('MissingParameter', 'The request must contain the parameters groupName and groupDescription')
  }
  const allowed = /^[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/
  if (!allowed.test(name) || name.startsWith('sg-')) {
    throw invalidValue(`Value (${name}) for parameter GroupName is invalid.`)
  }
  if (!allowed.test(description)) {
    throw invalidValue(`Value (${description}) for parameter GroupDescription is invalid.`)
  }
  if (name === 'default') {
    throw invalidValue('Cannot use reserved security group name: default')
  }
}

export const securityGroupOperations = {
  CreateSecurityGroup: operation<CreateSecurityGroupRequest, CreateSecurityGroupResult>()(
    ['GroupName', 'Description', 'VpcId', 'TagSpecifications'],
    makes(kinds.securityGroup, onThe(kinds.vpc, 'VpcId')),
    ({ GroupName = '', Description = '', VpcId, TagSpecifications }, { world, ...call }) => {
      checkWords(GroupName, Description)
      const { vpcId } = getRow(world, call, kinds.vpc, VpcId)
      const twin = rowsOf(world, call, kinds.securityGroup).some((one) => one.vpcId === vpcId && one.name === GroupName)
      if (twin) {
        const message = `The security group '${GroupName}' already exists for VPC '${vpcId}'`
        throw new AwsError('InvalidGroup.Duplicate', message)
      }
      const tags = takeTags(TagSpecifications, kinds.securityGroup.type)
      const group = addGroup(world, call, { name: GroupName, description: Description, vpcId, tags })
      return { GroupId: group.groupId, SecurityGroupArn: arn(group), Tags: toPairs(group.tags) }
    },
  ),

  DeleteSecurityGroup: operation<DeleteSecurityGroupRequest, DeleteSecurityGroupResult>()(
    ['GroupId'],
    onGroup,
    ({ GroupId }, { world, ...call }) => {
      const group = getRow(world, call, kinds.securityGroup, GroupId)
      if (group.name === 'default') {
        const message = `the specified group: "${group.groupId}" name: "default" cannot be deleted by a user`
        throw new AwsError('CannotDelete', message)
      }
      if (isUsed(world, group, call.now)) {
        throw new AwsError('DependencyViolation', `resource ${group.groupId} has a dependent object`)
      }
      delete world.ec2.securityGroups[group.groupId]
      return { Return: true, GroupId: group.groupId }
    },
  ),

  DescribeSecurityGroups: operation<DescribeSecurityGroupsRequest, DescribeSecurityGroupsResult>()(
    ['GroupIds', 'Filters', 'MaxResults', 'NextToken'],
    '*',
    (request, { world, ...call }) => {
      const rows = getRows(world, call, kinds.securityGroup, request.GroupIds)
      const { items, NextToken } = list(rows, request, facets)
      return { SecurityGroups: items.map(show), NextToken }
    },
  ),
}
