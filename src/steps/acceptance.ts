import {
  AcceptVpcEndpointConnectionsCommand,
  RejectVpcEndpointConnectionsCommand,
  type VpcEndpointConnection,
} from '@aws-sdk/client-ec2'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { tagMap } from '../aws/tags.ts'
import { minutes, seconds } from '../engine/step.ts'
import { PrivlinkError } from '../errors.ts'
import { ownerWithin, stateOf } from './shared/ownership.ts'
import { owned } from '../aws/permissions/conditions.ts'
import { describe, permission } from '../aws/permissions/permission.ts'
import { ec2 } from '../aws/permissions/resources.ts'
import { endpointService } from './endpoint-service.ts'

interface Inputs {
  serviceId: string
  endpointId: string
  /** The account that the endpoint must belong to, twelve digits. */
  ownerId: string
}

/**
 * The provider's yes to exactly one endpoint. A rejected connection counts as gone: rejecting is how AWS takes a yes
 * back (RejectVpcEndpointConnections), and the endpoint itself belongs to the other account.
 */
export const acceptance = defineStep<Inputs>()({
  id: 'acceptance',
  title: 'Acceptance of the endpoint connection',
  facts: z.object({ serviceId: z.string(), endpointId: z.string() }),
  permissions: {
    read: [describe('ec2:DescribeVpcEndpointConnections', 'ec2:DescribeVpcEndpointServiceConfigurations')],
    create: [
      permission('OwnServiceUsers', ['ec2:AcceptVpcEndpointConnections'], ec2('vpc-endpoint-service/*'), owned, () => [
        endpointService,
      ]),
    ],
    delete: [
      permission('OwnServiceUsers', ['ec2:RejectVpcEndpointConnections'], ec2('vpc-endpoint-service/*'), owned, () => [
        endpointService,
      ]),
    ],
  },
  patience: { upTo: minutes(10), every: seconds(3) },
  relation: true,

  async read({ aws, inputs, known, identity }) {
    const serviceId = inputs.serviceId ?? known?.serviceId
    const endpointId = inputs.endpointId ?? known?.endpointId
    if (serviceId === undefined || endpointId === undefined) return { state: 'absent' }
    const connection = await connectionOf(aws, serviceId, endpointId)
    if (!['available', 'pending'].includes(stateOf(connection?.VpcEndpointState))) return { state: 'absent' }
    // Where the ledger knows the membership, it also knows whose it is.
    const [service] = known === undefined ? await aws.reads.endpointServices({ id: serviceId }) : []
    const owner = known === undefined ? ownerWithin(identity, tagMap(service?.Tags)) : 'ours'
    return { state: 'ready', owner, facts: { serviceId, endpointId } }
  },

  async create({ aws, inputs: { serviceId, endpointId, ownerId } }) {
    const connection = await connectionOf(aws, serviceId, endpointId)
    if (connection === undefined) {
      // A new endpoint may take a moment to show on this side (hashicorp/terraform-provider-aws#46154).
      throw new PrivlinkError('NotYet', `${endpointId} does not show among the connections of ${serviceId} yet`)
    }
    if (connection.VpcEndpointOwner !== ownerId || (connection.ServiceId ?? serviceId) !== serviceId) {
      throw new PrivlinkError(
        'WrongConnection',
        `${endpointId} belongs to account ${connection.VpcEndpointOwner}, not to ${ownerId}: not accepted`,
        { hint: 'Find out who made this endpoint; accept it by hand only if you trust that account.' },
      )
    }
    await aws.ec2(new AcceptVpcEndpointConnectionsCommand({ ServiceId: serviceId, VpcEndpointIds: [endpointId] }))
    return { serviceId, endpointId }
  },

  async delete({ aws, known: { serviceId, endpointId } }) {
    await aws.ec2(new RejectVpcEndpointConnectionsCommand({ ServiceId: serviceId, VpcEndpointIds: [endpointId] }))
  },
})

/** The connection, unless it is on its way out. */
async function connectionOf(
  aws: Aws,
  serviceId: string,
  endpointId: string,
): Promise<VpcEndpointConnection | undefined> {
  const connections = await aws.reads.endpointConnections({ serviceId })
  return connections.find(
    ({ VpcEndpointId, VpcEndpointState }) =>
      VpcEndpointId === endpointId && !['deleting', 'deleted'].includes(stateOf(VpcEndpointState)),
  )
}
