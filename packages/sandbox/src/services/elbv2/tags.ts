import { withoutKeys, toPairs } from '../tags.ts'
import type {
  AddTagsInput,
  DescribeTagsInput,
  DescribeTagsOutput,
  RemoveTagsInput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../operation.ts'
import { checkTags, getTagged, invalid, readTags } from './lookup.ts'
import { onTagged } from './required-permissions.ts'

export const tagOperations = {
  // One missing ARN fails the whole call; at most 20 of them (API_DescribeTags).
  DescribeTags: operation<DescribeTagsInput, DescribeTagsOutput>()(
    ['ResourceArns'],
    '*',
    ({ ResourceArns = [] }, call) => {
      if (ResourceArns.length > 20) throw invalid('Cannot have more than 20 resources described')
      const items = ResourceArns.map((arn) => getTagged(call, arn))
      return { TagDescriptions: items.map((item) => ({ ResourceArn: item.arn, Tags: toPairs(item.tags) })) }
    },
  ),

  AddTags: operation<AddTagsInput, object>()(
    ['ResourceArns', 'Tags'],
    onTagged,
    ({ ResourceArns = [], Tags }, call) => {
      const tags = readTags(Tags)
      const items = ResourceArns.map((arn) => getTagged(call, arn))
      for (const item of items) item.tags = checkTags({ ...item.tags, ...tags })
      return {}
    },
  ),

  RemoveTags: operation<RemoveTagsInput, object>()(
    ['ResourceArns', 'TagKeys'],
    onTagged,
    ({ ResourceArns = [], TagKeys }, call) => {
      const items = ResourceArns.map((arn) => getTagged(call, arn))
      for (const item of items) item.tags = withoutKeys(item.tags, TagKeys)
      return {}
    },
  ),
}
