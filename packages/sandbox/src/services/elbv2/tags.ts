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
      const things = ResourceArns.map((arn) => getTagged(call, arn))
      return { TagDescriptions: things.map((thing) => ({ ResourceArn: thing.arn, Tags: toPairs(thing.tags) })) }
    },
  ),

  AddTags: operation<AddTagsInput, object>()(
    ['ResourceArns', 'Tags'],
    onTagged,
    ({ ResourceArns = [], Tags }, call) => {
      const tags = readTags(Tags)
      const things = ResourceArns.map((arn) => getTagged(call, arn))
      for (const thing of things) thing.tags = checkTags({ ...thing.tags, ...tags })
      return {}
    },
  ),

  RemoveTags: operation<RemoveTagsInput, object>()(
    ['ResourceArns', 'TagKeys'],
    onTagged,
    ({ ResourceArns = [], TagKeys }, call) => {
      const things = ResourceArns.map((arn) => getTagged(call, arn))
      for (const thing of things) thing.tags = withoutKeys(thing.tags, TagKeys)
      return {}
    },
  ),
}
