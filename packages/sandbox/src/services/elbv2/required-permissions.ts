import { byKey } from '../tags.ts'
import type { Tag } from '@aws-sdk/client-elastic-load-balancing-v2'
import { makeLinkedRole } from '../../reads/role-permissions.ts'
import type { Call, PermissionOn, PermissionsOf } from '../operation.ts'

/**
 * The resources of ELB's actions are those of the Service Authorization Reference, "Actions, resources, and condition
 * keys for AWS Elastic Load Balancing V2": a listener is made on its load balancer, a rule on its listener; other
 * resources are asked for on what is made. No Describe knows any resource.
 */

interface Tagging {
  Tags?: readonly Tag[] | undefined
}

/** A resource by its ARN, with its tags. */
export function existing({ world: { elbv2 } }: Call, arn = '*'): PermissionOn {
  const { loadBalancers, targetGroups, listeners, rules, trustStores } = elbv2
  const found = loadBalancers[arn] ?? targetGroups[arn] ?? listeners[arn] ?? rules[arn] ?? trustStores[arn]
  return { resource: arn, tags: found?.tags }
}

/** Requires the operation's action on the resource that a member names. */
export const onThe =
  <Member extends string>(member: Member): PermissionsOf<{ readonly [M in Member]?: string | undefined }> =>
  (input, call) => [existing(call, input[member])]

export const onTagged: PermissionsOf<Tagging & { ResourceArns?: readonly string[] | undefined }> = (input, call) =>
  (input.ResourceArns ?? []).map((arn) => ({ ...existing(call, arn), requestTags: byKey(input.Tags) }))

const arnOf = ({ account, region }: Call, rest: string): string =>
  `arn:aws:elasticloadbalancing:${region}:${account}:${rest}`

/** Tags in the same call need a permission of their own ("Grant permission to tag resources during creation", ELB). */
export const makes =
  <Named, Within = unknown>(
    nameOf: (input: Named) => string,
    within?: PermissionsOf<Within>,
  ): PermissionsOf<Tagging & Named & Within> =>
  (input, call, requested) => {
    const resource = arnOf(call, nameOf(input))
    const requestTags = byKey(input.Tags)
    const context = { 'elasticloadbalancing:CreateAction': requested.operation }
    const tagging = { action: 'elasticloadbalancing:AddTags', resource, requestTags, context }
    return [
      ...(within?.(input, call, requested) ?? [{ resource }]).map((one) => ({ ...one, requestTags })),
      ...(Object.keys(requestTags).length === 0 ? [] : [tagging]),
    ]
  }

/** Names of resources that are still to be made: `*` stands for the id. */
export const newNames = {
  targetGroup: ({ Name = '' }: { Name?: string | undefined }) => `targetgroup/${Name}/*`,
  trustStore: ({ Name = '' }: { Name?: string | undefined }) => `truststore/${Name}/*`,
  loadBalancer: ({ Name = '', Type = '' }: { Name?: string | undefined; Type?: string | undefined }) =>
    `loadbalancer/${{ network: 'net', gateway: 'gwy' }[Type] ?? 'app'}/${Name}/*`,
  listener: ({ LoadBalancerArn = '' }: { LoadBalancerArn?: string | undefined }) =>
    `listener/${LoadBalancerArn.split(':loadbalancer/')[1] ?? ''}/*`,
  rule: ({ ListenerArn = '' }: { ListenerArn?: string | undefined }) =>
    `listener-rule/${ListenerArn.split(':listener/')[1] ?? ''}/*`,
}

/**
 * An account's first load balancer brings ELB's service-linked role about ("Service-linked roles for Elastic Load
 * Balancing"). An account without load balancers counts as one without the role.
 */
export const serviceLinkedRole: PermissionsOf<object> = (_, call) =>
  Object.values(call.world.elbv2.loadBalancers).some((one) => one.account === call.account)
    ? []
    : [makeLinkedRole(call, 'elasticloadbalancing.amazonaws.com')]

interface ObjectInS3 {
  S3Bucket?: string | undefined
  S3Key?: string | undefined
  S3ObjectVersion?: string | undefined
}

/**
 * ELB reads a trust store's files from S3 in the caller's name ("Configuring mutual TLS", ALB guide: the console asks
 * for it; that it counts as the caller's own is assumed).
 */
const reads = (objects: readonly ObjectInS3[]): PermissionOn[] =>
  objects
    .filter(({ S3Bucket }) => S3Bucket !== undefined)
    .map(({ S3Bucket, S3Key, S3ObjectVersion }) => ({
      action: S3ObjectVersion === undefined ? 's3:GetObject' : 's3:GetObjectVersion',
      resource: `arn:aws:s3:::${S3Bucket}/${S3Key}`,
    }))

interface Bundle {
  CaCertificatesBundleS3Bucket?: string | undefined
  CaCertificatesBundleS3Key?: string | undefined
  CaCertificatesBundleS3ObjectVersion?: string | undefined
}

export const readsBundle: PermissionsOf<Bundle> = (input) =>
  reads([
    {
      S3Bucket: input.CaCertificatesBundleS3Bucket,
      S3Key: input.CaCertificatesBundleS3Key,
      S3ObjectVersion: input.CaCertificatesBundleS3ObjectVersion,
    },
  ])

export const readsRevocations: PermissionsOf<{ RevocationContents?: readonly ObjectInS3[] | undefined }> = ({
  RevocationContents = [],
}) => reads(RevocationContents)
