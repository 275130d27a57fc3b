import type { DnsEntry, State, VpcEndpoint as ShownEndpoint } from '@aws-sdk/client-ec2'
import type { World } from '../../state/world.ts'
import { awsServices } from '../../reads/aws-services.ts'
import type { VpcEndpoint } from '../../state/ec2.ts'
import { showTags } from './tags.ts'
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

/** The state as it is on the wire: "The API returns the possible states using camel case" (EC2 API reference). */
export function wireState(endpoint: VpcEndpoint, now: number): State {
  const state: string = endpointState(endpoint, now)
  // The SDK's list of states is in Pascal case, what AWS sends is not.
  return state as State
}

/** Both spellings of the state, for filters: the API reference of the connections spells them in Pascal case. */
export function stateSpellings(endpoint: VpcEndpoint, now: number): string[] {
  const state = endpointState(endpoint, now)
  return [state, state.charAt(0).toUpperCase() + state.slice(1)]
}

/** Full access, as an endpoint has it when no policy is given. */
export const defaultPolicy = JSON.stringify({
  Statement: [{ Action: '*', Effect: 'Allow', Principal: '*', Resource: '*' }],
})

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

/** An endpoint as its owner sees it. */
export function showEndpoint(world: World, endpoint: VpcEndpoint, now: number): ShownEndpoint {
  const gateway = endpoint.type === 'Gateway'
  return {
    VpcEndpointId: endpoint.endpointId,
    VpcEndpointType: endpoint.type,
    VpcId: endpoint.vpcId,
    OwnerId: endpoint.account,
    ServiceName: endpoint.serviceName,
    ServiceRegion: endpoint.region,
    State: wireState(endpoint, now),
    PolicyDocument: endpoint.policy,
    RouteTableIds: endpoint.routeTableIds,
    SubnetIds: endpoint.subnetIds,
    Groups: endpoint.groupIds.map((GroupId) => ({ GroupId, GroupName: world.ec2.securityGroups[GroupId]?.name })),
    NetworkInterfaceIds: endpoint.networkInterfaceIds,
    ...(!gateway && { IpAddressType: 'ipv4' as const, DnsOptions: { DnsRecordIpType: 'ipv4' as const } }),
    PrivateDnsEnabled: endpoint.privateDnsEnabled,
    RequesterManaged: false,
    DnsEntries: dnsEntries(world, endpoint),
    CreationTimestamp: new Date(endpoint.createdAt),
    ...(endpoint.failure !== undefined && {
      LastError: { Code: endpoint.failure.code, Message: endpoint.failure.message },
      FailureReason: endpoint.failure.message,
    }),
    Tags: showTags(endpoint.tags),
  }
}
