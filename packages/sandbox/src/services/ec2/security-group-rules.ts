import { toPairs } from '../tags.ts'
import type {
  AuthorizeSecurityGroupEgressRequest,
  AuthorizeSecurityGroupIngressRequest,
  AuthorizeSecurityGroupIngressResult,
  DescribeSecurityGroupRulesRequest,
  DescribeSecurityGroupRulesResult,
  RevokedSecurityGroupRule,
  RevokeSecurityGroupEgressRequest,
  RevokeSecurityGroupIngressRequest,
  RevokeSecurityGroupIngressResult,
  SecurityGroupRule as ShownRule,
  TagSpecification,
} from '@aws-sdk/client-ec2'
import { operation, type Call, all } from '../operation.ts'
import { list } from './filters.ts'
import { kinds, getRow, rowsOf } from '../../reads/ec2-rows.ts'
import { addRule, findRule, requestedShapes, type RuleRequest } from './permissions.ts'
import type { SecurityGroup, SecurityGroupRule } from '../../state/ec2.ts'
import { takeTags } from './tags.ts'
import { AwsError } from '../../state/aws-error.ts'
import { onGroup, tagsAtCreation } from './required-permissions.ts'

/** Rules per group and direction (quota). */
const mostRules = 60

const shownPorts = (rule: SecurityGroupRule) => ({
  SecurityGroupRuleId: rule.ruleId,
  IsEgress: rule.egress,
  IpProtocol: rule.protocol,
  FromPort: rule.fromPort,
  ToPort: rule.toPort,
  CidrIpv4: rule.cidr,
  CidrIpv6: rule.cidrIpv6,
  Description: rule.description,
})

const show = (group: SecurityGroup, rule: SecurityGroupRule): ShownRule => ({
  ...shownPorts(rule),
  SecurityGroupRuleArn: `arn:aws:ec2:${group.region}:${group.account}:security-group-rule/${rule.ruleId}`,
  GroupId: group.groupId,
  GroupOwnerId: group.account,
  // EC2 names the VPC of groups beyond a peering only (AWS CLI reference, describe-security-group-rules).
  ...(rule.groupId !== undefined && { ReferencedGroupInfo: { GroupId: rule.groupId, UserId: group.account } }),
  Tags: toPairs(rule.tags),
})

/** Adds all rules of a request, or none. */
function authorize(
  { world, ...call }: Call,
  egress: boolean,
  request: RuleRequest & { GroupId?: string | undefined; TagSpecifications?: TagSpecification[] | undefined },
): AuthorizeSecurityGroupIngressResult {
  const group = getRow(world, call, kinds.securityGroup, request.GroupId)
  const { GroupId: _, TagSpecifications, ...ruleRequest } = request
  const shapes = requestedShapes(world, call, ruleRequest)
  const tags = takeTags(TagSpecifications, 'security-group-rule')
  if (group.rules.filter((rule) => rule.egress === egress).length + shapes.length > mostRules) {
    throw new AwsError(
      'RulesPerSecurityGroupLimitExceeded',
      'The maximum number of rules per security group has been reached.',
    )
  }
  const before = [...group.rules]
  try {
    const added = shapes.map((shape) => Object.assign(addRule(world, group, egress, shape), { tags: { ...tags } }))
    return { Return: true, SecurityGroupRules: added.map((rule) => show(group, rule)) }
  } catch (error) {
    group.rules = before
    throw error
  }
}

function rulesToRevoke(
  { world, ...call }: Call,
  group: SecurityGroup,
  egress: boolean,
  ruleRequest: RuleRequest,
  ids: string[] | undefined,
): SecurityGroupRule[] {
  if (ids !== undefined && ids.length > 0) {
    return ids.map((id) => {
      const rule = group.rules.find((one) => one.ruleId === id && one.egress === egress)
      if (rule !== undefined) return rule
      throw new AwsError('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`)
    })
  }
  return requestedShapes(world, call, ruleRequest).map((shape) => {
    const rule = findRule(group, egress, shape)
    if (rule !== undefined) return rule
    throw new AwsError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.')
  })
}

/** Takes all rules of a request away, or none. */
function revoke(
  call: Call,
  egress: boolean,
  request: RuleRequest & { GroupId?: string | undefined; SecurityGroupRuleIds?: string[] | undefined },
): RevokeSecurityGroupIngressResult {
  const group = getRow(call.world, call, kinds.securityGroup, request.GroupId)
  const { GroupId: _, SecurityGroupRuleIds, ...ruleRequest } = request
  const revoked = rulesToRevoke(call, group, egress, ruleRequest, SecurityGroupRuleIds)
  group.rules = group.rules.filter((rule) => !revoked.includes(rule))
  return {
    Return: true,
    UnknownIpPermissions: [],
    RevokedSecurityGroupRules: revoked.map((rule): RevokedSecurityGroupRule => ({
      ...shownPorts(rule),
      GroupId: group.groupId,
      ReferencedGroupId: rule.groupId,
    })),
  }
}

const permissionMembers = ['GroupId', 'IpPermissions', 'IpProtocol', 'FromPort', 'ToPort', 'CidrIp'] as const

export const securityGroupRuleOperations = {
  AuthorizeSecurityGroupIngress: operation<AuthorizeSecurityGroupIngressRequest, AuthorizeSecurityGroupIngressResult>()(
    [...permissionMembers, 'TagSpecifications'],
    all(onGroup, tagsAtCreation),
    (request, call) => authorize(call, false, request),
  ),

  AuthorizeSecurityGroupEgress: operation<AuthorizeSecurityGroupEgressRequest, AuthorizeSecurityGroupIngressResult>()(
    [...permissionMembers, 'TagSpecifications'],
    all(onGroup, tagsAtCreation),
    (request, call) => authorize(call, true, request),
  ),

  RevokeSecurityGroupIngress: operation<RevokeSecurityGroupIngressRequest, RevokeSecurityGroupIngressResult>()(
    [...permissionMembers, 'SecurityGroupRuleIds'],
    onGroup,
    (request, call) => revoke(call, false, request),
  ),

  RevokeSecurityGroupEgress: operation<RevokeSecurityGroupEgressRequest, RevokeSecurityGroupIngressResult>()(
    [...permissionMembers, 'SecurityGroupRuleIds'],
    onGroup,
    (request, call) => revoke(call, true, request),
  ),

  DescribeSecurityGroupRules: operation<DescribeSecurityGroupRulesRequest, DescribeSecurityGroupRulesResult>()(
    ['SecurityGroupRuleIds', 'Filters', 'MaxResults', 'NextToken'],
    '*',
    (request, { world, ...call }) => {
      const all = rowsOf(world, call, kinds.securityGroup).flatMap((group) =>
        group.rules.map((rule) => ({ group, rule, tags: rule.tags })),
      )
      const ids = request.SecurityGroupRuleIds ?? []
      const missing = ids.find((id) => !all.some(({ rule }) => rule.ruleId === id))
      if (missing !== undefined) {
        const message = `The security group rule ID '${missing}' does not exist`
        throw new AwsError('InvalidSecurityGroupRuleId.NotFound', message)
      }
      const named = ids.length === 0 ? all : all.filter(({ rule }) => ids.includes(rule.ruleId))
      const { items, NextToken } = list(named, request, {
        'group-id': ({ group }) => [group.groupId],
        'security-group-rule-id': ({ rule }) => [rule.ruleId],
      })
      return { SecurityGroupRules: items.map(({ group, rule }) => show(group, rule)), NextToken }
    },
  ),
}
