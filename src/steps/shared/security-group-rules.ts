import type { IpPermission, SecurityGroup } from '@aws-sdk/client-ec2'
import ipaddr from 'ipaddr.js'

/** TCP traffic on one port, from or to blocks of addresses or the members of a security group. */
export type Rule =
  | { port: number; cidrs: string[] }
  | { port: number; groupId: string }
  | { port: number; groupIds: string[] }

/** One peer of one permission: the unit in which rules are compared, added and taken away. Plain JSON. */
export interface FlatRule {
  protocol: string
  from: number | undefined
  to: number | undefined
  /** A CIDR block, a group id or a prefix list id. */
  peer: string
}

/** The rules of a config, flat and without repetition. */
export const flatRules = (rules: readonly Rule[]): FlatRule[] =>
  distinct(
    rules.flatMap((rule) =>
      peersOf(rule).map((peer) => ({
        protocol: 'tcp',
        from: rule.port,
        to: rule.port,
        peer,
      })),
    ),
  )

function peersOf(rule: Rule): string[] {
  if ('cidrs' in rule) return rule.cidrs.map(canonical)
  return 'groupIds' in rule ? rule.groupIds : [rule.groupId]
}

/** As EC2 answers with it: 10.0.0.5/16 becomes 10.0.0.0/16 (CidrIp, AuthorizeSecurityGroupIngress). */
const canonical = (block: string): string =>
  `${ipaddr.IPv4.networkAddressFromCIDR(block).toString()}/${ipaddr.IPv4.parseCIDR(block)[1]}`

/** The rules that a group has. A new group of a VPC has one that lets everything out (CreateSecurityGroup). */
export const rulesOf = (permissions: SecurityGroup['IpPermissions']): FlatRule[] =>
  (permissions ?? []).flatMap(({ IpProtocol = '-1', FromPort, ToPort, ...peers }) =>
    [
      ...(peers.IpRanges ?? []).map(({ CidrIp }) => CidrIp),
      ...(peers.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6),
      ...(peers.UserIdGroupPairs ?? []).map(({ GroupId }) => GroupId),
      ...(peers.PrefixListIds ?? []).map(({ PrefixListId }) => PrefixListId),
    ]
      .filter((peer) => peer !== undefined)
      .map((peer) =>
        // For all protocols ports mean nothing, and AWS answers with none or with -1.
        IpProtocol === '-1'
          ? { protocol: '-1', from: undefined, to: undefined, peer }
          : { protocol: IpProtocol, from: FromPort, to: ToPort, peer },
      ),
  )

/** The rules to add and to remove for `want`. */
export function compareRules(was: readonly FlatRule[], want: readonly FlatRule[]) {
  const lacking = (from: readonly FlatRule[], all: readonly FlatRule[]) =>
    all.filter((rule) => !from.some((other) => keyOf(other) === keyOf(rule)))
  return { missing: lacking(was, want), extra: lacking(want, was) }
}

/** As EC2 takes them, one permission for each rule. */
export const permissionsOf = (rules: readonly FlatRule[]): IpPermission[] =>
  rules.map(({ protocol, from, to, peer }) => ({
    IpProtocol: protocol,
    ...(from === undefined ? {} : { FromPort: from }),
    ...(to === undefined ? {} : { ToPort: to }),
    ...peerOf(peer),
  }))

function peerOf(peer: string): IpPermission {
  if (peer.startsWith('sg-')) return { UserIdGroupPairs: [{ GroupId: peer }] }
  if (peer.startsWith('pl-')) return { PrefixListIds: [{ PrefixListId: peer }] }
  return peer.includes(':') ? { Ipv6Ranges: [{ CidrIpv6: peer }] } : { IpRanges: [{ CidrIp: peer }] }
}

const keyOf = ({ protocol, from, to, peer }: FlatRule): string => [protocol, from, to, peer].join(' ')

const distinct = (rules: readonly FlatRule[]): FlatRule[] => [
  ...new Map(rules.map((rule) => [keyOf(rule), rule])).values(),
]
