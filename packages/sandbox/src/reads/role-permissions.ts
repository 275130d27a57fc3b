import type { RequiredPermission } from './authorization.ts'
import { linkedRoleArn } from './linked-roles.ts'
import type { AccountRegion } from '../state/resource.ts'

/** Permission for the first call in an account that brings a service's linked role about. */
export const makeLinkedRole = (call: Pick<AccountRegion, 'account'>, service: string): RequiredPermission => ({
  action: 'iam:CreateServiceLinkedRole',
  resource: linkedRoleArn(call, service),
  context: { 'iam:AWSServiceName': service },
})

/**
 * Permission to give a role to a service; the role's tags do not count ("Grant a user permissions to pass a
 * role to an AWS service", IAM User Guide).
 */
export const passRole = (roleArn: string, service: string): RequiredPermission => ({
  action: 'iam:PassRole',
  resource: roleArn,
  context: { 'iam:PassedToService': service },
})
