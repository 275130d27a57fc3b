import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { given } from './shared/ownership.ts'
import { vpcEndpointStep } from './shared/vpc-endpoint.ts'
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
export const gatewayEndpoint = vpcEndpointStep<Inputs, { endpointId: string }>({
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
  type: 'Gateway',
  factsOf: ({ VpcEndpointId }) => ({ endpointId: given(VpcEndpointId, 'the id of the endpoint') }),

  drift: async (aws, endpoint, inputs) =>
    differs('routeTableIds', endpoint.RouteTableIds ?? [], await tablesOf(aws, inputs)),

  settings: async (aws, inputs) => ({ RouteTableIds: (await tablesOf(aws, inputs)) ?? [] }),
})

/** The route tables of the subnets, each once; unknown where the subnets are. */
async function tablesOf(aws: Aws, { vpcId, subnetIds }: Partial<Inputs>): Promise<string[] | undefined> {
  if (vpcId === undefined || subnetIds === undefined) return undefined
  const tables = await aws.look.routeTables({ vpcId })
  return [...new Set(subnetIds.flatMap((id) => tableOf(tables, id)?.RouteTableId ?? []))]
}
