import { type IamPlace, owned, requested, type Scope } from './scope.ts'

const api =
  (...paths: string[]) =>
  (place: IamPlace) =>
    paths.map((path) => `arn:${place.partition}:apigateway:${place.region}::${path}`)

/** Steps whose things are APIs of ours. */
const apis = ['rest-api', 'regional-api'] as const

/** Parts of the APIs that a front door leads to. */
const producers = (part: string) => (place: IamPlace) =>
  (place.producerApiIds ?? []).flatMap((id) => api(`/restapis/${id}${part}`)(place))

/** Amazon API Gateway Management. */
export const apiGatewayScopes: readonly Scope[] = [
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
