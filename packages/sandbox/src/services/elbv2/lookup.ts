import { isOwn } from '../../reads/own-resources.ts'
import { byKey, checkedTags } from '../tags.ts'
import type { ResourceBase, Tags } from '../../state/resource.ts'
import { durations } from '../../state/durations.ts'
import { pageFrom } from '../pages.ts'
import type { Call } from '../operation.ts'
import type { Listener, LoadBalancer, Rule, TargetGroup, TrustStore } from '../../state/elbv2.ts'
import { AwsError } from '../../state/aws-error.ts'

/** The kinds of resources of this service: each has an ARN, an account and tags. */
type Thing = LoadBalancer | TargetGroup | Listener | Rule | TrustStore

export const invalid = (message: string): AwsError => new AwsError('ValidationError', message)

function find<T extends Thing>(call: Call, table: Record<string, T>, arn: string | undefined): T | undefined {
  const item = arn === undefined ? undefined : table[arn]
  return isOwn(call, item) ? item : undefined
}

/** Throws LoadBalancerNotFound. */
export function getLoadBalancer(call: Call, arn: string | undefined): LoadBalancer {
  if (arn?.includes(':loadbalancer/') !== true) throw invalid(`'${arn}' is not a valid load balancer ARN`)
  const found = find(call, call.world.elbv2.loadBalancers, arn)
  if (!found) throw new AwsError('LoadBalancerNotFound', `Load balancer '${arn}' not found`)
  return found
}

/** Throws TargetGroupNotFound. */
export function getTargetGroup(call: Call, arn: string | undefined): TargetGroup {
  if (arn?.includes(':targetgroup/') !== true) throw invalid(`'${arn}' is not a valid target group ARN`)
  const found = find(call, call.world.elbv2.targetGroups, arn)
  if (!found) throw new AwsError('TargetGroupNotFound', 'One or more target groups not found')
  return found
}

/** Throws ListenerNotFound. */
export function getListener(call: Call, arn: string | undefined): Listener {
  if (arn?.includes(':listener/') !== true) throw invalid(`'${arn}' is not a valid listener ARN`)
  const found = find(call, call.world.elbv2.listeners, arn)
  if (!found) throw new AwsError('ListenerNotFound', 'One or more listeners not found')
  return found
}

/** Throws RuleNotFound. */
export function getRule(call: Call, arn: string | undefined): Rule {
  if (arn?.includes(':listener-rule/') !== true) throw invalid(`'${arn}' is not a valid listener rule ARN`)
  const found = find(call, call.world.elbv2.rules, arn)
  if (!found) throw new AwsError('RuleNotFound', 'One or more rules not found')
  return found
}

/** Throws TrustStoreNotFound. */
export function getTrustStore(call: Call, arn: string | undefined): TrustStore {
  if (arn?.includes(':truststore/') !== true) throw invalid(`'${arn}' is not a valid trust store ARN`)
  const found = find(call, call.world.elbv2.trustStores, arn)
  if (!found) throw new AwsError('TrustStoreNotFound', `Trust store '${arn}' not found`)
  return found
}

/** Finds a resource of any kind, by the kind in its ARN. */
export function getTagged(call: Call, arn: string): Thing {
  if (arn.includes(':listener-rule/')) return getRule(call, arn)
  if (arn.includes(':truststore/')) return getTrustStore(call, arn)
  if (arn.includes(':targetgroup/')) return getTargetGroup(call, arn)
  return arn.includes(':listener/') ? getListener(call, arn) : getLoadBalancer(call, arn)
}

/**
 * Whether a resource can be seen yet. DescribeLoadBalancerAttributes right after CreateLoadBalancer has been seen to
 * answer LoadBalancerNotFound (autobase#1669); assumed of looks by name and of target health as well.
 */
export const isVisible = (item: ResourceBase, now: number): boolean => item.createdAt + durations.visible <= now

/** A page of a listing: `Marker` is where the last one ended, `PageSize` 1 to 400 (all Describe operations). */
export function page<T>(all: readonly T[], Marker: string | undefined, PageSize = 400): [T[], string | undefined] {
  if (PageSize < 1 || PageSize > 400) throw invalid(`Page size '${PageSize}' must be between 1 and 400`)
  const { items, next } = pageFrom(all, Marker, PageSize, () => invalid(`Invalid marker: '${Marker}'`))
  return [items, next]
}

interface Pair {
  Key?: string | undefined
  Value?: string | undefined
}

/** Tags as a request has them. Throws DuplicateTagKeys, TooManyTags (50) and ValidationError (the `aws:` prefix). */
export function readTags(pairs: readonly Pair[] = []): Tags {
  const keys = pairs.map((pair) => pair.Key ?? '')
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) throw new AwsError('DuplicateTagKeys', `A tag key was specified more than once: '${twice}'`)
  return checkTags(byKey(pairs))
}

/** Checks all the tags that a resource is to have. */
export const checkTags = (tags: Tags): Tags =>
  checkedTags(tags, {
    reserved: (key) => invalid(`The tag key '${key}' is not allowed`),
    tooMany: () => new AwsError('TooManyTags', 'The limit of 50 tags per resource has been exceeded'),
  })

/**
 * Reads attributes, each by the rule for its key: a pattern its value must match. A key without one is refused, as AWS
 * refuses what it does not know.
 */
export function readAttributes(
  pairs: readonly Pair[] | undefined,
  rules: Record<string, RegExp>,
): Record<string, string> {
  const read: Record<string, string> = {}
  for (const { Key = '', Value = '' } of pairs ?? []) {
    const rule = Object.hasOwn(rules, Key) ? rules[Key] : undefined
    if (!rule) throw invalid(`Attribute key '${Key}' is not recognized`)
    if (!rule.test(Value)) throw invalid(`The value '${Value}' is not valid for the attribute '${Key}'`)
    read[Key] = Value
  }
  return read
}

/** Patterns that attributes share. */
export const patterns = { flag: /^(true|false)$/, text: /^.*$/, count: /^\d+$/ } as const

/** Whether two sets of names are equal. */
export const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one) => b.includes(one))

/** Names of load balancers and target groups (API_CreateLoadBalancer, API_CreateTargetGroup). */
export function checkName(kind: string, name: string): void {
  if (name.length === 0 || name.length > 32)
    throw invalid(`${kind} name '${name}' cannot be longer than '32' characters`)
  if (!/^[a-zA-Z0-9-]+$/.test(name))
    throw invalid(`${kind} name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`)
  if (name.startsWith('-') || name.endsWith('-')) throw invalid(`${kind} name '${name}' cannot begin or end with '-'`)
}
