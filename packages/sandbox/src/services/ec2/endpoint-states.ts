import { toPairs } from '../tags.ts'
import type { State, VpcEndpoint as ShownEndpoint } from '@aws-sdk/client-ec2'
import type { World } from '../../state/world.ts'
import type { VpcEndpoint } from '../../state/ec2.ts'
import { endpointState, dnsEntries } from '../../reads/endpoints.ts'

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
    Tags: toPairs(endpoint.tags),
  }
}
