import { during, type IamPlace, owned, requested, type Scope } from './scope.ts'

const elb = (kind: string) => (place: IamPlace) => [
  `arn:${place.partition}:elasticloadbalancing:${place.region}:${place.id}:${kind.replace('PREFIX', place.namePrefix)}`,
]

/** AWS Elastic Load Balancing V2. */
export const elbScopes: readonly Scope[] = [
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
]
