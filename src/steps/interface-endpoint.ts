import {
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  ModifyVpcEndpointCommand,
  type ModifyVpcEndpointRequest,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2'
import { z } from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { tagMap, tagSpecification } from '../aws/tags.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek, stateOf } from './shared/ownership.ts'

interface Inputs {
  vpcId: string
  /** A service of another account, or `com.amazonaws.REGION.execute-api`. */
  serviceName: string
  /** These three are left out where the config names an existing endpoint: it is taken as it is. */
  subnetIds?: string[]
  securityGroupIds?: string[]
  privateDns?: boolean
}

/**
 * An interface VPC endpoint. One that waits for acceptance is done as far as this account can: the provider's side is a
 * step of its own. States: VpcEndpoint.State, EC2 API reference.
 */
export const interfaceEndpoint = defineStep<Inputs>()({
  id: 'interface-endpoint',
  title: 'Interface endpoint',
  facts: z.object({ endpointId: z.string(), dnsName: z.string().nullable() }),
  actions: {
    look: ['ec2:DescribeVpcEndpoints'],
    make: ['ec2:CreateVpcEndpoint', 'ec2:CreateTags', 'route53:AssociateVPCWithHostedZone'],
    mend: ['ec2:ModifyVpcEndpoint', 'route53:AssociateVPCWithHostedZone'],
    remove: ['ec2:DeleteVpcEndpoints'],
  },
  spares: ({ privateDns = false }) => (privateDns === false ? ['route53:AssociateVPCWithHostedZone'] : []),
  patience: { upTo: minutes(15), every: seconds(3) },

  async read(sight) {
    const { aws, inputs, known, identity } = sight
    const endpoint = await seek(sight, known?.endpointId, {
      byId: (id) => aws.look.endpoints({ id }),
      byMark: () => aws.look.endpoints({ identity }),
      isGone: ({ State }) => stateOf(State) === 'deleted',
    })
    if (endpoint === undefined) return { state: 'absent' }
    const owner = ownerOf(identity, tagMap(endpoint.Tags))
    const facts = factsOf(endpoint)
    const state = stateOf(endpoint.State)
    switch (state) {
      case 'available':
        return { state: 'ready', owner, facts, drift: driftOf(endpoint, inputs) }
      case 'pendingacceptance':
        return { state: 'ready', owner, facts }
      case 'rejected':
      case 'failed':
      case 'expired': {
        // None of these can be used again (VpcEndpoint.State); the endpoint holds nothing that a new one would lack.
        const said = endpoint.LastError?.Message ?? endpoint.FailureReason
        const why = `${facts.endpointId} is ${state}${said === undefined ? '' : `: ${said}`}`
        return { state: 'broken', owner, why, fix: 'replace', facts }
      }
      default:
        return {
          state: 'pending',
          owner,
          why: `${facts.endpointId} is ${state}`,
          deleting: state === 'deleting',
          facts,
        }
    }
  },

  async create({ aws, inputs, identity, token }) {
    const { VpcEndpoint: endpoint } = await aws.ec2(
      new CreateVpcEndpointCommand({
        VpcEndpointType: 'Interface',
        VpcId: inputs.vpcId,
        ServiceName: inputs.serviceName,
        SubnetIds: inputs.subnetIds ?? [],
        SecurityGroupIds: inputs.securityGroupIds ?? [],
        PrivateDnsEnabled: inputs.privateDns ?? false,
        ClientToken: token,
        TagSpecifications: [tagSpecification('vpc-endpoint', identity)],
      }),
    )
    return factsOf(given(endpoint, 'the endpoint'))
  },

  async update({ aws, facts: { endpointId }, drift }) {
    const changes = drift.map(({ field, was, want }) => changeOf(field, was, want))
    await aws.ec2(new ModifyVpcEndpointCommand(Object.assign({ VpcEndpointId: endpointId }, ...changes)))
  },

  async delete({ aws, known: { endpointId } }) {
    await aws.ec2(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [endpointId] }))
  },
})

/** The first name is the Region's; those of its zones and the private ones follow (DnsEntries, EC2 API reference). */
export const factsOf = ({ VpcEndpointId, DnsEntries: [first] = [] }: VpcEndpoint) => ({
  endpointId: given(VpcEndpointId, 'the id of the endpoint'),
  dnsName: first?.DnsName ?? null,
})

const driftOf = (endpoint: VpcEndpoint, inputs: Partial<Inputs>) => [
  ...differs('vpcId', endpoint.VpcId, inputs.vpcId, 'replace'),
  ...differs('serviceName', endpoint.ServiceName, inputs.serviceName, 'replace'),
  ...differs('subnetIds', endpoint.SubnetIds ?? [], inputs.subnetIds),
  ...differs('securityGroupIds', groupsOf(endpoint), inputs.securityGroupIds),
  ...differs('privateDns', endpoint.PrivateDnsEnabled ?? false, inputs.privateDns),
]

const groupsOf = ({ Groups = [] }: VpcEndpoint): string[] => Groups.flatMap(({ GroupId }) => GroupId ?? [])

/** The part of ModifyVpcEndpoint that brings one field back. */
function changeOf(field: string, was: unknown, want: unknown): Partial<ModifyVpcEndpointRequest> {
  if (field === 'privateDns') return { PrivateDnsEnabled: want === true }
  const [before, after] = [was, want].map((list) => (Array.isArray(list) ? list.map(String) : []))
  const add = after?.filter((id) => !before?.includes(id)) ?? []
  const remove = before?.filter((id) => !after?.includes(id)) ?? []
  const [addName, removeName] =
    field === 'subnetIds'
      ? (['AddSubnetIds', 'RemoveSubnetIds'] as const)
      : (['AddSecurityGroupIds', 'RemoveSecurityGroupIds'] as const)
  return { ...(add.length > 0 && { [addName]: add }), ...(remove.length > 0 && { [removeName]: remove }) }
}
