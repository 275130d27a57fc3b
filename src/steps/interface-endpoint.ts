import type { VpcEndpoint } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { differs, minutes, seconds } from '../engine/step.ts'
import { given } from './shared/ownership.ts'
import { serviceNamesIn, vpcEndpointStep } from './shared/vpc-endpoint.ts'
import { during, owned, requested } from '../aws/permissions/conditions.ts'
import { type Action, describe, permission } from '../aws/permissions/permission.ts'
import { ec2, hostedZones, namedSubnets, namedVpcs } from '../aws/permissions/resources.ts'
import { securityGroup } from './security-group.ts'

interface Inputs {
  vpcId: string
  /** A service of another account, or `com.amazonaws.REGION.execute-api`. */
  serviceName: string
  /** These three are left out where the config names an existing endpoint: it is taken as it is. */
  subnetIds?: string[]
  securityGroupIds?: string[]
  privateDns?: boolean
}

/** The first name is the Region's; those of its zones and the private ones follow (DnsEntries, EC2 API reference). */
export const factsOf = ({ VpcEndpointId, DnsEntries: [first] = [] }: VpcEndpoint) => ({
  endpointId: given(VpcEndpointId, 'the id of the endpoint'),
  dnsName: first?.DnsName ?? null,
})

const groupsOf = ({ Groups = [] }: VpcEndpoint): string[] => Groups.flatMap(({ GroupId }) => GroupId ?? [])

/** An interface VPC endpoint: addresses in the VPC's subnets that lead to a service. */
export const interfaceEndpoint = vpcEndpointStep<Inputs, ReturnType<typeof factsOf>>({
  id: 'interface-endpoint',
  title: 'Interface endpoint',
  names: serviceNamesIn,
  facts: z.object({ endpointId: z.string(), dnsName: z.string().nullable() }),
  permissions: {
    read: [describe('ec2:DescribeVpcEndpoints')],
    create: [
      permission('UseVpcs', ['ec2:CreateVpcEndpoint'], namedVpcs),
      permission('MakeEndpoints', ['ec2:CreateVpcEndpoint'], ec2('vpc-endpoint/*'), (scope) => ({
        ...requested(scope),
        StringLike: { 'ec2:VpceServiceName': [...scope.serviceNames] },
      })),
      permission('UseSubnets', ['ec2:CreateVpcEndpoint'], namedSubnets),
      permission('UseGroups', ['ec2:CreateVpcEndpoint'], ec2('security-group/*'), owned, () => [securityGroup]),
      permission(
        'TagEndpoints',
        ['ec2:CreateTags'],
        ec2('vpc-endpoint/*'),
        during('ec2:CreateAction', 'CreateVpcEndpoint'),
      ),
      // EC2 does it in our name; the zone cannot be told (PrivateLink guide, "Private DNS names"): assumed.
      permission('NamePrivately', ['route53:AssociateVPCWithHostedZone'], hostedZones),
    ],
    update: [
      permission('OwnEndpoints', ['ec2:ModifyVpcEndpoint'], ec2('vpc-endpoint/*'), owned),
      // Subnets and groups that others have put the endpoint into are taken back too: that these count is assumed.
      permission('MoveEndpoints', ['ec2:ModifyVpcEndpoint'], ec2('subnet/*', 'security-group/*')),
      permission('NamePrivately', ['route53:AssociateVPCWithHostedZone'], hostedZones),
    ],
    delete: [permission('OwnEndpoints', ['ec2:DeleteVpcEndpoints'], ec2('vpc-endpoint/*'), owned)],
  },
  unneeded: ({ privateDns = false }): Action[] => (privateDns === false ? ['route53:AssociateVPCWithHostedZone'] : []),
  patience: { upTo: minutes(15), every: seconds(3) },
  type: 'Interface',
  factsOf,

  drift: async (_aws, endpoint, inputs) => [
    ...differs('subnetIds', endpoint.SubnetIds ?? [], inputs.subnetIds),
    ...differs('securityGroupIds', groupsOf(endpoint), inputs.securityGroupIds),
    ...differs('privateDns', endpoint.PrivateDnsEnabled ?? false, inputs.privateDns),
  ],

  settings: async (_aws, { subnetIds = [], securityGroupIds = [], privateDns = false }) => ({
    SubnetIds: subnetIds,
    SecurityGroupIds: securityGroupIds,
    PrivateDnsEnabled: privateDns,
  }),
})
