import { type AccountPlace, partitionOf } from './places.ts'

/** A role whose ARN has a path cannot be allowed (ModifyVpcEndpointServicePermissions): then its whole account is. */
export function principalOf({ id, region, roleArn }: AccountPlace, allow: 'role' | 'account'): string {
  if (allow === 'role' && roleArn !== undefined && roleArn.split('/').length === 2) return roleArn
  return `arn:${partitionOf(region)}:iam::${id}:root`
}
