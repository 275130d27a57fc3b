import { ModifyVpcEndpointCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { tagMap } from '../aws/tags.ts'
import { minutes, seconds } from '../engine/step.ts'
import { ownerWithin, stateOf } from './shared/ownership.ts'
import { owned } from '../aws/permissions/conditions.ts'
import { describe, permission } from '../aws/permissions/permission.ts'
import { ec2, hostedZones } from '../aws/permissions/resources.ts'
import { interfaceEndpoint } from './interface-endpoint.ts'

/**
 * The private DNS name of a service, switched on for one endpoint once its connection has been accepted: with the
 * endpoint itself it could lead callers there before anything answers (terraform-provider-aws issue 7148). The
 * endpoint's own step must leave it open.
 */
export const endpointPrivateDns = defineStep<{ endpointId: string; name: string }>()({
  id: 'endpoint-private-dns',
  title: 'Private DNS name of the endpoint',
  facts: z.object({ endpointId: z.string(), name: z.string() }),
  permissions: {
    read: [describe('ec2:DescribeVpcEndpoints')],
    create: [
      permission('OwnEndpoints', ['ec2:ModifyVpcEndpoint'], ec2('vpc-endpoint/*'), owned),
      permission('OwnEndpoints', ['ec2:ModifyVpcEndpoint'], ec2('vpc-endpoint/*'), owned, () => [interfaceEndpoint]),
      // EC2 does it in our name; the zone cannot be told (PrivateLink guide, "Private DNS names"): assumed.
      permission('NamePrivately', ['route53:AssociateVPCWithHostedZone'], hostedZones),
    ],
    delete: [
      permission('OwnEndpoints', ['ec2:ModifyVpcEndpoint'], ec2('vpc-endpoint/*'), owned),
      permission('OwnEndpoints', ['ec2:ModifyVpcEndpoint'], ec2('vpc-endpoint/*'), owned, () => [interfaceEndpoint]),
    ],
  },
  patience: { upTo: minutes(10), every: seconds(3) },
  relation: true,

  async read({ aws, inputs, known, identity }) {
    const { endpointId = known?.endpointId, name = known?.name } = inputs
    if (endpointId === undefined || name === undefined) return { state: 'absent' }
    const [endpoint] = await aws.reads.endpoints({ id: endpointId })
    const state = stateOf(endpoint?.State)
    if (endpoint?.PrivateDnsEnabled !== true || state.startsWith('delet')) return { state: 'absent' }
    const owner = known === undefined ? ownerWithin(identity, tagMap(endpoint.Tags)) : 'ours'
    const facts = { endpointId, name }
    if (state === 'pending') return { state: 'pending', owner, why: `${endpointId} is being changed`, facts }
    return { state: 'ready', owner, facts }
  },

  async create({ aws, inputs: { endpointId, name } }) {
    await aws.ec2(new ModifyVpcEndpointCommand({ VpcEndpointId: endpointId, PrivateDnsEnabled: true }))
    return { endpointId, name }
  },

  async delete({ aws, known: { endpointId } }) {
    await aws.ec2(new ModifyVpcEndpointCommand({ VpcEndpointId: endpointId, PrivateDnsEnabled: false }))
  },
})
