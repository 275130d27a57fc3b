import { type Condition, during, type IamPlace, owned, requested, type Scope } from './scope.ts'

const elb = (kind: string) => (place: IamPlace) => [
  `arn:${place.partition}:elasticloadbalancing:${place.region}:${place.id}:${kind.replace('PREFIX', place.namePrefix)}`,
]

/** Steps whose things are load balancers, and of which kind. */
const balancers = [
  ['load-balancer', 'net'],
  ['proxy-load-balancer', 'app'],
] as const

/** Steps whose things are listeners, of which kind, and on whose load balancer. */
const listeners = [
  ['listener', 'net', 'load-balancer'],
  ['mtls-listener', 'app', 'proxy-load-balancer'],
  ['health-listener', 'app', 'proxy-load-balancer'],
] as const

const requestedWithin = (place: IamPlace): Condition => ({
  StringEquals: { ...requested(place)['StringEquals'], ...owned(place)['StringEquals'] },
})

/** AWS Elastic Load Balancing V2. */
export const elbScopes: readonly Scope[] = [
  ...balancers.map(([step, kind]) => ({
    sid: 'MakeBalancers',
    actions: ['elasticloadbalancing:CreateLoadBalancer'],
    steps: [step],
    resources: elb(`loadbalancer/${kind}/PREFIX*/*`),
    condition: requested,
  })),
  {
    sid: 'MakeTargetGroups',
    actions: ['elasticloadbalancing:CreateTargetGroup'],
    resources: elb('targetgroup/PREFIX*/*'),
    condition: requested,
  },
  ...listeners.map(([step, kind, holder]) => ({
    sid: 'MakeListeners',
    actions: ['elasticloadbalancing:CreateListener'],
    steps: [step],
    resources: elb(`loadbalancer/${kind}/PREFIX*/*`),
    condition: requestedWithin,
    within: holder,
  })),
  {
    sid: 'MakeRules',
    actions: ['elasticloadbalancing:CreateRule'],
    resources: elb('listener/app/PREFIX*/*'),
    condition: requestedWithin,
    within: 'mtls-listener',
  },
  {
    sid: 'MakeTrustStores',
    actions: ['elasticloadbalancing:CreateTrustStore'],
    resources: elb('truststore/PREFIX*/*'),
    condition: requested,
  },
  // ELB reads them in the caller's name: assumed.
  {
    sid: 'ReadTrust',
    actions: ['s3:GetObject', 's3:GetObjectVersion'],
    steps: ['trust-store'],
    resources: ({ partition, storedObjects = [] }) => storedObjects.map((path) => `arn:${partition}:s3:::${path}`),
  },
  // "Grant permission to tag resources during creation", ELB user guide.
  ...(
    [
      ...balancers.map(
        ([step, kind]) => ['TagBalancers', step, `loadbalancer/${kind}/PREFIX*/*`, 'CreateLoadBalancer'] as const,
      ),
      ['TagTargetGroups', 'target-group', 'targetgroup/PREFIX*/*', 'CreateTargetGroup'],
      ['TagTargetGroups', 'alb-target-group', 'targetgroup/PREFIX*/*', 'CreateTargetGroup'],
      ...listeners.map(([step, kind]) => ['TagListeners', step, `listener/${kind}/*`, 'CreateListener'] as const),
      ['TagRules', 'rewrite-rule', 'listener-rule/app/PREFIX*/*', 'CreateRule'],
      ['TagTrustStores', 'trust-store', 'truststore/PREFIX*/*', 'CreateTrustStore'],
    ] as const
  ).map(([sid, step, kind, action]) => ({
    sid,
    actions: ['elasticloadbalancing:AddTags'],
    steps: [step],
    acts: ['make'] as const,
    resources: elb(kind),
    condition: during('elasticloadbalancing:CreateAction', action),
  })),
  ...balancers.map(([step, kind]) => ({
    sid: 'OwnBalancers',
    actions: ['ModifyLoadBalancerAttributes', 'SetSecurityGroups', 'SetSubnets', 'DeleteLoadBalancer'].map(
      (name) => `elasticloadbalancing:${name}`,
    ),
    steps: [step],
    resources: elb(`loadbalancer/${kind}/PREFIX*/*`),
    condition: owned,
  })),
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
  ...listeners.map(([step, kind]) => ({
    sid: 'OwnListeners',
    actions: ['elasticloadbalancing:ModifyListener', 'elasticloadbalancing:DeleteListener'],
    steps: [step],
    resources: elb(`listener/${kind}/*`),
    condition: owned,
  })),
  {
    sid: 'OwnRules',
    actions: ['elasticloadbalancing:ModifyRule', 'elasticloadbalancing:DeleteRule'],
    resources: elb('listener-rule/app/PREFIX*/*'),
    condition: owned,
  },
  {
    sid: 'OwnTrustStores',
    actions: [
      'ModifyTrustStore',
      'AddTrustStoreRevocations',
      'RemoveTrustStoreRevocations',
      'DeleteTrustStore',
      'AddTags',
    ].map((name) => `elasticloadbalancing:${name}`),
    steps: ['trust-store'],
    acts: ['mend', 'remove'],
    resources: elb('truststore/PREFIX*/*'),
    condition: owned,
  },
]
