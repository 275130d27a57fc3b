import type { VpcEndpoint } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { differs, minutes, seconds } from '../engine/step.ts'
import { given } from './shared/ownership.ts'
import { vpcEndpointStep } from './shared/vpc-endpoint.ts'

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
  facts: z.object({ endpointId: z.string(), dnsName: z.string().nullable() }),
  actions: {
    look: ['ec2:DescribeVpcEndpoints'],
    make: ['ec2:CreateVpcEndpoint', 'ec2:CreateTags', 'route53:AssociateVPCWithHostedZone'],
    mend: ['ec2:ModifyVpcEndpoint', 'route53:AssociateVPCWithHostedZone'],
    remove: ['ec2:DeleteVpcEndpoints'],
  },
  spares: ({ privateDns = false }) => (privateDns === false ? ['route53:AssociateVPCWithHostedZone'] : []),
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
