import { z } from 'zod'
import type { Asked, Call } from '../operation.ts'
import { arnOf, peek } from '../../reads/log-groups.ts'
import type { Demand } from '../../reads/authorization.ts'

const inputSchema = z.object({
  logGroupName: z.string().optional(),
  logGroupIdentifier: z.string().optional(),
  resourceArn: z.string().optional(),
  logStreamName: z.string().default(''),
  tags: z.union([z.record(z.string(), z.string()), z.array(z.string())]).default({}),
})

/** On streams, not on their group ("Actions, resources, and condition keys for Amazon CloudWatch Logs"). */
const onStreams = /^(DeleteLogStream|GetLogEvents|PutLogEvents)$/

/**
 * All that a caller must be allowed for a request to CloudWatch Logs. Tagging knows a group by its ARN as it is, all else
 * with more behind it, which a policy meets with `:*` ("CloudWatch Logs resources and operations"); what it is exactly is
 * from messages about denied access. Tags at creation need TagResource too (CreateLogGroup, API reference).
 */
export function logsDemands({ operation, input: given }: Asked, call: Call): Demand[] {
  const { logGroupName, logGroupIdentifier, resourceArn, logStreamName, tags } = inputSchema.parse(given)
  const action = `logs:${operation}`
  const requestTags = Array.isArray(tags) ? {} : tags
  const id = resourceArn ?? logGroupName ?? logGroupIdentifier ?? ''
  const group = peek(call.world, call, id)
  const arn = id.startsWith('arn:') ? id.replace(/:\*$/, '') : arnOf(call, id)
  if (resourceArn !== undefined) return [{ action, resource: arn, tags: group?.tags, requestTags }]
  const resource = `${arn}:log-stream:${onStreams.test(operation) ? logStreamName : ''}`
  const asked = { action, resource, tags: group?.tags, requestTags }
  if (operation !== 'CreateLogGroup' || Object.keys(requestTags).length === 0) return [asked]
  return [asked, { action: 'logs:TagResource', resource: arn, requestTags }]
}
