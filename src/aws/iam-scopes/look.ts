import type { Scope } from './scope.ts'

/** Looks that know no resources. */
export const looks: readonly Scope[] = [
  // No action of a list knows resources; Regions are kept apart by a key that every service has.
  {
    sid: 'Look',
    actions: [
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeRouteTables',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcEndpointConnections',
      'ec2:DescribeVpcEndpointServiceConfigurations',
      'ec2:DescribeVpcEndpoints',
      'ec2:DescribeVpcs',
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:DescribeLoadBalancerAttributes',
      'elasticloadbalancing:DescribeLoadBalancers',
      'elasticloadbalancing:DescribeRules',
      'elasticloadbalancing:DescribeTags',
      'elasticloadbalancing:DescribeTargetGroupAttributes',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetHealth',
      'elasticloadbalancing:DescribeTrustStoreRevocations',
      'elasticloadbalancing:DescribeTrustStores',
    ],
    resources: () => ['*'],
    condition: ({ region }) => ({ StringEquals: { 'aws:RequestedRegion': region } }),
  },
]
