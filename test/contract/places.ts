import type { WorldSpec } from '../../packages/sandbox/src/server/seed/seed.ts'

export const platform = '842340001234'
const application = '014770005678'
export const applicationRole = `arn:aws:iam::${application}:role/network-admin`
export const externalId = 'd7c1'
/** In the other network, behind the hub's transit gateway. */
export const elsewhere = '192.168.50.10'

/** Two accounts: the application's is empty, the platform's has a hub that reaches another network. */
export const places: WorldSpec = {
  accounts: [{ id: platform }, { id: application, roles: [{ arn: applicationRole, trusts: platform, externalId }] }],
  vpcs: [
    {
      account: platform,
      region: 'us-east-1',
      vpcId: 'vpc-00000000000000b0b',
      cidr: '10.3.0.0/16',
      subnets: [
        { subnetId: 'subnet-000000000000000b1', cidr: '10.3.1.0/24' },
        { subnetId: 'subnet-000000000000000b2', cidr: '10.3.2.0/24' },
      ],
      routes: [{ destination: '192.168.0.0/16', target: 'tgw-0123456789abcdef0' }],
      tags: { Name: 'hub' },
    },
  ],
  endpoints: [
    {
      account: platform,
      region: 'us-east-1',
      endpointId: 'vpce-000000000000000b3',
      vpcId: 'vpc-00000000000000b0b',
      subnetIds: ['subnet-000000000000000b1', 'subnet-000000000000000b2'],
      serviceName: 'com.amazonaws.us-east-1.execute-api',
      privateDns: true,
    },
  ],
  hosts: [{ vpcId: 'outside', ip: elsewhere, port: 8080, name: 'elsewhere' }],
}
