import { isOwn } from '../../reads/own-resources.ts'
import { AwsError } from '../../state/aws-error.ts'
import { withoutKeys } from '../tags.ts'
import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-ecs'

import { type Call, operation } from '../operation.ts'
import { exists } from '../../state/world.ts'
import { checkTags, invalid, showTags, tagsIn } from './lookup.ts'
import { onTagged } from './required-permissions.ts'

/** Finds a resource of any kind by its ARN. Throws InvalidParameterException. */
function getTagged(call: Call, arn = '') {
  const { ecs } = call.world
  const found = ecs.clusters[arn] ?? ecs.services[arn] ?? ecs.taskDefinitions[arn] ?? ecs.tasks[arn]
  if (!arn.startsWith('arn:')) throw invalid('Invalid identifier: Identifier is for unknown resource type.')
  if (!isOwn(call, found) || ('goneAt' in found && !exists(found, call.now)))
    throw new AwsError('ResourceNotFoundException', "The specified resource wasn't found.")
  return found
}

export const tagOperations = {
  TagResource: operation<TagResourceRequest, object>()(
    ['resourceArn', 'tags'],
    onTagged,
    ({ resourceArn, tags }, call) => {
      const found = getTagged(call, resourceArn)
      found.tags = checkTags({ ...found.tags, ...tagsIn(tags) })
      return {}
    },
  ),

  UntagResource: operation<UntagResourceRequest, object>()(
    ['resourceArn', 'tagKeys'],
    onTagged,
    ({ resourceArn, tagKeys = [] }, call) => {
      const found = getTagged(call, resourceArn)
      found.tags = withoutKeys(found.tags, tagKeys)
      return {}
    },
  ),

  ListTagsForResource: operation<ListTagsForResourceRequest, ListTagsForResourceResponse>()(
    ['resourceArn'],
    onTagged,
    ({ resourceArn }, call) => ({ tags: showTags(getTagged(call, resourceArn).tags) }),
  ),
}
