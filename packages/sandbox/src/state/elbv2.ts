import type { ResourceBase, Tags } from './resource.ts'
import { resources } from './table.ts'

export interface LoadBalancer extends ResourceBase {
  arn: string
  name: string
  type: 'network' | 'application'
  scheme: 'internal' | 'internet-facing'
  vpcId: string
  dnsName: string
  subnetIds: string[]
  networkInterfaceIds: string[]
  groupIds: string[]
  /** Whether inbound rules apply to PrivateLink traffic; only an NLB with security groups has it. */
  enforceOnPrivateLink: 'on' | 'off'
  /** When `provisioning` ends in `active`. */
  readyAt: number
  attributes: Record<string, string>
  /** Connections so far: whose turn it is among nodes and targets. */
  turns?: number
  tags: Tags
}

export interface HealthCheck {
  enabled: boolean
  protocol: string
  /** A number, or `traffic-port`. */
  port: string
  path?: string
  matcher?: string
  intervalSeconds: number
  timeoutSeconds: number
  healthyThreshold: number
  unhealthyThreshold: number
}

/** The results of real requests to a target so far. */
export interface Health {
  healthy: boolean
  /** `Elb.InitialHealthChecking`, `Target.Timeout`, ...; absent when healthy. */
  reason?: string
  description?: string
  /** Consecutive checks with the same result, and when the last of them was made. */
  streak: number
  streakOk: boolean
  /** 0 before the first. */
  checkedAt: number
}

export interface Target {
  id: string
  port: number
  /** The zone's name as its account sees it, or `all`; an address outside the VPC must be given one. */
  zone?: string
  registeredAt: number
  drainingUntil?: number
  health: Health
}

export interface TargetGroup extends ResourceBase {
  arn: string
  name: string
  /** TCP behind a Network Load Balancer, HTTP or HTTPS behind an Application Load Balancer. */
  protocol: string
  /** Only HTTP and HTTPS groups have it. */
  protocolVersion?: string
  port: number
  vpcId: string
  targetType: 'ip' | 'instance' | 'alb' | 'lambda'
  healthCheck: HealthCheck
  attributes: Record<string, string>
  targets: Target[]
  tags: Tags
}

/** The outcome of a connection or request: it goes to a target group, or gets a fixed response. */
export interface Outcome {
  targetGroupArn?: string
  fixedResponse?: FixedResponse
  /** The order that the caller gave. */
  order?: number
}

export interface FixedResponse {
  /** Three digits. */
  statusCode: string
  contentType?: string
  messageBody?: string
}

export interface MutualAuthentication {
  mode: 'off' | 'passthrough' | 'verify'
  trustStoreArn?: string
  ignoreExpiry?: boolean
  advertise?: 'on' | 'off'
}

export interface Listener extends ResourceBase, Outcome {
  arn: string
  loadBalancerArn: string
  protocol: string
  port: number
  /** Only HTTPS listeners have these three. */
  certificateArn?: string
  sslPolicy?: string
  mutualAuthentication?: MutualAuthentication
  attributes: Record<string, string>
  tags: Tags
}

/** A condition of a rule: the request must have one of the values. */
export interface RuleCondition {
  field: 'path-pattern' | 'host-header'
  values: string[]
}

export interface Transform {
  type: 'host-header-rewrite' | 'url-rewrite'
  regex: string
  replace: string
}

/** A rule of an application load balancer's listener, beside the default one that the listener itself is. */
export interface Rule extends ResourceBase, Outcome {
  arn: string
  listenerArn: string
  /** 1 to 50000, the lowest first. */
  priority: number
  conditions: RuleCondition[]
  transforms: Transform[]
  tags: Tags
}

export interface TrustStore extends ResourceBase {
  arn: string
  name: string
  /** When `CREATING` ends in `ACTIVE`. */
  readyAt: number
  /** PEM, as it was in S3 when it was read. */
  bundle: string
  certificates: number
  revocations: Revocation[]
  tags: Tags
}

export interface Revocation {
  revocationId: number
  /** PEM of the list, as it was in S3 when it was read. */
  list: string
  entries: number
}

/** All by ARN. */
export const elbv2Tables = {
  loadBalancers: resources<LoadBalancer>('load-balancer', {
    parts: ({ groupIds, enforceOnPrivateLink }, arn) => [
      `enforce ${arn} ${enforceOnPrivateLink}`,
      ...groupIds.map((groupId) => `in ${arn} ${groupId}`),
    ],
  }),
  targetGroups: resources<TargetGroup>('target-group', {
    parts: ({ targets }, arn, now) =>
      targets
        .filter(({ drainingUntil = Infinity }) => drainingUntil > now)
        .map(({ id, port }) => `target ${arn} ${id}:${port}`),
  }),
  listeners: resources<Listener>('listener'),
  rules: resources<Rule>('listener-rule'),
  trustStores: resources<TrustStore>('trust-store', {
    parts: ({ bundle, revocations }, arn) => [
      `bundle ${arn} ${bundle}`,
      ...revocations.map(({ list }) => `revocation ${arn} ${list}`),
    ],
  }),
}
