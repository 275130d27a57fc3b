import type { DnsEntry } from '@aws-sdk/client-ec2'
import { type World, exists } from '../state/world.ts'
import { awsServices } from './aws-services.ts'
import type { VpcEndpoint } from '../state/ec2.ts'
import { zoneName } from './zones.ts'

export type EndpointState = 'pendingAcceptance' | 'pending' | 'available' | 'rejected' | 'failed' | 'deleting'

/** The state of an endpoint that exists at `now` (ms since the epoch). */
export function endpointState(endpoint: VpcEndpoint, now: number): EndpointState {
  if (endpoint.deletingSince !== undefined) return 'deleting'
  if (endpoint.failure !== undefined) return 'failed'
  if (endpoint.acceptance === 'waiting') return 'pendingAcceptance'
  if (endpoint.acceptance === 'rejected') return 'rejected'
  return now < endpoint.readyAt ? 'pending' : 'available'
}

/** The part of an endpoint's public names that stands for its service: `execute-api`, `vpce-svc-...`, `api.ecr`. */
function serviceLabel({ serviceName, region }: VpcEndpoint): string {
  const custom = /vpce-svc-\w+$/.exec(serviceName)
  return custom?.[0] ?? serviceName.slice(`com.amazonaws.${region}.`.length).split('.').toReversed().join('.')
}

/** The names that lead to an endpoint in its own VPC: of its service, as AWS or the service's owner has set them. */
export function privateNames(world: World, endpoint: VpcEndpoint): string[] {
  if (!endpoint.privateDnsEnabled) return []
  const custom = Object.values(world.ec2.endpointServices).find(
    ({ serviceName }) => serviceName === endpoint.serviceName,
  )
  if (custom !== undefined) return custom.privateDns === undefined ? [] : [custom.privateDns.name]
  const name = endpoint.serviceName.slice(`com.amazonaws.${endpoint.region}.`.length)
  const hosts = awsServices.find((one) => one.name === name && one.type === 'Interface')?.hosts ?? []
  return hosts.map((host) => `${host}.${endpoint.region}.amazonaws.com`)
}

/** The endpoint's names: the regional one, one per zone, then the private ones (PrivateLink guide, "DNS names"). */
export function dnsEntries(world: World, endpoint: VpcEndpoint): DnsEntry[] {
  if (endpoint.type === 'Gateway') return []
  const { endpointId, dnsSuffix, region } = endpoint
  const domain = `${serviceLabel(endpoint)}.${region}.vpce.amazonaws.com`
  const zones = endpoint.subnetIds.map((id) => zoneName(world, endpoint, world.ec2.subnets[id]?.zoneId ?? ''))
  const publicNames = [
    `${endpointId}-${dnsSuffix}.${domain}`,
    ...zones.toSorted().map((zone) => `${endpointId}-${dnsSuffix}-${zone}.${domain}`),
  ]
  return [
    ...publicNames.map((DnsName) => ({ DnsName, HostedZoneId: 'Z7HUB22UULQXV' })),
    ...privateNames(world, endpoint).map((DnsName) => ({
      DnsName,
      HostedZoneId: `Z${endpointId.slice(5, 18).toUpperCase()}`,
    })),
  ]
}

/** Whether traffic flows through an endpoint: accepted, set up, and not being deleted. */
export const isOpen = (endpoint: VpcEndpoint, now: number): boolean =>
  endpoint.acceptance === 'accepted' &&
  endpoint.readyAt <= now &&
  endpoint.failure === undefined &&
  endpoint.deletingSince === undefined &&
  exists(endpoint, now)

/** Whether an endpoint is one of API Gateway's service rather than of somebody's endpoint service. */
export const isApiService = (endpoint: VpcEndpoint): boolean =>
  endpoint.serviceName === `com.amazonaws.${endpoint.region}.execute-api`
