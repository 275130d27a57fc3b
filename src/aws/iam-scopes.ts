import type { Actions } from '../engine/step.ts'
import { tagKeys } from './tags.ts'

/** An account in one Region, with what the config says exists there. */
export interface IamPlace {
  partition: string
  region: string
  /** Twelve digits. */
  id: string
  deployment: string
  /** What the names of load balancers and target groups of the deployment begin with. */
  namePrefix: string
  vpcIds: readonly string[]
  subnetIds: readonly string[]
  /** Patterns of the services that interface endpoints are made for. */
  serviceNames: readonly string[]
  /** APIs of somebody else that a front door leads to. */
  producerApiIds?: readonly string[]
}

export type Condition = Record<string, Record<string, string | string[]>>

/** What an action is allowed on, for the steps and acts that it is needed for. */
export interface Scope {
  /** Of the statement; scopes with the same one and the same condition become one statement. */
  sid: string
  actions: readonly string[]
  /** Without them, any step's. */
  steps?: readonly string[]
  /** Without them, any of the step's acts. */
  acts?: readonly (keyof Actions)[]
  resources(place: IamPlace): string[]
  condition?: (place: IamPlace) => Condition
  /** The step, or steps, whose thing it acts within: if the config adopts that, it carries no tag, and is named instead. */
  within?: string | readonly string[]
}

const ec2 =
  (...kinds: string[]) =>
  (place: IamPlace) =>
    kinds.map((kind) => `arn:${place.partition}:ec2:${place.region}:${place.id}:${kind}`)

const elb = (kind: string) => (place: IamPlace) => [
  `arn:${place.partition}:elasticloadbalancing:${place.region}:${place.id}:${kind.replace('PREFIX', place.namePrefix)}`,
]

const api =
  (...paths: string[]) =>
  (place: IamPlace) =>
    paths.map((path) => `arn:${place.partition}:apigateway:${place.region}::${path}`)

/** Steps whose things are APIs of ours. */
const apis = ['rest-api', 'regional-api'] as const

/** Parts of the APIs that a front door leads to. */
const producers = (part: string) => (place: IamPlace) =>
  (place.producerApiIds ?? []).flatMap((id) => api(`/restapis/${id}${part}`)(place))

const requested = ({ deployment }: IamPlace): Condition => ({
  StringEquals: { [`aws:RequestTag/${tagKeys.deployment}`]: deployment },
})

/** The condition that `openTo` leaves out for what is adopted. */
export const ownedKey = `aws:ResourceTag/${tagKeys.deployment}`

const owned = ({ deployment }: IamPlace): Condition => ({ StringEquals: { [ownedKey]: deployment } })

const during =
  (key: string, action: string) =>
  (place: IamPlace): Condition => ({ StringEquals: { ...requested(place)['StringEquals'], [key]: action } })

const namedVpcs = (place: IamPlace): string[] => place.vpcIds.flatMap((vpcId) => ec2(`vpc/${vpcId}`)(place))

/**
 * What AWS lets a permission be narrowed to. Resource types and condition keys: Service Authorization Reference, for
 * Amazon EC2, AWS Elastic Load Balancing V2, Amazon API Gateway Management, Amazon Route 53 and AWS IAM; other sources
 * are named where they are used.
 */
export const scopes: readonly Scope[] = [
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
      'elasticloadbalancing:DescribeTags',
      'elasticloadbalancing:DescribeTargetGroupAttributes',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetHealth',
    ],
    resources: () => ['*'],
    condition: ({ region }) => ({ StringEquals: { 'aws:RequestedRegion': region } }),
  },
  { sid: 'LookAtVpcs', actions: ['ec2:DescribeVpcAttribute'], resources: namedVpcs },
  // Without a tag: of what is gone, one that asks for tags would say "not authorized" where the answer is "not found".
  {
    sid: 'LookAtServiceUsers',
    actions: ['ec2:DescribeVpcEndpointServicePermissions'],
    resources: ec2('vpc-endpoint-service/*'),
  },
  {
    sid: 'LookAtApis',
    actions: ['apigateway:GET'],
    steps: [
      ...apis,
      'api-definition',
      'front-definition',
      'stage',
      'stage-link',
      'stage-settings',
      'test-call',
      'internet-call',
      'producer-api',
      'policy-entry',
      'quotas',
    ],
    resources: api('/restapis', '/restapis/*'),
  },
  {
    sid: 'LookAtLinks',
    actions: ['apigateway:GET'],
    steps: ['vpc-link', 'stage-link', 'quotas'],
    resources: api('/vpclinks'),
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
  { sid: 'MoveEndpoints', actions: ['ec2:ModifyVpcEndpoint'], resources: ec2('subnet/*', 'security-group/*') },
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

  {
    sid: 'MakeBalancers',
    actions: ['elasticloadbalancing:CreateLoadBalancer'],
    resources: elb('loadbalancer/net/PREFIX*/*'),
    condition: requested,
  },
  {
    sid: 'MakeTargetGroups',
    actions: ['elasticloadbalancing:CreateTargetGroup'],
    resources: elb('targetgroup/PREFIX*/*'),
    condition: requested,
  },
  {
    sid: 'MakeListeners',
    actions: ['elasticloadbalancing:CreateListener'],
    resources: elb('loadbalancer/net/PREFIX*/*'),
    condition: (place) => ({ StringEquals: { ...requested(place)['StringEquals'], ...owned(place)['StringEquals'] } }),
    within: 'load-balancer',
  },
  // "Grant permission to tag resources during creation", ELB user guide.
  ...(
    [
      ['TagBalancers', 'load-balancer', 'loadbalancer/net/PREFIX*/*', 'CreateLoadBalancer'],
      ['TagTargetGroups', 'target-group', 'targetgroup/PREFIX*/*', 'CreateTargetGroup'],
      ['TagListeners', 'listener', 'listener/net/*', 'CreateListener'],
    ] as const
  ).map(([sid, step, kind, action]) => ({
    sid,
    actions: ['elasticloadbalancing:AddTags'],
    steps: [step],
    resources: elb(kind),
    condition: during('elasticloadbalancing:CreateAction', action),
  })),
  {
    sid: 'OwnBalancers',
    actions: ['ModifyLoadBalancerAttributes', 'SetSecurityGroups', 'SetSubnets', 'DeleteLoadBalancer'].map(
      (name) => `elasticloadbalancing:${name}`,
    ),
    resources: elb('loadbalancer/net/PREFIX*/*'),
    condition: owned,
  },
  {
    sid: 'OwnTargetGroups',
    actions: [
      'ModifyTargetGroup',
      'ModifyTargetGroupAttributes',
      'RegisterTargets',
      'DeregisterTargets',
      'DeleteTargetGroup',
    ].map((name) => `elasticloadbalancing:${name}`),
    resources: elb('targetgroup/PREFIX*/*'),
    condition: owned,
  },
  {
    sid: 'OwnListeners',
    actions: ['elasticloadbalancing:ModifyListener', 'elasticloadbalancing:DeleteListener'],
    resources: elb('listener/net/*'),
    condition: owned,
  },
  // With an account's first load balancer ("Service-linked roles for Elastic Load Balancing").
  {
    sid: 'FirstBalancer',
    actions: ['iam:CreateServiceLinkedRole'],
    resources: ({ partition, id }) => [
      `arn:${partition}:iam::${id}:role/aws-service-role/elasticloadbalancing.amazonaws.com/*`,
    ],
    condition: () => ({ StringEquals: { 'iam:AWSServiceName': 'elasticloadbalancing.amazonaws.com' } }),
  },

  {
    sid: 'MakeApis',
    actions: ['apigateway:POST'],
    steps: apis,
    resources: api('/restapis'),
    condition: requested,
  },
  {
    sid: 'MakeLinks',
    actions: ['apigateway:POST'],
    steps: ['vpc-link'],
    resources: api('/vpclinks'),
    condition: requested,
  },
  // Tags given at creation (mattclay/aws-terminator#284); to tag what is there takes PATCH on it (iann0036/iam-dataset#39).
  {
    sid: 'TagApisAndLinks',
    actions: ['apigateway:PUT'],
    steps: [...apis, 'vpc-link'],
    resources: api('/tags/*'),
    condition: requested,
  },
  // Parts of an API are told by its tags ("API Gateway resources that can be tagged": tag inheritance).
  {
    sid: 'OwnApis',
    actions: ['apigateway:PUT', 'apigateway:UpdateRestApiPolicy'],
    steps: ['api-definition', 'front-definition'],
    resources: api('/restapis/*'),
    condition: owned,
    within: apis,
  },
  {
    sid: 'OwnApis',
    actions: ['apigateway:DELETE'],
    steps: apis,
    resources: api('/restapis/*'),
    condition: owned,
  },
  {
    sid: 'Deploy',
    actions: ['apigateway:POST'],
    steps: ['stage'],
    resources: api('/restapis/*/deployments'),
    condition: owned,
    within: apis,
  },
  {
    sid: 'Prune',
    actions: ['apigateway:DELETE'],
    steps: ['stage'],
    acts: ['mend'],
    resources: api('/restapis/*/deployments/*'),
    condition: owned,
    within: apis,
  },
  {
    sid: 'OwnStages',
    actions: ['apigateway:PATCH'],
    steps: ['stage-link', 'stage-settings'],
    resources: api('/restapis/*/stages/*'),
    condition: owned,
    within: apis,
  },
  {
    sid: 'OwnStages',
    actions: ['apigateway:DELETE'],
    steps: ['stage'],
    acts: ['remove'],
    resources: api('/restapis/*/stages/*'),
    condition: owned,
    within: apis,
  },
  {
    sid: 'OwnLinks',
    actions: ['apigateway:DELETE'],
    steps: ['vpc-link'],
    resources: api('/vpclinks/*'),
    condition: owned,
  },
  // TestInvokeMethod really calls the backend: leave this out if test calls are made from inside the network.
  {
    sid: 'TestCallsByControlPlane',
    actions: ['apigateway:POST'],
    steps: ['test-call', 'internet-call'],
    resources: api('/restapis/*/resources/*/methods/*'),
    condition: owned,
    within: apis,
  },
  // Somebody else's APIs carry no tag of ours: those that the config names.
  {
    sid: 'TestCallsToProducers',
    actions: ['apigateway:POST'],
    steps: ['test-call'],
    resources: producers('/resources/*/methods/*'),
  },
  {
    sid: 'ExtendPolicies',
    actions: ['apigateway:PATCH', 'apigateway:UpdateRestApiPolicy'],
    steps: ['policy-entry'],
    resources: producers(''),
  },
  {
    sid: 'PutStagesBack',
    actions: ['apigateway:PATCH'],
    steps: ['policy-entry'],
    acts: ['remove'],
    resources: producers('/stages/*'),
  },
  {
    sid: 'DeployProducers',
    actions: ['apigateway:POST'],
    steps: ['policy-entry'],
    resources: producers('/deployments'),
  },
  {
    sid: 'PruneProducers',
    actions: ['apigateway:DELETE'],
    steps: ['policy-entry'],
    acts: ['remove'],
    resources: producers('/deployments/*'),
  },
  { sid: 'LookAtLogging', actions: ['apigateway:GET'], steps: ['account-logging'], resources: api('/account') },
]
