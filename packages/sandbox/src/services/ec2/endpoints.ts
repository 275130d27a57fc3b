import type {
  DeleteVpcEndpointsRequest,
  DeleteVpcEndpointsResult,
  DescribeVpcEndpointsRequest,
  DescribeVpcEndpointsResult,
  UnsuccessfulItem,
} from '@aws-sdk/client-ec2'
import type { World } from '../../state/world.ts'
import { durations } from '../../state/durations.ts'
import { operation } from '../operation.ts'
import { showEndpoint, stateSpellings } from './endpoint-states.ts'
import { list, type Facets } from './filters.ts'
import { kinds, getRows, findRow } from '../../reads/ec2-rows.ts'
import type { VpcEndpoint } from '../../state/ec2.ts'
import { AwsError } from '../../state/aws-error.ts'
import { removeInterfaces } from '../../writes/network-interfaces.ts'
import { onEach } from './required-permissions.ts'

/** An item of a batch that failed while the call itself answers 200. */
export const failedItem = (ResourceId: string, Code: string, Message: string): UnsuccessfulItem => ({
  ResourceId,
  Error: { Code, Message },
})

/** Whether a new endpoint can be looked up by id, or be seen by its service's owner. */
export const isVisible = (endpoint: VpcEndpoint, now: number): boolean => now >= endpoint.createdAt + durations.visible

const facetsAt = (now: number): Facets<VpcEndpoint> => ({
  'vpc-endpoint-id': (endpoint) => [endpoint.endpointId],
  'vpc-endpoint-type': (endpoint) => [endpoint.type],
  'vpc-endpoint-state': (endpoint) => stateSpellings(endpoint, now),
  'vpc-id': (endpoint) => [endpoint.vpcId],
  'service-name': (endpoint) => [endpoint.serviceName],
  'service-region': (endpoint) => [endpoint.region],
  'ip-address-type': (endpoint) => (endpoint.type === 'Interface' ? ['ipv4'] : []),
})

/** Interfaces stay for as long as the endpoint is `deleting`; an endpoint without any goes at once. */
function startDeletion(world: World, endpoint: VpcEndpoint, now: number): void {
  if (endpoint.deletingSince !== undefined) return
  endpoint.deletingSince = now
  endpoint.goneAt = endpoint.type === 'Gateway' ? now : now + durations.endpointGone
  removeInterfaces(world, endpoint.networkInterfaceIds, endpoint.goneAt)
}

export const endpointOperations = {
  /** A lookup by id right after the creation may find nothing; a list does not hide it. */
  DescribeVpcEndpoints: operation<DescribeVpcEndpointsRequest, DescribeVpcEndpointsResult>()(
    ['VpcEndpointIds', 'Filters', 'MaxResults', 'NextToken'],
    '*',
    (request, { world, ...call }) => {
      const { VpcEndpointIds = [] } = request
      const rows = getRows(world, call, kinds.endpoint, VpcEndpointIds)
      const hidden = VpcEndpointIds.length === 0 ? undefined : rows.find((one) => !isVisible(one, call.now))
      if (hidden !== undefined) {
        throw new AwsError(kinds.endpoint.notFound, kinds.endpoint.absent(hidden.endpointId))
      }
      const { items, NextToken } = list(rows, request, facetsAt(call.now))
      return { VpcEndpoints: items.map((one) => showEndpoint(world, one, call.now)), NextToken }
    },
  ),

  /** Answers 200 whatever becomes of the items. That deleting what is being deleted succeeds is assumed. */
  DeleteVpcEndpoints: operation<DeleteVpcEndpointsRequest, DeleteVpcEndpointsResult>()(
    ['VpcEndpointIds'],
    onEach(kinds.endpoint, 'VpcEndpointIds'),
    ({ VpcEndpointIds = [] }, { world, ...call }) => {
      const unsuccessful: UnsuccessfulItem[] = []
      for (const id of VpcEndpointIds) {
        const endpoint = findRow(world, call, kinds.endpoint, id)
        if (endpoint === undefined) {
          unsuccessful.push(failedItem(id, 'InvalidVpcEndpoint.NotFound', kinds.endpoint.absent(id)))
        } else startDeletion(world, endpoint, call.now)
      }
      return { Unsuccessful: unsuccessful }
    },
  ),
}
