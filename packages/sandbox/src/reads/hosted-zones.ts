import type { World } from '../state/world.ts'
import { domainName, liesIn } from './domain-names.ts'
import type { HostedZone, RecordSet } from '../state/route53.ts'

/** How many names in a row a resolver follows. Assumed: AWS publishes none. */
const longestChain = 8

/**
 * The answer of a VPC's resolver from the private hosted zones that the VPC is associated with: the zone with the
 * longest matching name answers alone, even if it has no such record ("Considerations when working with a private
 * hosted zone", Route 53 developer guide). Only with both DNS attributes of the VPC on.
 *
 * @param follow the addresses of a name that no private zone has: an alias target or the end of a CNAME.
 * @returns undefined where no private zone is responsible; no addresses where one is but has none (NXDOMAIN).
 */
export function zoneAddresses(
  world: World,
  now: number,
  vpcId: string,
  name: string,
  follow: (name: string) => string[] | undefined,
): string[] | undefined {
  const vpc = world.ec2.vpcs[vpcId]
  if (!vpc?.enableDnsSupport || !vpc.enableDnsHostnames) return undefined
  return answer({ zones: servedZones(world, now, vpcId), now, follow }, domainName(name), 0)
}

interface Resolver {
  zones: HostedZone[]
  now: number
  follow(name: string): string[] | undefined
}

const servedZones = (world: World, now: number, vpcId: string): HostedZone[] =>
  Object.values(world.route53.zones).filter(({ vpcs }) =>
    vpcs.some((one) => one.vpcId === vpcId && one.servedFrom <= now),
  )

function answer(resolver: Resolver, name: string, depth: number): string[] | undefined {
  const [zone] = resolver.zones
    .filter((one) => liesIn(name, one.name))
    .toSorted((a, b) => b.name.length - a.name.length)
  if (zone === undefined) return undefined
  const records = recordsAt(zone, name, resolver.now)
  const next = records.find(({ type }) => type === 'CNAME')?.values[0]
  const found = records.find(({ type }) => type === 'A')
  const target = next === undefined ? found?.alias?.dnsName : domainName(next)
  if (target === undefined) return found?.values ?? []
  if (depth >= longestChain) return []
  return answer(resolver, target, depth + 1) ?? resolver.follow(target.replace(/\.$/, '')) ?? []
}

/** The records of a name, else those of the nearest wildcard above it. */
function recordsAt({ name: zone, records }: HostedZone, name: string, now: number): RecordSet[] {
  const served = records.filter(({ servedFrom }) => servedFrom <= now)
  const labels = name
    .slice(0, name.length - zone.length)
    .split('.')
    .filter((label) => label !== '')
  const candidates = [name, ...labels.map((_, index) => ['\\052', ...labels.slice(index + 1), zone].join('.'))]
  for (const candidate of candidates) {
    const found = served.filter((one) => one.name === candidate)
    if (found.length > 0) return found
  }
  return []
}

/** The TXT records of a name in the public DNS: those of public hosted zones of any account, and those seeded. */
export function publicTexts(world: World, now: number, name: string): string[] {
  const wanted = domainName(name)
  const zoned = Object.values(world.route53.zones)
    .filter(({ vpcs }) => vpcs.length === 0)
    .flatMap(({ records }) => records)
    .filter((one) => one.name === wanted && one.type === 'TXT' && one.servedFrom <= now)
    .flatMap(({ values }) => values)
  const seeded = Object.entries(world.publicRecords).flatMap(([at, values]) =>
    domainName(at) === wanted ? values : [],
  )
  return [...zoned, ...seeded].map((text) => text.replace(/^"|"$/g, ''))
}

/** The private zones that a VPC's resolver asks, or will in a moment. */
export const zonesOfVpc = (zones: Record<string, HostedZone>, vpcId: string): HostedZone[] =>
  Object.values(zones).filter(({ vpcs }) => vpcs.some((one) => one.vpcId === vpcId))
