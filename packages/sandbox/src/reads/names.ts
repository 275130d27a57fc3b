import { exists, type World } from '../state/world.ts'
import { zoneMap } from './zones.ts'

/**
 * The addresses of a name inside the sandbox's network: a seeded name, a load balancer's or an interface endpoint's.
 * A zonal name stands for the interface in that zone only, which the caller tells by the zone's name in it.
 */
export function resolveName(world: World, name: string, now: number): string[] | undefined {
  const wanted = name.toLowerCase().replace(/\.$/, '')
  return world.names[wanted] ?? loadBalancerAddresses(world, wanted, now) ?? endpointAddresses(world, wanted, now)
}

function loadBalancerAddresses(world: World, name: string, now: number): string[] | undefined {
  const found = Object.values(world.elbv2.loadBalancers).find(({ dnsName }) => dnsName.toLowerCase() === name)
  return found && addresses(world, found.networkInterfaceIds, now)
}

/** `vpce-ID-SUFFIX.SERVICE.REGION.vpce.amazonaws.com`, with `-ZONE` after the suffix for one zone. */
function endpointAddresses(world: World, name: string, now: number): string[] | undefined {
  const [label = '', ...rest] = name.split('.')
  const endpoint = Object.values(world.ec2.endpoints).find(
    (endpoint) => label.startsWith(`${endpoint.endpointId}-${endpoint.dnsSuffix}`) && exists(endpoint, now),
  )
  if (!endpoint || !rest.join('.').endsWith('.vpce.amazonaws.com')) return undefined
  const zone = label.slice(`${endpoint.endpointId}-${endpoint.dnsSuffix}-`.length)
  if (zone === '') return addresses(world, endpoint.networkInterfaceIds, now)
  const zoneId = zoneMap(world, endpoint.account, endpoint.region)[zone]
  const inZone = endpoint.networkInterfaceIds.filter((id) => {
    const subnet = world.ec2.subnets[world.ec2.networkInterfaces[id]?.subnetId ?? '']
    return zoneId !== undefined && subnet?.zoneId === zoneId
  })
  return addresses(world, inZone, now)
}

function addresses(world: World, ids: readonly string[], now: number): string[] | undefined {
  const found = ids
    .map((id) => world.ec2.networkInterfaces[id])
    .filter((one) => one !== undefined && exists(one, now))
    .map((one) => one?.privateIp ?? '')
  return found.length > 0 ? found : undefined
}
