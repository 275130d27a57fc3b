import { z } from 'zod'
import type { Asked, Call, Demand } from '../operation.ts'
import { findRole } from './lookup.ts'
import { linkedRoleArn } from './linked-roles.ts'

const inputSchema = z.object({
  Path: z.string().default('/'),
  RoleName: z.string().optional(),
  PolicyArn: z.string().optional(),
  AWSServiceName: z.string().default(''),
  Tags: z.array(z.object({ Key: z.string().optional(), Value: z.string().optional() })).default([]),
})

/**
 * All that a caller must be allowed for a request to IAM: every operation on a role is asked for on that role, and the
 * rest on `*` (Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access
 * Management"). Tags in the call that makes a role need `iam:TagRole` as well (API_CreateRole).
 */
export function iamDemands({ operation, input: given }: Asked, call: Call): Demand[] {
  const input = inputSchema.parse(given)
  const action = `iam:${operation}`
  if (operation === 'CreateServiceLinkedRole') return [makeLinkedRole(call, input.AWSServiceName)]
  if (input.RoleName === undefined) return [{ action, resource: '*' }]
  const [known, role] = findRole(call, input.RoleName) ?? []
  const resource = known ?? `arn:aws:iam::${call.account}:role${input.Path}${input.RoleName}`
  const requestTags = Object.fromEntries(input.Tags.map(({ Key = '', Value = '' }) => [Key, Value]))
  const asked: Demand = {
    action,
    resource,
    tags: role?.tags,
    requestTags,
    ...(input.PolicyArn !== undefined && { context: { 'iam:PolicyARN': input.PolicyArn } }),
  }
  const tagging = operation === 'CreateRole' && input.Tags.length > 0
  return tagging ? [asked, { action: 'iam:TagRole', resource, requestTags }] : [asked]
}

/** What a service asks of whoever makes the first thing of its kind in an account, which brings its linked role about. */
export const makeLinkedRole = (call: Pick<Call, 'account'>, service: string): Demand => ({
  action: 'iam:CreateServiceLinkedRole',
  resource: linkedRoleArn(call, service),
  context: { 'iam:AWSServiceName': service },
})

/**
 * What a service asks of whoever gives it a role; a role's tags do not count there ("Grant a user permissions to pass a
 * role to an AWS service", IAM User Guide).
 */
export const passRole = (roleArn: string, service: string): Demand => ({
  action: 'iam:PassRole',
  resource: roleArn,
  context: { 'iam:PassedToService': service },
})
