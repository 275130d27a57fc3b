import { during, type IamPlace, owned, requested, type Scope } from './scope.ts'

const ec2 =
  (...kinds: string[]) =>
  (place: IamPlace) =>
    kinds.map((kind) => `arn:${place.partition}:ec2:${place.region}:${place.id}:${kind}`)

const namedVpcs = (place: IamPlace): string[] => place.vpcIds.flatMap((vpcId) => ec2(`vpc/${vpcId}`)(place))

/** Amazon EC2, and what it does in Route 53 in the name of whoever switches a private DNS name on. */
export const ec2Scopes: readonly Scope[] = [
  { sid: 'LookAtVpcs', actions: ['ec2:DescribeVpcAttribute'], resources: namedVpcs },
  // Without a tag: of what is gone, one that asks for tags would say "not authorized" where the answer is "not found".
  {
    sid: 'LookAtServiceUsers',
    actions: ['ec2:DescribeVpcEndpointServicePermissions'],
    resources: ec2('vpc-endpoint-service/*'),
  },
  {
    sid: 'MakeGroups',
    actions: ['ec2:CreateSecurityGroup'],
    resources: ec2('security-group/*'),
    condition: requested,
  },
  { sid: 'UseVpcs', actions: ['ec2:CreateSecurityGroup', 'ec2:CreateVpcEndpoint'], resources: namedVpcs },
  {
    sid: 'MakeEndpoints',
    actions: ['ec2:CreateVpcEndpoint'],
    resources: ec2('vpc-endpoint/*'),
    condition: (place) => ({ ...requested(place), StringLike: { 'ec2:VpceServiceName': [...place.serviceNames] } }),
  },
  {
    sid: 'UseSubnets',
    actions: ['ec2:CreateVpcEndpoint'],
    resources: (place) => place.subnetIds.flatMap((id) => ec2(`subnet/${id}`)(place)),
  },
  {
    sid: 'UseGroups',
    actions: ['ec2:CreateVpcEndpoint'],
    resources: ec2('security-group/*'),
    condition: owned,
    within: 'security-group',
  },
  // Which tables those of the named subnets are is not known here.
  {
    sid: 'UseTables',
    actions: ['ec2:CreateVpcEndpoint', 'ec2:ModifyVpcEndpoint'],
    steps: ['gateway-endpoint'],
    resources: ec2('route-table/*'),
  },
  {
    sid: 'MakeServices',
    actions: ['ec2:CreateVpcEndpointServiceConfiguration'],
    steps: ['endpoint-service'],
    resources: ec2('vpc-endpoint-service/*'),
    condition: requested,
  },
  // Only in the call that makes it ("Grant permission to tag Amazon EC2 resources during creation", EC2 user guide).
  ...(
    [
      ['TagGroups', 'security-group', 'security-group/*', 'CreateSecurityGroup'],
      ['TagEndpoints', 'interface-endpoint', 'vpc-endpoint/*', 'CreateVpcEndpoint'],
      ['TagEndpoints', 'gateway-endpoint', 'vpc-endpoint/*', 'CreateVpcEndpoint'],
      ['TagServices', 'endpoint-service', 'vpc-endpoint-service/*', 'CreateVpcEndpointServiceConfiguration'],
    ] as const
  ).map(([sid, step, kind, action]) => ({
    sid,
    actions: ['ec2:CreateTags'],
    steps: [step],
    resources: ec2(kind),
    condition: during('ec2:CreateAction', action),
  })),
  // EC2 does it in the caller's name; of which zone cannot be told (PrivateLink guide, "Private DNS names"): assumed.
  {
    sid: 'NamePrivately',
    actions: ['route53:AssociateVPCWithHostedZone'],
    resources: ({ partition }) => [`arn:${partition}:route53:::hostedzone/*`],
  },
  {
    sid: 'OwnGroups',
    actions: [
      'ec2:AuthorizeSecurityGroupIngress',
      'ec2:AuthorizeSecurityGroupEgress',
      'ec2:RevokeSecurityGroupIngress',
      'ec2:RevokeSecurityGroupEgress',
      'ec2:DeleteSecurityGroup',
    ],
    resources: ec2('security-group/*'),
    condition: owned,
  },
  {
    sid: 'OwnEndpoints',
    actions: ['ec2:ModifyVpcEndpoint', 'ec2:DeleteVpcEndpoints'],
    resources: ec2('vpc-endpoint/*'),
    condition: owned,
  },
  // What somebody has put an endpoint of ours into is taken back too: that these count as well is assumed.
  {
    sid: 'MoveEndpoints',
    actions: ['ec2:ModifyVpcEndpoint'],
    steps: ['interface-endpoint'],
    resources: ec2('subnet/*', 'security-group/*'),
  },
  {
    sid: 'OwnServices',
    actions: ['ec2:ModifyVpcEndpointServiceConfiguration', 'ec2:DeleteVpcEndpointServiceConfigurations'],
    steps: ['endpoint-service'],
    resources: ec2('vpc-endpoint-service/*'),
    condition: owned,
  },
  {
    sid: 'OwnServiceUsers',
    actions: [
      'ec2:ModifyVpcEndpointServicePermissions',
      'ec2:AcceptVpcEndpointConnections',
      'ec2:RejectVpcEndpointConnections',
    ],
    steps: ['allowed-principal', 'acceptance'],
    resources: ec2('vpc-endpoint-service/*'),
    condition: owned,
    within: 'endpoint-service',
  },
  {
    sid: 'OwnServices',
    actions: ['ec2:ModifyVpcEndpointServiceConfiguration', 'ec2:StartVpcEndpointServicePrivateDnsVerification'],
    steps: ['private-dns-name', 'private-dns-verified'],
    resources: ec2('vpc-endpoint-service/*'),
    condition: owned,
    within: 'endpoint-service',
  },
  {
    sid: 'OwnEndpoints',
    actions: ['ec2:ModifyVpcEndpoint'],
    steps: ['endpoint-private-dns'],
    resources: ec2('vpc-endpoint/*'),
    condition: owned,
    within: 'interface-endpoint',
  },
  // What a VPC link hides is made in the caller's name and without tags ("Grant permissions to create a VPC link", API
  // Gateway guide). That the calls count as made via a service (aws:ViaAWSService) is assumed.
  {
    sid: 'LetLinksMakeServices',
    actions: [
      'ec2:CreateVpcEndpointServiceConfiguration',
      'ec2:ModifyVpcEndpointServicePermissions',
      'ec2:DeleteVpcEndpointServiceConfigurations',
    ],
    steps: ['vpc-link'],
    resources: ec2('vpc-endpoint-service/*'),
    condition: () => ({ Bool: { 'aws:ViaAWSService': 'true' } }),
  },
]
