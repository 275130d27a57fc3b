import { createHash } from 'node:crypto'
import type { World } from '../state/world.ts'
import type { CallContext } from '../state/call-context.ts'

/** The region's part of a zone id: `use1` for us-east-1, `apne1` for ap-northeast-1. */
function zonePrefix(region: string): string {
  const [place = '', ...rest] = region.split('-')
  const direction = rest
    .slice(0, -1)
    .join('')
    .replaceAll(/north|south|east|west|central/g, (word) => word.charAt(0))
  return `${place}${direction}${rest.at(-1) ?? ''}`
}

/**
 * Zone names to zone ids as one account sees them: us-east-1 has six zones, other regions three. AWS shuffles the names
 * per account (RAM guide, "Availability Zone IDs"); here the account's id decides, unless the world says otherwise.
 */
export function zoneMap(world: World, account: string, region: string): Record<string, string> {
  const stated = world.ec2.zoneMaps[`${account}:${region}`]
  if (stated !== undefined) return stated
  const letters = [...(region === 'us-east-1' ? 'abcdef' : 'abc')]
  const rank = (zoneId: string) => createHash('sha256').update(`${account}:${zoneId}`).digest('hex')
  const ids = letters.map((_, index) => `${zonePrefix(region)}-az${index + 1}`)
  const shuffled = ids.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
  return Object.fromEntries(letters.map((letter, index) => [`${region}${letter}`, shuffled[index] ?? '']))
}

/** The name that an account has for a zone id; empty for a zone that its region does not have. */
export const zoneName = (
  world: World,
  { account, region }: Pick<CallContext, 'account' | 'region'>,
  zoneId: string,
): string => Object.entries(zoneMap(world, account, region)).find(([, id]) => id === zoneId)?.[0] ?? ''
