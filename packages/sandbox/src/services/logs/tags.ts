import { checkedTags, withoutKeys } from '../tags.ts'
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
import { invalid, getGroup } from '../../reads/log-groups.ts'
import type { LogGroup } from '../../state/logs.ts'
import { onGroup, tagsGroup, onTagged } from './required-permissions.ts'

function addTags(group: LogGroup, tags: Tags = {}): object {
  group.tags = checkedTags(
    { ...group.tags, ...tags },
    {
      reserved: (key) => invalid(`The tag key '${key}' is not valid`),
      tooMany: () => invalid('A resource can have 50 tags at most'),
    },
  )
  return {}
}

function removeTags(group: LogGroup, keys: readonly string[] | undefined): object {
  group.tags = withoutKeys(group.tags, keys)
  return {}
}

/** The newer operations name a group by its ARN, the older ones by its name. */
export const tagOperations = {
  TagResource: operation<TagResourceRequest, object>()(
    ['resourceArn', 'tags'],
    onTagged,
    ({ resourceArn, tags }, call) => addTags(getGroup(call, resourceArn), tags),
  ),
  UntagResource: operation<UntagResourceRequest, object>()(
    ['resourceArn', 'tagKeys'],
    onTagged,
    ({ resourceArn, tagKeys }, call) => removeTags(getGroup(call, resourceArn), tagKeys),
  ),
  ListTagsForResource: operation<ListTagsForResourceRequest, ListTagsForResourceResponse>()(
    ['resourceArn'],
    onTagged,
    ({ resourceArn }, call) => ({ tags: getGroup(call, resourceArn).tags }),
  ),
  TagLogGroup: operation<TagLogGroupRequest, object>()(
    ['logGroupName', 'tags'],
    tagsGroup,
    ({ logGroupName, tags }, call) => addTags(getGroup(call, logGroupName), tags),
  ),
  UntagLogGroup: operation<UntagLogGroupRequest, object>()(
    ['logGroupName', 'tags'],
    onGroup,
    ({ logGroupName, tags }, call) => removeTags(getGroup(call, logGroupName), tags),
  ),
  ListTagsLogGroup: operation<ListTagsLogGroupRequest, ListTagsLogGroupResponse>()(
    ['logGroupName'],
    onGroup,
    ({ logGroupName }, call) => ({ tags: getGroup(call, logGroupName).tags }),
  ),
}
