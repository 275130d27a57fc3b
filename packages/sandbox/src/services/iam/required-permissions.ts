import { byKey } from '../tags.ts'
import type { Tag } from '@aws-sdk/client-iam'
import type { PermissionsOf } from '../operation.ts'
import { findRole } from './lookup.ts'

interface OnRole {
  RoleName?: string | undefined
  Path?: string | undefined
  PolicyArn?: string | undefined
  Tags?: readonly Tag[] | undefined
}

/**
 * Every operation on a role is asked for on that role (Service Authorization Reference, "Actions, resources, and
 * condition keys for AWS Identity and Access Management").
 */
export const onRole: PermissionsOf<OnRole> = (input, call) => {
  const { RoleName = '', Path = '/', PolicyArn } = input
  const [known, role] = findRole(call, RoleName) ?? []
  return [
    {
      resource: known ?? `arn:aws:iam::${call.account}:role${Path}${RoleName}`,
      tags: role?.tags,
      requestTags: byKey(input.Tags),
      ...(PolicyArn !== undefined && { context: { 'iam:PolicyARN': PolicyArn } }),
    },
  ]
}

/** Tags in the call that makes a role need `iam:TagRole` as well (API_CreateRole). */
export const createsRole: PermissionsOf<OnRole> = (...request) =>
  onRole(...request).flatMap((one) =>
    Object.keys(one.requestTags ?? {}).length === 0
      ? [one]
      : [one, { action: 'iam:TagRole', resource: one.resource, requestTags: one.requestTags }],
  )
