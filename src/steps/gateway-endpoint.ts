import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { given } from './shared/ownership.ts'
import { serviceNamesIn, vpcEndpointStep } from './shared/vpc-endpoint.ts'
import { tableOf } from './routes.ts'
import { during, owned, requested } from '../aws/permissions/conditions.ts'
import { describe, permission } from '../aws/permissions/permission.ts'
import { ec2, namedSubnets, namedVpcs } from '../aws/permissions/resources.ts'
import { securityGroup } from './security-group.ts'

interface Inputs {
  vpcId: string
  /** `com.amazonaws.REGION.s3` */
  serviceName: string
  /** It has its route in their route tables. Left out where the config names an existing endpoint. */
  subnetIds?: string[]
}

/**
 * A gateway endpoint, which costs nothing and has no address: it is a route in route tables, which come back as they
 * were when it goes ("Gateway endpoints", AWS PrivateLink guide).
 */
export const gatewayEndpoint = vpcEndpointStep<Inputs, { endpointId: string }>({
  id: 'gateway-endpoint',
  title: 'Gateway endpoint',
  names: serviceNamesIn,
  facts: z.object({ endpointId: z.string() }),
  permissions: {
    read: [describe('ec2:DescribeVpcEndpoints', 'ec2:DescribeRouteTables')],
    create: [
      permission('UseVpcs', ['ec2:CreateVpcEndpoint'], namedVpcs),
      permission('MakeEndpoints', ['ec2:CreateVpcEndpoint'], ec2('vpc-endpoint/*'), (scope) => ({
        ...requested(scope),
        StringLike: { 'ec2:VpceServiceName': [...scope.serviceNames] },
      })),
      permission('UseSubnets', ['ec2:CreateVpcEndpoint'], namedSubnets),
      permission('UseGroups', ['ec2:CreateVpcEndpoint'], ec2('security-group/*'), owned, () => [securityGroup]),
      // The config does not say which tables those of its subnets are.
      permission('UseTables', ['ec2:CreateVpcEndpoint'], ec2('route-table/*')),
      permission(
        'TagEndpoints',
        ['ec2:CreateTags'],
        ec2('vpc-endpoint/*'),
        during('ec2:CreateAction', 'CreateVpcEndpoint'),
      ),
    ],
    update: [
      permission('UseTables', ['ec2:ModifyVpcEndpoint'], ec2('route-table/*')),
      permission('OwnEndpoints', ['ec2:ModifyVpcEndpoint'], ec2('vpc-endpoint/*'), owned),
    ],
    delete: [permission('OwnEndpoints', ['ec2:DeleteVpcEndpoints'], ec2('vpc-endpoint/*'), owned)],
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
  const tables = await aws.reads.routeTables({ vpcId })
  return [...new Set(subnetIds.flatMap((id) => tableOf(tables, id)?.RouteTableId ?? []))]
}
