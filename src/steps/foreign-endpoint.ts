import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { tagMap } from '../aws/tags.ts'
import { seconds } from '../engine/step.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { factsOf } from './interface-endpoint.ts'
import { ownerWithin, stateOf } from './shared/ownership.ts'
import { describe } from '../aws/permissions/permission.ts'

const none = { endpointId: null, dnsName: null }

interface Inputs {
  vpcId: string
  serviceName: string
  /** If the config names it. */
  endpointId?: string
  /** Whether one that we made for other APIs will do: the network may call those, but not this one. */
  ownToo?: boolean
}

/**
 * An execute-api endpoint of a network that must not get in, for the negative proof. It is only read; without one, the
 * proof is left out.
 */
export const foreignEndpoint = defineStep<Inputs>()({
  id: 'foreign-endpoint',
  title: 'Endpoint of a network that must not get in',
  facts: z.object({ endpointId: z.string().nullable(), dnsName: z.string().nullable() }),
  permissions: {
    read: [describe('ec2:DescribeVpcEndpoints')],
  },
  patience: { upTo: seconds(30), every: seconds(5) },

  async read({ aws, inputs: { vpcId, serviceName, endpointId, ownToo }, identity }) {
    if (vpcId === undefined || serviceName === undefined) return { state: 'absent' }
    const rows = await aws.reads.endpoints(endpointId === undefined ? { vpcId } : { id: endpointId })
    const found = rows.find(
      (one) =>
        one.ServiceName === serviceName &&
        stateOf(one.State) === 'available' &&
        (ownToo === true || ownerWithin(identity, tagMap(one.Tags)) === 'other'),
    )
    if (found === undefined && endpointId !== undefined) {
      throw new PrivlinkError(
        'EndpointNotFound',
        `${endpointId} is no available endpoint of ${serviceName} in ${vpcId}`,
        {
          exit: exits.usage,
          hint: 'Correct executeApi.endpointId of the foreign network, or leave it out to have one found.',
        },
      )
    }
    return { state: 'ready', owner: 'other', facts: found === undefined ? none : factsOf(found) }
  },
})
