import { anyEndpointService } from '../../aws/partition.ts'
import {
  CreateVpcEndpointCommand,
  type CreateVpcEndpointRequest,
  DeleteVpcEndpointsCommand,
  ModifyVpcEndpointCommand,
  type ModifyVpcEndpointRequest,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2'
import type { Aws } from '../../aws/aws.ts'
import { type AwsStep, defineStep } from '../../aws/define-step.ts'
import { tagMap, tagSpecification } from '../../aws/tags.ts'
import { differs, type Drift } from '../../engine/step.ts'
import { given, ownerOf, seek, stateOf } from './ownership.ts'

interface EndpointInputs {
  vpcId: string
  serviceName: string
}

/** The parts in which interface and gateway endpoints differ. */
interface EndpointKind<I extends EndpointInputs, F extends { endpointId: string }> extends Pick<
  AwsStep<I, F>,
  'id' | 'title' | 'facts' | 'permissions' | 'unneeded' | 'names' | 'patience' | 'mergedInputs'
> {
  type: 'Interface' | 'Gateway'
  factsOf(endpoint: VpcEndpoint): F
  /** Drift beyond VPC and service. */
  drift(aws: Aws, endpoint: VpcEndpoint, inputs: Partial<I>): Promise<Drift[]>
  /** The members of CreateVpcEndpoint beyond VPC and service. */
  settings(aws: Aws, inputs: I): Promise<Partial<CreateVpcEndpointRequest>>
}

/**
 * A step for a VPC endpoint. An endpoint that waits for acceptance is done as far as this account can: the provider's
 * side is a step of its own. States: VpcEndpoint.State, EC2 API reference.
 */
export const vpcEndpointStep = <I extends EndpointInputs, F extends { endpointId: string }>({
  type,
  factsOf,
  drift,
  settings,
  ...kind
}: EndpointKind<I, F>): AwsStep<I, F> =>
  defineStep<I>()({
    ...kind,

    async read(sight) {
      const { aws, inputs, known, identity } = sight
      const endpoint = await seek(sight, known?.endpointId, {
        byId: (id) => aws.reads.endpoints({ id }),
        byMark: () => aws.reads.endpoints({ identity }),
        isGone: ({ State }) => stateOf(State) === 'deleted',
      })
      if (endpoint === undefined) return { state: 'absent' }
      const owner = ownerOf(identity, tagMap(endpoint.Tags))
      const facts = factsOf(endpoint)
      const state = stateOf(endpoint.State)
      const why = `${facts.endpointId} is ${state}`
      switch (state) {
        case 'available':
          return {
            state: 'ready',
            owner,
            facts,
            drift: [
              ...differs('vpcId', endpoint.VpcId, inputs.vpcId, 'replace'),
              ...differs('serviceName', endpoint.ServiceName, inputs.serviceName, 'replace'),
              ...(await drift(aws, endpoint, inputs)),
            ],
          }
        case 'pendingacceptance':
          return { state: 'ready', owner, facts }
        case 'rejected':
        case 'failed':
        case 'expired': {
          // An endpoint in these states can never be used again (VpcEndpoint.State); it holds nothing that a new one
          // would lack.
          const said = endpoint.LastError?.Message ?? endpoint.FailureReason
          return { state: 'broken', owner, why: said === undefined ? why : `${why}: ${said}`, fix: 'replace', facts }
        }
        default:
          return { state: 'pending', owner, why, deleting: state === 'deleting', facts }
      }
    },

    async create({ aws, inputs, identity, token }) {
      const { VpcEndpoint: endpoint } = await aws.ec2(
        new CreateVpcEndpointCommand({
          VpcEndpointType: type,
          VpcId: inputs.vpcId,
          ServiceName: inputs.serviceName,
          ...(await settings(aws, inputs)),
          ClientToken: token,
          TagSpecifications: [tagSpecification('vpc-endpoint', identity)],
        }),
      )
      return factsOf(given(endpoint, 'the endpoint'))
    },

    async update({ aws, facts: { endpointId }, drift: differences }) {
      const changes = differences.map(changeOf)
      await aws.ec2(new ModifyVpcEndpointCommand(Object.assign({ VpcEndpointId: endpointId }, ...changes)))
    },

    async delete({ aws, known: { endpointId } }) {
      await aws.ec2(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [endpointId] }))
    },
  })

/**
 * The service that an endpoint leads to. One that is still to be made has no name yet: any that is offered in the
 * Region.
 */
export const serviceNamesIn = ({ serviceName }: { readonly serviceName?: unknown }, region: string) => ({
  serviceNames: [typeof serviceName === 'string' ? serviceName : anyEndpointService(region)],
})

/** The members of ModifyVpcEndpoint that add to each of an endpoint's lists, and take from it. */
const members: Readonly<Record<string, readonly [keyof ModifyVpcEndpointRequest, keyof ModifyVpcEndpointRequest]>> = {
  subnetIds: ['AddSubnetIds', 'RemoveSubnetIds'],
  securityGroupIds: ['AddSecurityGroupIds', 'RemoveSecurityGroupIds'],
  routeTableIds: ['AddRouteTableIds', 'RemoveRouteTableIds'],
}

/** The part of ModifyVpcEndpoint that updates one field. */
function changeOf({ field, was, want }: Drift): Partial<ModifyVpcEndpointRequest> {
  const lists = members[field]
  if (lists === undefined) return { PrivateDnsEnabled: want === true }
  const [before, after] = [listOf(was), listOf(want)]
  const add = after.filter((id) => !before.includes(id))
  const remove = before.filter((id) => !after.includes(id))
  return { ...(add.length > 0 && { [lists[0]]: add }), ...(remove.length > 0 && { [lists[1]]: remove }) }
}

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])
