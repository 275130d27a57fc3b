import { z } from 'zod'
import type { Asked, Call } from '../operation.ts'
import { findRole } from './lookup.ts'
import type { Demand } from '../../reads/authorization.ts'
import { makeLinkedRole } from '../../reads/role-permissions.ts'

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
