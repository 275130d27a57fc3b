import { z } from 'zod'
import type { Asked, Call } from '../operation.ts'
import { arnIn } from '../../reads/functions.ts'
import type { Demand } from '../../reads/authorization.ts'
import { passRole } from '../../reads/role-permissions.ts'

const inputSchema = z.object({
  FunctionName: z.string().optional(),
  Resource: z.string().optional(),
  Role: z.string().optional(),
  VpcConfig: z.object({}).optional(),
  Tags: z.record(z.string(), z.string()).default({}),
})

/** What Lambda looks up in EC2 with the permissions of whoever puts a function into a VPC (Lambda guide, "VPC"). */
const lookups = ['ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs']

/**
 * All that a caller must be allowed for a request to Lambda (Service Authorization Reference, "AWS Lambda"): its action on
 * the function, `lambda:TagResource` for tags given at creation, and `iam:PassRole` for the function's role.
 */
export function lambdaDemands({ operation, input: given }: Asked, call: Call): Demand[] {
  const input = inputSchema.parse(given)
  const action = operation === 'Invoke' ? 'lambda:InvokeFunction' : `lambda:${operation}`
  const named = input.FunctionName ?? input.Resource
  if (named === undefined) return [{ action, resource: '*' }]
  const resource = arnIn(call, named)
  const requestTags = Object.keys(input.Tags).length > 0 ? input.Tags : undefined
  const tags = call.world.lambda.functions[resource]?.tags
  const asked: Demand = { action, resource, tags, requestTags }
  const isCreate = operation === 'CreateFunction'
  return [
    asked,
    ...(isCreate && requestTags !== undefined ? [{ ...asked, action: 'lambda:TagResource' }] : []),
    ...(input.Role === undefined ? [] : [passRole(input.Role, 'lambda.amazonaws.com')]),
    ...(input.VpcConfig === undefined ? [] : lookups.map((name) => ({ action: name, resource: '*' }))),
  ]
}
