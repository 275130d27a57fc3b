// Decides whom an endpoint service allows: the role of an account, or the whole account.
import { partitionOf } from '../aws/partition.ts'
import { type ResolvedAccount } from './accounts-and-networks.ts'

/**
 * The principal of an account that an endpoint service allows. A role whose ARN has a path cannot be allowed
 * (ModifyVpcEndpointServicePermissions): then its whole account is.
 */
export function principalOf({ id, region, roleArn }: ResolvedAccount, allow: 'role' | 'account'): string {
  if (allow === 'role' && roleArn !== undefined && roleArn.split('/').length === 2) return roleArn
  return `arn:${partitionOf(region)}:iam::${id}:root`
}
