import type {
  AcceptVpcEndpointConnectionsRequest,
  AcceptVpcEndpointConnectionsResult,
  DescribeVpcEndpointConnectionsRequest,
  DescribeVpcEndpointConnectionsResult,
  RejectVpcEndpointConnectionsRequest,
  RejectVpcEndpointConnectionsResult,
  UnsuccessfulItem,
  VpcEndpointConnection,
} from '@aws-sdk/client-ec2'
import { exists, type World } from '../../state/world.ts'
import { durations } from '../../state/durations.ts'
import { operation, type Call } from '../operation.ts'
import { stateSpellings, wireState } from './endpoint-states.ts'
import { failedItem, isVisible } from './endpoints.ts'
import { page, select, type Facets } from './filters.ts'
import { kinds, getRow, rowsOf } from '../../reads/ec2-rows.ts'
import type { EndpointService, VpcEndpoint } from '../../state/ec2.ts'
import type { CallContext } from '../../state/call-context.ts'
import { dnsEntries, endpointState, type EndpointState } from '../../reads/endpoints.ts'
import { onService } from './required-permissions.ts'

/** An endpoint of anybody's, as the owner of its service sees it. */
interface Connection {
  service: EndpointService
  endpoint: VpcEndpoint
  tags?: never
}

/** The endpoints of a service that its owner can see yet; a new one may be missing for a moment. */
const endpointsOf = (world: World, service: EndpointService, now: number): VpcEndpoint[] =>
  Object.values(world.ec2.endpoints).filter(
    (endpoint) => endpoint.serviceName === service.serviceName && exists(endpoint, now) && isVisible(endpoint, now),
  )

const connectionsOf = (world: World, context: CallContext): Connection[] =>
  rowsOf(world, context, kinds.endpointService).flatMap((service) =>
    endpointsOf(world, service, context.now).map((endpoint) => ({ service, endpoint })),
  )

const show = (world: World, { service, endpoint }: Connection, now: number): VpcEndpointConnection => ({
  ServiceId: service.serviceId,
  VpcEndpointId: endpoint.endpointId,
  VpcEndpointOwner: endpoint.account,
  VpcEndpointRegion: endpoint.region,
  VpcEndpointState: wireState(endpoint, now),
  VpcEndpointConnectionId: `vpce-con-${endpoint.endpointId.slice('vpce-'.length)}`,
  CreationTimestamp: new Date(endpoint.createdAt),
  DnsEntries: dnsEntries(world, endpoint),
  NetworkLoadBalancerArns: service.loadBalancerArns,
  IpAddressType: 'ipv4',
  Tags: [],
})

/** There is no filter by endpoint id (API reference). */
const facetsAt = (now: number): Facets<Connection> => ({
  'service-id': ({ service }) => [service.serviceId],
  'vpc-endpoint-owner': ({ endpoint }) => [endpoint.account],
  'vpc-endpoint-region': ({ endpoint }) => [endpoint.region],
  'vpc-endpoint-state': ({ endpoint }) => stateSpellings(endpoint, now),
  'ip-address-type': () => ['ipv4'],
})

/** Changes each endpoint that is in one of the states; the others become items, and the call still answers 200. */
function decide(
  { world, ...call }: Call,
  { ServiceId, VpcEndpointIds = [] }: { ServiceId: string | undefined; VpcEndpointIds?: string[] | undefined },
  states: readonly EndpointState[],
  change: (endpoint: VpcEndpoint) => void,
): { Unsuccessful: UnsuccessfulItem[] } {
  const service = getRow(world, call, kinds.endpointService, ServiceId)
  const endpoints = endpointsOf(world, service, call.now)
  const unsuccessful: UnsuccessfulItem[] = []
  for (const id of VpcEndpointIds) {
    const endpoint = endpoints.find((one) => one.endpointId === id)
    if (endpoint === undefined) {
      unsuccessful.push(failedItem(id, kinds.endpoint.notFound, kinds.endpoint.absent(id)))
      continue
    }
    const state = endpointState(endpoint, call.now)
    if (states.includes(state)) change(endpoint)
    else unsuccessful.push(failedItem(id, 'InvalidState', `The VPC endpoint ${id} is in the state ${state}`))
  }
  return { Unsuccessful: unsuccessful }
}

export const connectionOperations = {
  DescribeVpcEndpointConnections: operation<
    DescribeVpcEndpointConnectionsRequest,
    DescribeVpcEndpointConnectionsResult
  >()(['Filters', 'MaxResults', 'NextToken'], '*', (request, { world, ...call }) => {
    const found = select(connectionsOf(world, call), request.Filters, facetsAt(call.now), 'InvalidFilter')
    const { items, NextToken } = page(found, request)
    return { VpcEndpointConnections: items.map((one) => show(world, one, call.now)), NextToken }
  }),

  /** A rejected connection can still be accepted (PrivateLink guide, "Accept or reject connection requests"). */
  AcceptVpcEndpointConnections: operation<AcceptVpcEndpointConnectionsRequest, AcceptVpcEndpointConnectionsResult>()(
    ['ServiceId', 'VpcEndpointIds'],
    onService,
    (request, call) =>
      decide(call, request, ['pendingAcceptance', 'rejected'], (endpoint) => {
        endpoint.acceptance = 'accepted'
        endpoint.readyAt = call.now + durations.endpointAvailableAfterAcceptance
      }),
  ),

  /** Also cuts a connection that is available; the endpoint itself stays with its owner. */
  RejectVpcEndpointConnections: operation<RejectVpcEndpointConnectionsRequest, RejectVpcEndpointConnectionsResult>()(
    ['ServiceId', 'VpcEndpointIds'],
    onService,
    (request, call) =>
      decide(call, request, ['pendingAcceptance', 'pending', 'available'], (endpoint) => {
        endpoint.acceptance = 'rejected'
      }),
  ),
}
