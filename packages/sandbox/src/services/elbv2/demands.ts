import { z } from 'zod'
import type { Asked, Call } from '../operation.ts'
import type { Demand } from '../../reads/authorization.ts'
import { makeLinkedRole } from '../../reads/role-permissions.ts'

const inputSchema = z.object({
  Name: z.string().default(''),
  Type: z.string().default('application'),
  LoadBalancerArn: z.string().optional(),
  TargetGroupArn: z.string().optional(),
  ListenerArn: z.string().optional(),
  RuleArn: z.string().optional(),
  TrustStoreArn: z.string().optional(),
  RulePriorities: z.array(z.object({ RuleArn: z.string().optional() })).default([]),
  CaCertificatesBundleS3Bucket: z.string().optional(),
  CaCertificatesBundleS3Key: z.string().optional(),
  CaCertificatesBundleS3ObjectVersion: z.string().optional(),
  RevocationContents: z
    .array(
      z.object({
        S3Bucket: z.string().optional(),
        S3Key: z.string().optional(),
        S3ObjectVersion: z.string().optional(),
      }),
    )
    .default([]),
  ResourceArns: z.array(z.string()).default([]),
  Tags: z.array(z.object({ Key: z.string().optional(), Value: z.string().optional() })).default([]),
})

type Input = z.output<typeof inputSchema>

const tagsIn = ({ Tags }: Input) => Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]))

const arnOf = ({ account, region }: Call, rest: string): string =>
  `arn:aws:elasticloadbalancing:${region}:${account}:${rest}`

/** A thing by its ARN, with its tags. */
function thing({ world: { elbv2 } }: Call, arn = '*'): Omit<Demand, 'action'> {
  const { loadBalancers, targetGroups, listeners, rules, trustStores } = elbv2
  const found = loadBalancers[arn] ?? targetGroups[arn] ?? listeners[arn] ?? rules[arn] ?? trustStores[arn]
  return { resource: arn, tags: found?.tags }
}

const kindOf = ({ Type }: Input): string => ({ network: 'net', gateway: 'gwy' })[Type] ?? 'app'

/** What a create call makes, with `*` for what has no id yet; a listener is made under its load balancer's name. */
const made: Record<string, (input: Input) => string> = {
  CreateLoadBalancer: (input) => `loadbalancer/${kindOf(input)}/${input.Name}/*`,
  CreateTargetGroup: ({ Name }) => `targetgroup/${Name}/*`,
  CreateListener: ({ LoadBalancerArn = '' }) => `listener/${LoadBalancerArn.split(':loadbalancer/')[1] ?? ''}/*`,
  CreateRule: ({ ListenerArn = '' }) => `listener-rule/${ListenerArn.split(':listener/')[1] ?? ''}/*`,
  CreateTrustStore: ({ Name }) => `truststore/${Name}/*`,
}

const ofBalancer = (input: Input, call: Call) => thing(call, input.LoadBalancerArn)
const ofGroup = (input: Input, call: Call) => thing(call, input.TargetGroupArn)
const ofListener = (input: Input, call: Call) => thing(call, input.ListenerArn)
const ofRule = (input: Input, call: Call) => thing(call, input.RuleArn)
const ofTrustStore = (input: Input, call: Call) => thing(call, input.TrustStoreArn)

/**
 * The resource that an action is asked for on (Service Authorization Reference, "Actions, resources, and condition keys
 * for AWS Elastic Load Balancing V2"); a listener is made on its load balancer, a rule on its listener. Other things are
 * asked for on what is made. No Describe knows any: those are asked for on `*`, and so are operations that are not here.
 */
const resources: Record<string, (input: Input, call: Call) => Omit<Demand, 'action'>> = {
  CreateListener: ofBalancer,
  DeleteLoadBalancer: ofBalancer,
  ModifyLoadBalancerAttributes: ofBalancer,
  SetSecurityGroups: ofBalancer,
  SetSubnets: ofBalancer,
  DeleteTargetGroup: ofGroup,
  ModifyTargetGroup: ofGroup,
  ModifyTargetGroupAttributes: ofGroup,
  RegisterTargets: ofGroup,
  DeregisterTargets: ofGroup,
  DeleteListener: ofListener,
  ModifyListener: ofListener,
  CreateRule: ofListener,
  ModifyRule: ofRule,
  DeleteRule: ofRule,
  ModifyTrustStore: ofTrustStore,
  DeleteTrustStore: ofTrustStore,
  AddTrustStoreRevocations: ofTrustStore,
  RemoveTrustStoreRevocations: ofTrustStore,
}

/** All that a caller must be allowed for a request to ELB. */
export function elbv2Demands({ operation, input: given }: Asked, call: Call): Demand[] {
  const input = inputSchema.parse(given)
  const action = `elasticloadbalancing:${operation}`
  const requestTags = tagsIn(input)
  if (['AddTags', 'RemoveTags'].includes(operation)) {
    return input.ResourceArns.map((arn) => ({ action, ...thing(call, arn), requestTags }))
  }
  if (operation === 'SetRulePriorities')
    return input.RulePriorities.map(({ RuleArn }) => ({ action, ...thing(call, RuleArn) }))
  const name = made[operation]?.(input)
  const fresh = name === undefined ? undefined : arnOf(call, name)
  const on = resources[operation]?.(input, call) ?? { resource: fresh ?? '*' }
  return [
    { action, ...on, requestTags },
    ...reading(input),
    ...(fresh === undefined ? [] : tagging(operation, fresh, requestTags)),
    ...serviceLinkedRole(operation, call),
  ]
}

/**
 * What a trust store is made of is read from S3 in the caller's name ("Configuring mutual TLS", ALB guide: the console asks
 * for it; that it counts as the caller's own is assumed).
 */
function reading(input: Input): Demand[] {
  const bundle = {
    S3Bucket: input.CaCertificatesBundleS3Bucket,
    S3Key: input.CaCertificatesBundleS3Key,
    S3ObjectVersion: input.CaCertificatesBundleS3ObjectVersion,
  }
  return [bundle, ...input.RevocationContents]
    .filter(({ S3Bucket }) => S3Bucket !== undefined)
    .map(({ S3Bucket, S3Key, S3ObjectVersion }) => ({
      action: S3ObjectVersion === undefined ? 's3:GetObject' : 's3:GetObjectVersion',
      resource: `arn:aws:s3:::${S3Bucket}/${S3Key}`,
    }))
}

/** Tags in the same call need a permission of their own ("Grant permission to tag resources during creation", ELB). */
const tagging = (operation: string, resource: string, requestTags: Record<string, string>): Demand[] =>
  Object.keys(requestTags).length === 0
    ? []
    : [
        {
          action: 'elasticloadbalancing:AddTags',
          resource,
          requestTags,
          context: { 'elasticloadbalancing:CreateAction': operation },
        },
      ]

/**
 * An account's first load balancer brings ELB's service-linked role about ("Service-linked roles for Elastic Load
 * Balancing"). An account without load balancers counts as one without the role.
 */
function serviceLinkedRole(operation: string, call: Call): Demand[] {
  const isFirst = !Object.values(call.world.elbv2.loadBalancers).some((one) => one.account === call.account)
  if (operation !== 'CreateLoadBalancer' || !isFirst) return []
  return [makeLinkedRole(call, 'elasticloadbalancing.amazonaws.com')]
}
