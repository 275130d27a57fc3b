import type { WorldSpec } from '../../packages/sandbox/src/server/seed/seed.ts'

export const provider = '111111111111'
export const consumer = '222222222222'
export const region = 'us-east-1'
export const loadBalancerArn = `arn:aws:elasticloadbalancing:${region}:${provider}:loadbalancer/net/app/0123456789abcdef`

/** A provider with a load balancer in az1 and az2, and a consumer with a subnet in each of az1, az2 (two) and az3. */
export const twoAccounts: WorldSpec = {
  vpcs: [
    {
      account: provider,
      region,
      vpcId: 'vpc-0000000000000aaaa',
      cidr: '10.1.0.0/16',
      subnets: [
        { subnetId: 'subnet-000000000000aaaa1', cidr: '10.1.1.0/24', zoneId: 'use1-az1' },
        { subnetId: 'subnet-000000000000aaaa2', cidr: '10.1.2.0/24', zoneId: 'use1-az2' },
      ],
    },
    {
      account: consumer,
      region,
      vpcId: 'vpc-0000000000000bbbb',
      cidr: '10.2.0.0/16',
      subnets: [
        { subnetId: 'subnet-000000000000bbbb1', cidr: '10.2.1.0/24', zoneId: 'use1-az1' },
        { subnetId: 'subnet-000000000000bbbb2', cidr: '10.2.2.0/24', zoneId: 'use1-az2' },
        { subnetId: 'subnet-000000000000bbbb3', cidr: '10.2.3.0/24', zoneId: 'use1-az3' },
        { subnetId: 'subnet-000000000000bbbb4', cidr: '10.2.4.0/28', zoneId: 'use1-az2' },
      ],
    },
  ],
  loadBalancers: [
    {
      account: provider,
      region,
      arn: loadBalancerArn,
      vpcId: 'vpc-0000000000000aaaa',
      subnetIds: ['subnet-000000000000aaaa1', 'subnet-000000000000aaaa2'],
      listeners: [],
    },
  ],
}
