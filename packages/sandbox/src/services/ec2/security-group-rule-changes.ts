import { invalidValue } from './refusals.ts'
import type {
  ModifySecurityGroupRulesRequest,
  ModifySecurityGroupRulesResult,
  SecurityGroupRuleRequest,
  UpdateSecurityGroupRuleDescriptionsEgressRequest,
  UpdateSecurityGroupRuleDescriptionsIngressRequest,
  UpdateSecurityGroupRuleDescriptionsIngressResult,
} from '@aws-sdk/client-ec2'
import { operation, type Call } from '../operation.ts'
import { kinds, getRow } from '../../reads/ec2-rows.ts'
import { findRule, refuseDuplicate, requestedShapes, type RuleShape } from './permissions.ts'
import type { SecurityGroup, SecurityGroupRule } from '../../state/ec2.ts'
import { AwsError } from '../../state/aws-error.ts'
import { onGroup } from './required-permissions.ts'

/** @throws AwsError InvalidSecurityGroupRuleId.NotFound */
function ruleOf(group: SecurityGroup, id: string | undefined, egress?: boolean): SecurityGroupRule {
  const rule = group.rules.find((one) => one.ruleId === id && (egress === undefined || one.egress === egress))
  if (rule !== undefined) return rule
  throw new AwsError('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`)
}

/** Reads the new form of a rule: a request states all of it anew (API reference, SecurityGroupRuleRequest). */
function shapeOf({ world, ...call }: Call, wanted: SecurityGroupRuleRequest): RuleShape {
  if (wanted.PrefixListId) throw new AwsError('UnsupportedOperation', 'The sandbox has no prefix lists')
  const { IpProtocol, FromPort, ToPort, Description, CidrIpv4: CidrIp, CidrIpv6, ReferencedGroupId: GroupId } = wanted
  const shapes = requestedShapes(world, call, {
    IpPermissions: [
      {
        IpProtocol,
        FromPort,
        ToPort,
        IpRanges: CidrIp === undefined ? [] : [{ CidrIp, Description }],
        Ipv6Ranges: CidrIpv6 === undefined ? [] : [{ CidrIpv6, Description }],
        UserIdGroupPairs: GroupId === undefined ? [] : [{ GroupId, Description }],
      },
    ],
  })
  const [shape, more] = shapes
  if (shape !== undefined && more === undefined) return shape
  throw invalidValue('A rule has exactly one source or destination.')
}

function describeRules(
  { world, ...call }: Call,
  egress: boolean,
  request: UpdateSecurityGroupRuleDescriptionsIngressRequest,
): UpdateSecurityGroupRuleDescriptionsIngressResult {
  const group = getRow(world, call, kinds.securityGroup, request.GroupId)
  const byId = (request.SecurityGroupRuleDescriptions ?? []).map(({ SecurityGroupRuleId, Description }) => ({
    rule: ruleOf(group, SecurityGroupRuleId, egress),
    description: Description,
  }))
  const byShape =
    byId.length > 0
      ? []
      : requestedShapes(world, call, { IpPermissions: request.IpPermissions }).map((shape) => {
          const rule = findRule(group, egress, shape)
          if (rule !== undefined) return { rule, description: shape.description }
          throw new AwsError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.')
        })
  for (const { rule, description } of [...byId, ...byShape]) {
    if (description === undefined || description === '') delete rule.description
    else rule.description = description
  }
  return { Return: true }
}

const descriptionMembers = ['GroupId', 'IpPermissions', 'SecurityGroupRuleDescriptions'] as const

export const securityGroupRuleChanges = {
  ModifySecurityGroupRules: operation<ModifySecurityGroupRulesRequest, ModifySecurityGroupRulesResult>()(
    ['GroupId', 'SecurityGroupRules'],
    onGroup,
    (request, call) => {
      const group = getRow(call.world, call, kinds.securityGroup, request.GroupId)
      const changes = new Map(
        (request.SecurityGroupRules ?? []).map((update): [SecurityGroupRule, RuleShape] => [
          ruleOf(group, update.SecurityGroupRuleId),
          shapeOf(call, update.SecurityGroupRule ?? {}),
        ]),
      )
      const after = group.rules.map((rule): SecurityGroupRule => {
        const shape = changes.get(rule)
        return shape === undefined ? rule : { ...shape, ruleId: rule.ruleId, egress: rule.egress, tags: rule.tags }
      })
      for (const rule of after) {
        refuseDuplicate(
          after.filter((other) => other !== rule),
          rule.egress,
          rule,
        )
      }
      group.rules = after
      return { Return: true }
    },
  ),

  UpdateSecurityGroupRuleDescriptionsIngress: operation<
    UpdateSecurityGroupRuleDescriptionsIngressRequest,
    UpdateSecurityGroupRuleDescriptionsIngressResult
  >()(descriptionMembers, onGroup, (request, call) => describeRules(call, false, request)),

  UpdateSecurityGroupRuleDescriptionsEgress: operation<
    UpdateSecurityGroupRuleDescriptionsEgressRequest,
    UpdateSecurityGroupRuleDescriptionsIngressResult
  >()(descriptionMembers, onGroup, (request, call) => describeRules(call, true, request)),
}
