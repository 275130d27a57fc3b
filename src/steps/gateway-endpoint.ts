import {
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  ModifyVpcEndpointCommand,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2'
import { z } from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { tagMap, tagSpecification } from '../aws/tags.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek, stateOf } from './shared/ownership.ts'
import { tableOf } from './routes.ts'

interface Inputs {
  vpcId: string
  /** `com.amazonaws.REGION.s3` */
  serviceName: string
  /** It has its route in their route tables. Left out where the config names an existing endpoint. */
  subnetIds?: string[]
}

/**
 * A gateway endpoint, which costs nothing and has no address: it is a route in route tables, which come back as they were
 * when it goes ("Gateway endpoints", AWS PrivateLink guide).
 */
export const gatewayEndpoint = defineStep<Inputs>()({
  id: 'gateway-endpoint',
  title: 'Gateway endpoint',
  facts: z.object({ endpointId: z.string() }),
  actions: {
    look: ['ec2:DescribeVpcEndpoints', 'ec2:DescribeRouteTables'],
    make: ['ec2:CreateVpcEndpoint', 'ec2:CreateTags'],
    mend: ['ec2:ModifyVpcEndpoint'],
    remove: ['ec2:DeleteVpcEndpoints'],
  },
  patience: { upTo: minutes(5), every: seconds(3) },
  mergedInputs: ['subnetIds'],

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
    if (state !== 'available') {
      const why = `${facts.endpointId} is ${state}`
      return { state: 'pending', owner, why, deleting: state === 'deleting', facts }
    }
    const wanted = await tablesOf(aws, inputs)
    return {
      state: 'ready',
      owner,
      facts,
      drift: [
        ...differs('vpcId', endpoint.VpcId, inputs.vpcId, 'replace'),
        ...differs('serviceName', endpoint.ServiceName, inputs.serviceName, 'replace'),
        ...differs('routeTableIds', endpoint.RouteTableIds ?? [], wanted),
      ],
    }
  },

  async create({ aws, inputs, identity, token }) {
    const { VpcEndpoint: endpoint } = await aws.ec2(
      new CreateVpcEndpointCommand({
        VpcEndpointType: 'Gateway',
        VpcId: inputs.vpcId,
        ServiceName: inputs.serviceName,
        RouteTableIds: (await tablesOf(aws, inputs)) ?? [],
        ClientToken: token,
        TagSpecifications: [tagSpecification('vpc-endpoint', identity)],
      }),
    )
    return factsOf(given(endpoint, 'the endpoint'))
  },

  async update({ aws, inputs, facts: { endpointId: VpcEndpointId } }) {
    const [endpoint] = await aws.look.endpoints({ id: VpcEndpointId })
    const was = endpoint?.RouteTableIds ?? []
    const wanted = (await tablesOf(aws, inputs)) ?? was
    const AddRouteTableIds = wanted.filter((id) => !was.includes(id))
    const RemoveRouteTableIds = was.filter((id) => !wanted.includes(id))
    await aws.ec2(
      new ModifyVpcEndpointCommand({
        VpcEndpointId,
        ...(AddRouteTableIds.length > 0 && { AddRouteTableIds }),
        ...(RemoveRouteTableIds.length > 0 && { RemoveRouteTableIds }),
      }),
    )
  },

  async delete({ aws, known: { endpointId } }) {
    await aws.ec2(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [endpointId] }))
  },
})

const factsOf = ({ VpcEndpointId }: VpcEndpoint) => ({
  endpointId: given(VpcEndpointId, 'the id of the endpoint'),
})

/** The route tables of the subnets, each once; unknown where the subnets are. */
async function tablesOf(aws: Aws, { vpcId, subnetIds }: Partial<Inputs>): Promise<string[] | undefined> {
  if (vpcId === undefined || subnetIds === undefined) return undefined
  const tables = await aws.look.routeTables({ vpcId })
  return [...new Set(subnetIds.flatMap((id) => tableOf(tables, id)?.RouteTableId ?? []))]
}
