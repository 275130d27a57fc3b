import { arnOf, findGroup } from '../../reads/log-groups.ts'
import type { Tags } from '../../state/resource.ts'
import type { Call, PermissionOn, PermissionsOf } from '../operation.ts'

interface OnGroup {
  logGroupName?: string | undefined
  logGroupIdentifier?: string | undefined
}

/** The ARN of a group by its name or its ARN, and its tags. */
function groupOf(call: Call, id: string): { arn: string } & Pick<PermissionOn, 'tags'> {
  const arn = id.startsWith('arn:') ? id.replace(/:\*$/, '') : arnOf(call, id)
  return { arn, tags: findGroup(call.world, call, id)?.tags }
}

/**
 * Actions on a group are asked for with more behind its ARN, which a policy meets with `:*` ("CloudWatch Logs resources
 * and operations"); what it is exactly is from messages about denied access.
 */
export const onGroup: PermissionsOf<OnGroup> = (input, call) => {
  const { arn, tags } = groupOf(call, input.logGroupName ?? input.logGroupIdentifier ?? '')
  return [{ resource: `${arn}:log-stream:`, tags }]
}

/** On a stream, not on its group ("Actions, resources, and condition keys for Amazon CloudWatch Logs"). */
export const onStream: PermissionsOf<OnGroup & { logStreamName?: string | undefined }> = (input, call, requested) =>
  onGroup(input, call, requested).map((one) => ({ ...one, resource: `${one.resource}${input.logStreamName ?? ''}` }))

/** Tagging knows a group by its ARN as it is. */
export const onTagged: PermissionsOf<{ resourceArn?: string | undefined; tags?: Tags | undefined }> = (input, call) => {
  const { arn, tags } = groupOf(call, input.resourceArn ?? '')
  return [{ resource: arn, tags, requestTags: input.tags }]
}

/** Requires the action on a group for a call that gives tags. */
export const tagsGroup: PermissionsOf<OnGroup & { tags?: Tags | undefined }> = (input, ...rest) =>
  onGroup(input, ...rest).map((one) => ({ ...one, requestTags: input.tags }))

/** Tags at creation need TagResource too (CreateLogGroup, API reference). */
export const createsGroup: PermissionsOf<OnGroup & { tags?: Tags | undefined }> = (input, call, requested) => {
  const requestTags = input.tags ?? {}
  const tagging = { action: 'logs:TagResource', resource: groupOf(call, input.logGroupName ?? '').arn, requestTags }
  return [...tagsGroup(input, call, requested), ...(Object.keys(requestTags).length === 0 ? [] : [tagging])]
}
