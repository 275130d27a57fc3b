import { evaluatePolicy } from './policy.ts'
import { policiesInEffect } from './grants.ts'
import type { World } from '../state/world.ts'
import type { Tags, AccountRegion } from '../state/resource.ts'

/** The identity policies behind an access key; none for an account's own key and for a role that may do everything. */
export function policiesOf({ sts, iam }: World, accessKeyId: string, now: number): readonly object[] | undefined {
  const arn = sts.sessions[accessKeyId]?.role
  if (arn === undefined) return undefined
  const role = iam.roles[arn]
  // The sessions of a role that is gone may do nothing.
  return role === undefined ? [] : policiesInEffect(role, now)
}

/**
 * Tells why a caller with these policies lacks a permission, in AWS's words; nothing if it has it (IAM User Guide,
 * "Policy evaluation logic" and "Troubleshoot access denied error messages").
 */
export function denialOf(
  policies: readonly object[],
  { action, resource, tags = {}, requestTags = {}, context = {} }: RequiredPermission,
  { principal, account, region }: AccountRegion & { principal: string },
): string | undefined {
  const service = action.split(':')[0] ?? ''
  const request = {
    action,
    resource,
    principal,
    context: {
      'aws:PrincipalArn': principal,
      'aws:PrincipalAccount': account,
      'aws:RequestedRegion': region,
      // Only what a service does in the caller's name has it set ("aws:ViaAWSService", IAM User Guide).
      'aws:ViaAWSService': 'false',
      ...(Object.keys(requestTags).length > 0 && { 'aws:TagKeys': Object.keys(requestTags) }),
      ...keyed('aws:RequestTag', requestTags),
      ...keyed('aws:ResourceTag', tags),
      // The services' older spelling of the same (Service Authorization Reference, EC2 and ELB).
      ...keyed(`${service}:ResourceTag`, tags),
      ...context,
    },
  }
  const verdicts = policies.map((policy) => evaluatePolicy(policy, request).decision)
  if (!verdicts.includes('deny') && verdicts.includes('allow')) return undefined
  const on = resource === '*' ? '' : ` on resource: ${resource}`
  const why = verdicts.includes('deny')
    ? 'with an explicit deny in an identity-based policy'
    : `because no identity-based policy allows the ${action} action`
  return `User: ${principal} is not authorized to perform: ${action}${on} ${why}`
}

const keyed = (prefix: string, tags: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]))

/** A permission that a caller must have: an IAM action on one resource. */
export interface RequiredPermission {
  action: string
  /** ARN, with `*` for the id of what is still to be made; `*` where the action knows no resources. */
  resource: string
  /** Tags of the resource: `aws:ResourceTag/...` */
  tags?: Tags | undefined
  /** Tags that the request gives the resource: `aws:RequestTag/...` and `aws:TagKeys`. */
  requestTags?: Tags | undefined
  /** Condition keys of the service. */
  context?: Record<string, string | readonly string[]> | undefined
}
