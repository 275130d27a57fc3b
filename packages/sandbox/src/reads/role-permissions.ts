import type { RequiredPermission } from './authorization.ts'
import { linkedRoleArn } from './linked-roles.ts'
import type { AccountRegion } from '../state/resource.ts'

/** What a service asks of whoever makes the first thing of its kind in an account, which brings its linked role about. */
export const makeLinkedRole = (call: Pick<AccountRegion, 'account'>, service: string): RequiredPermission => ({
  action: 'iam:CreateServiceLinkedRole',
  resource: linkedRoleArn(call, service),
  context: { 'iam:AWSServiceName': service },
})

/**
 * What a service asks of whoever gives it a role; a role's tags do not count there ("Grant a user permissions to pass a
 * role to an AWS service", IAM User Guide).
 */
export const passRole = (roleArn: string, service: string): RequiredPermission => ({
  action: 'iam:PassRole',
  resource: roleArn,
  context: { 'iam:PassedToService': service },
})
