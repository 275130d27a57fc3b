// Applies the rules of security groups to a connection.
import type { World } from '../state/world.ts'
import { inBlock } from '../reads/addresses.ts'
import type { Source } from './network.ts'
import { type Address, interfaceAt } from './resolve.ts'

/** The other side of a connection, as a security group sees it. */
interface Peer {
  ip: string
  /** Groups of its interface; empty for an address that has none, or whose groups are of another network. */
  groupIds: readonly string[]
}

/**
 * Whether security groups let a TCP connection through: one rule of one group that names the port and the peer, by
 * address block or by a group that the peer's interface has, is enough. Without groups nothing is filtered, as for a
 * Network Load Balancer that was created without any.
 */
export function admits(
  world: World,
  groupIds: readonly string[],
  direction: 'in' | 'out',
  port: number,
  peer: Peer,
): boolean {
  if (groupIds.length === 0) return true
  return groupIds
    .flatMap((groupId) => world.ec2.securityGroups[groupId]?.rules ?? [])
    .filter((rule) => rule.egress === (direction === 'out'))
    .some((rule) => {
      const portFits = rule.protocol === '-1' || (isTcp(rule.protocol) && rule.fromPort <= port && port <= rule.toPort)
      const peerFits =
        (rule.cidr !== undefined && inBlock(peer.ip, rule.cidr)) ||
        (rule.groupId !== undefined && peer.groupIds.includes(rule.groupId))
      return portFits && peerFits
    })
}

const isTcp = (protocol: string): boolean => protocol === 'tcp' || protocol === '6'

/** Whether the groups of a source let it open a connection to an address. */
export function letsOut(world: World, now: number, { vpcId, groupIds }: Source, { ip, port }: Address): boolean {
  const target = vpcId === undefined ? undefined : interfaceAt(world, now, vpcId, ip)
  return admits(world, groupIds, 'out', port, { ip, groupIds: target?.groupIds ?? [] })
}
