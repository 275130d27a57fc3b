import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { minutes, seconds } from '../engine/step.ts'
import { stateOf } from './shared/ownership.ts'
import { describe } from '../aws/permissions/permission.ts'

/**
 * The private addresses of an endpoint that is available. They stay until the endpoint is deleted ("Access an AWS
 * service using an interface VPC endpoint", AWS PrivateLink guide).
 */
export const endpointAddresses = defineStep<{ endpointId: string }>()({
  id: 'endpoint-addresses',
  title: 'Addresses of the endpoint',
  facts: z.object({ endpointId: z.string(), addresses: z.array(z.string()) }),
  permissions: {
    read: [describe('ec2:DescribeVpcEndpoints', 'ec2:DescribeNetworkInterfaces')],
  },
  patience: { upTo: minutes(10), every: seconds(3) },

  async read({ aws, inputs: { endpointId } }) {
    if (endpointId === undefined) return { state: 'absent' }
    const [endpoint] = await aws.reads.endpoints({ id: endpointId })
    const state = stateOf(endpoint?.State)
    if (endpoint === undefined || state === 'deleted') return { state: 'absent' }
    if (['rejected', 'failed', 'expired'].includes(state)) {
      return { state: 'broken', owner: 'other', why: `${endpointId} is ${state}`, fix: 'ask', hint: 'Run setup again.' }
    }
    const waiting = { state: 'pending', owner: 'other' } as const
    if (state !== 'available') return { ...waiting, why: `${endpointId} is ${state}` }
    const interfaceIds = endpoint.NetworkInterfaceIds ?? []
    const interfaces = await Promise.all(interfaceIds.map((id) => aws.reads.networkInterfaces({ id })))
    const addresses = interfaces.flat().flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? [])
    if (addresses.length === 0 || addresses.length < interfaceIds.length) {
      return { ...waiting, why: `not all interfaces of ${endpointId} have an address yet` }
    }
    return { state: 'ready', owner: 'other', facts: { endpointId, addresses: addresses.toSorted() } }
  },
})
