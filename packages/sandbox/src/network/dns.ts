// Answers as a VPC's resolver does, so that names mean in the sandbox what they mean on AWS.
import { resolveName } from '../reads/names.ts'
import { servedDeployment } from '../reads/deployments.ts'
import type { VpcEndpoint } from '../state/ec2.ts'
import { zoneAddresses } from '../reads/hosted-zones.ts'
import { exists, type World } from '../state/world.ts'
import { readName } from '../reads/api-name.ts'
import { publicApiAddress } from './resolve.ts'
import { dnsEntries, isOpen } from '../reads/endpoints.ts'

/**
 * Answers for a name as a VPC's resolver (169.254.169.253) does: with the addresses of private hosted zones, private
 * DNS of the VPC's endpoints, load balancers, endpoints' own names, aliases of APIs, and seeded names; API Gateway's
 * public address for the names of APIs. Undefined for names that do not exist, and for all of them where the VPC has no
 * DNS support. Who is in no VPC asks on the internet.
 */
export function lookUp(world: World, now: number, vpcId: string | undefined, name: string): string[] | undefined {
  const wanted = name.toLowerCase().replace(/\.$/, '')
  if (vpcId === undefined) return resolveName(world, wanted, now) ?? apiAddresses(world, now, wanted)
  if (world.ec2.vpcs[vpcId]?.enableDnsSupport !== true) return undefined
  const follow = (name: string) => outsideZones(world, now, vpcId, name)
  const zoned = zoneAddresses(world, now, vpcId, wanted, follow)
  // A private zone that lacks a name in its domain says so: the resolver asks nobody else (Route 53 guide).
  if (zoned) return zoned.length > 0 ? zoned : undefined
  return follow(wanted)
}

const outsideZones = (world: World, now: number, vpcId: string, name: string): string[] | undefined =>
  privateDns(world, now, vpcId, name) ?? resolveName(world, name, now) ?? apiAddresses(world, now, name)

const publicDomain = '.vpce.amazonaws.com'

/** The names that an endpoint with private DNS takes over in its VPC, a wildcard with all that is below it. */
function privateDns(world: World, now: number, vpcId: string, name: string): string[] | undefined {
  const captures = (endpoint: VpcEndpoint): boolean =>
    dnsEntries(world, endpoint).some(
      ({ DnsName = '' }) =>
        !DnsName.endsWith(publicDomain) &&
        (DnsName.startsWith('*.') ? name.endsWith(DnsName.slice(1)) : name === DnsName),
    )
  const found = Object.values(world.ec2.endpoints).find(
    (endpoint) => endpoint.vpcId === vpcId && endpoint.privateDnsEnabled && isOpen(endpoint, now) && captures(endpoint),
  )
  return found && addressesOf(world, now, found)
}

/** `{api}-{vpce}`, once its association is deployed, leads to the endpoint from anywhere; `{api}` to the internet. */
function apiAddresses(world: World, now: number, name: string): string[] | undefined {
  const api = readName(name)
  if (api?.kind === 'api') return [publicApiAddress]
  if (api?.kind !== 'alias') return undefined
  const endpoint = world.ec2.endpoints[api.endpointId]
  const { stages = {} } = world.apigateway.restApis[api.apiId] ?? {}
  const associated = Object.values(stages).some((stage) => {
    const restApi = world.apigateway.restApis[api.apiId]
    return restApi && servedDeployment(restApi, stage, now)?.vpcEndpointIds.includes(api.endpointId)
  })
  return endpoint && associated && exists(endpoint, now) ? addressesOf(world, now, endpoint) : undefined
}

const addressesOf = (world: World, now: number, { networkInterfaceIds }: VpcEndpoint): string[] =>
  networkInterfaceIds.flatMap((id) => {
    const one = world.ec2.networkInterfaces[id]
    return one && exists(one, now) ? [one.privateIp] : []
  })
