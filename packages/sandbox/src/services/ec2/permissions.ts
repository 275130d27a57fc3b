import { invalidValue } from './refusals.ts'
import type { IpPermission } from '@aws-sdk/client-ec2'
import ipaddr from 'ipaddr.js'

import { newId, type World } from '../../state/world.ts'
import { canonical, parseBlock } from '../../reads/addresses.ts'
import { kinds, getRow } from '../../reads/ec2-rows.ts'
import type { SecurityGroup, SecurityGroupRule } from '../../state/ec2.ts'
import { AwsError } from '../../state/aws-error.ts'
import type { CallContext } from '../../state/call-context.ts'

/** A rule before it has an id: protocol, ports and one peer. */
export type RuleShape = Omit<SecurityGroupRule, 'ruleId' | 'egress' | 'tags'>

/** Protocol numbers and their names are the same thing to EC2. */
const protocols: Record<string, string> = { '6': 'tcp', '17': 'udp', '1': 'icmp', '58': 'icmpv6', all: '-1' }

function portsOf({ IpProtocol, FromPort, ToPort }: IpPermission) {
  const given = (IpProtocol ?? '').toLowerCase()
  const protocol = protocols[given] ?? given
  if (!['tcp', 'udp', 'icmp', 'icmpv6', '-1'].includes(protocol)) {
    throw invalidValue(`Invalid value '${IpProtocol}' for IP protocol. Unknown protocol.`)
  }
  // "-1" is all ports whatever is said about them (API reference of IpPermission).
  if (protocol === '-1') return { protocol, fromPort: -1, toPort: -1 }
  if (protocol === 'icmp' || protocol === 'icmpv6') return { protocol, fromPort: FromPort ?? -1, toPort: ToPort ?? -1 }
  if (FromPort === undefined || ToPort === undefined) {
    throw invalidValue('Invalid value for portRange. Must specify both from and to ports with TCP/UDP.')
  }
  if (FromPort < 0 || ToPort > 65535 || FromPort > ToPort) {
    throw invalidValue(`Invalid value for portRange. Ports ${FromPort} to ${ToPort} are no valid range.`)
  }
  return { protocol, fromPort: FromPort, toPort: ToPort }
}

function ipv4(cidr: string | undefined): string {
  const block = parseBlock(cidr ?? '')
  if (block === undefined) throw invalidValue(`CIDR block ${cidr} is malformed`)
  return canonical(block)
}

function ipv6(cidr: string | undefined): string {
  if (cidr === undefined || !ipaddr.IPv6.isValidCIDR(cidr)) throw invalidValue(`CIDR block ${cidr} is malformed`)
  return cidr.toLowerCase()
}

/**
 * One permission as the rules it stands for: one for each peer. Throws InvalidParameterValue for what is malformed and
 * InvalidGroup.NotFound for a peer group that the owner does not have; groups of peered VPCs are not modelled.
 */
function shapesOf(world: World, context: CallContext, permission: IpPermission): RuleShape[] {
  if ((permission.PrefixListIds ?? []).length > 0) {
    throw new AwsError('UnsupportedOperation', 'The sandbox has no prefix lists')
  }
  const ports = portsOf(permission)
  const noted = (Description: string | undefined) => (Description === undefined ? {} : { description: Description })
  const shapes = [
    ...(permission.IpRanges ?? []).map((range) => ({
      ...ports,
      cidr: ipv4(range.CidrIp),
      ...noted(range.Description),
    })),
    ...(permission.Ipv6Ranges ?? []).map((range) => ({
      ...ports,
      cidrIpv6: ipv6(range.CidrIpv6),
      ...noted(range.Description),
    })),
    ...(permission.UserIdGroupPairs ?? []).map((pair) => ({
      ...ports,
      groupId: getRow(world, context, kinds.securityGroup, pair.GroupId).groupId,
      ...noted(pair.Description),
    })),
  ]
  if (shapes.length === 0) throw invalidValue('A permission must name at least one address range or group.')
  return shapes
}

/** The members of a request that say permissions; the four single ones are the older way for one address range. */
export interface RuleRequest {
  IpPermissions?: IpPermission[] | undefined
  IpProtocol?: string | undefined
  FromPort?: number | undefined
  ToPort?: number | undefined
  CidrIp?: string | undefined
}

/** All rules that a request speaks of. Throws MissingParameter when there are none. */
export function requestedShapes(world: World, context: CallContext, ruleRequest: RuleRequest): RuleShape[] {
  const { IpPermissions = [], CidrIp, ...ports } = ruleRequest
  const single: IpPermission[] = CidrIp === undefined ? [] : [{ ...ports, IpRanges: [{ CidrIp }] }]
  const permissions = IpPermissions.length > 0 ? IpPermissions : single
  if (permissions.length === 0) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter ipPermissions')
  }
  return permissions.flatMap((permission) => shapesOf(world, context, permission))
}

const sameRule = (rule: SecurityGroupRule, egress: boolean, shape: RuleShape): boolean =>
  rule.egress === egress &&
  rule.protocol === shape.protocol &&
  rule.fromPort === shape.fromPort &&
  rule.toPort === shape.toPort &&
  rule.cidr === shape.cidr &&
  rule.cidrIpv6 === shape.cidrIpv6 &&
  rule.groupId === shape.groupId

/** The rule of a group that is the same but for its description. */
export const findRule = (group: SecurityGroup, egress: boolean, shape: RuleShape): SecurityGroupRule | undefined =>
  group.rules.find((rule) => sameRule(rule, egress, shape))

/** Throws InvalidPermission.Duplicate if one of the rules is the same but for its description. */
export function refuseDuplicate(rules: readonly SecurityGroupRule[], egress: boolean, shape: RuleShape): void {
  if (!rules.some((rule) => sameRule(rule, egress, shape))) return
  const peer = shape.cidr ?? shape.cidrIpv6 ?? shape.groupId
  const ports = `from port: ${shape.fromPort}, to port: ${shape.toPort}`
  throw new AwsError(
    'InvalidPermission.Duplicate',
    `the specified rule "peer: ${peer}, ${shape.protocol.toUpperCase()}, ${ports}, ALLOW" already exists`,
  )
}

/** Gives a group the rule. Throws InvalidPermission.Duplicate. */
export function addRule(world: World, group: SecurityGroup, egress: boolean, shape: RuleShape): SecurityGroupRule {
  refuseDuplicate(group.rules, egress, shape)
  const rule: SecurityGroupRule = { ...shape, ruleId: newId(world, 'sgr-'), egress, tags: {} }
  group.rules.push(rule)
  return rule
}

/** A group's rules in one direction, gathered by protocol and ports as DescribeSecurityGroups has them. */
export function showPermissions(group: SecurityGroup, egress: boolean): IpPermission[] {
  const gathered = new Map<string, Required<Pick<IpPermission, 'IpRanges' | 'Ipv6Ranges' | 'UserIdGroupPairs'>>>()
  const permissions: IpPermission[] = []
  for (const rule of group.rules.filter((one) => one.egress === egress)) {
    const key = `${rule.protocol}:${rule.fromPort}:${rule.toPort}`
    const peers = gathered.get(key) ?? { IpRanges: [], Ipv6Ranges: [], UserIdGroupPairs: [] }
    if (!gathered.has(key)) {
      const ports = rule.protocol === '-1' ? {} : { FromPort: rule.fromPort, ToPort: rule.toPort }
      gathered.set(key, peers)
      permissions.push({ IpProtocol: rule.protocol, ...ports, ...peers, PrefixListIds: [] })
    }
    const Description = rule.description
    if (rule.cidr !== undefined) peers.IpRanges?.push({ CidrIp: rule.cidr, Description })
    if (rule.cidrIpv6 !== undefined) peers.Ipv6Ranges?.push({ CidrIpv6: rule.cidrIpv6, Description })
    if (rule.groupId !== undefined) {
      peers.UserIdGroupPairs?.push({ GroupId: rule.groupId, UserId: group.account, Description })
    }
  }
  return permissions
}
