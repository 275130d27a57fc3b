import type { Owned, Tags } from '../../owned.ts'

export interface LoadBalancer extends Owned {
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

/** What real requests found of a target so far. */
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

export interface TargetGroup extends Owned {
  arn: string
  name: string
  protocol: string
  port: number
  vpcId: string
  targetType: 'ip' | 'instance' | 'alb' | 'lambda'
  healthCheck: HealthCheck
  attributes: Record<string, string>
  targets: Target[]
  tags: Tags
}

export interface Listener extends Owned {
  arn: string
  loadBalancerArn: string
  protocol: string
  port: number
  targetGroupArn: string
  /** As the caller gave it. */
  order?: number
  attributes: Record<string, string>
  tags: Tags
}

export interface Elbv2State {
  /** All three by ARN. */
  loadBalancers: Record<string, LoadBalancer>
  targetGroups: Record<string, TargetGroup>
  listeners: Record<string, Listener>
}
