import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  ListTagsLogGroupRequest,
  ListTagsLogGroupResponse,
  TagLogGroupRequest,
  TagResourceRequest,
  UntagLogGroupRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Tags } from '../../state/resource.ts'
import { operation } from '../operation.ts'
import { invalid, look } from '../../reads/log-groups.ts'
import type { LogGroup } from '../../state/logs.ts'

function addTags(group: LogGroup, tags: Tags = {}): object {
  const all = { ...group.tags, ...tags }
  if (Object.keys(all).length > 50) throw invalid('A resource can have 50 tags at most')
  group.tags = all
  return {}
}

function removeTags(group: LogGroup, keys: readonly string[] = []): object {
  for (const key of keys) delete group.tags[key]
  return {}
}

/** By the group's ARN, and by its name in the operations that came before. */
export const tagOperations = {
  TagResource: operation<TagResourceRequest, object>()(['resourceArn', 'tags'], ({ resourceArn, tags }, call) =>
    addTags(look(call, resourceArn), tags),
  ),
  UntagResource: operation<UntagResourceRequest, object>()(
    ['resourceArn', 'tagKeys'],
    ({ resourceArn, tagKeys }, call) => removeTags(look(call, resourceArn), tagKeys),
  ),
  ListTagsForResource: operation<ListTagsForResourceRequest, ListTagsForResourceResponse>()(
    ['resourceArn'],
    ({ resourceArn }, call) => ({ tags: look(call, resourceArn).tags }),
  ),
  TagLogGroup: operation<TagLogGroupRequest, object>()(['logGroupName', 'tags'], ({ logGroupName, tags }, call) =>
    addTags(look(call, logGroupName), tags),
  ),
  UntagLogGroup: operation<UntagLogGroupRequest, object>()(['logGroupName', 'tags'], ({ logGroupName, tags }, call) =>
    removeTags(look(call, logGroupName), tags),
  ),
  ListTagsLogGroup: operation<ListTagsLogGroupRequest, ListTagsLogGroupResponse>()(
    ['logGroupName'],
    ({ logGroupName }, call) => ({ tags: look(call, logGroupName).tags }),
  ),
}
