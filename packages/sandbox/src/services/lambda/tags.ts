import { checkedTags, withoutKeys } from '../tags.ts'
import type {
  ListTagsRequest,
  ListTagsResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-lambda'
import type { Tags } from '../../state/resource.ts'
import { operation } from '../operation.ts'
import { getFunction } from '../../reads/functions.ts'
import { invalidParameter } from '../../reads/function-refusals.ts'
import { onFunction } from './required-permissions.ts'

export const tagOperations = {
  TagResource: operation<TagResourceRequest, object>()(
    ['Resource', 'Tags'],
    onFunction(),
    ({ Resource, Tags: tags }, call) => {
      const one = getFunction(call, Resource)
      one.tags = readTags({ ...one.tags, ...tags })
      return {}
    },
  ),

  UntagResource: operation<UntagResourceRequest, object>()(
    ['Resource', 'TagKeys'],
    onFunction(),
    ({ Resource, TagKeys }, call) => {
      const one = getFunction(call, Resource)
      one.tags = withoutKeys(one.tags, TagKeys)
      return {}
    },
  ),

  ListTags: operation<ListTagsRequest, ListTagsResponse>()(['Resource'], onFunction(), ({ Resource }, call) => ({
    Tags: getFunction(call, Resource).tags,
  })),
}

/** Throws InvalidParameterValueException; the texts are assumed. */
export const readTags = (tags: Tags = {}): Tags =>
  checkedTags(tags, {
    reserved: (key) => invalidParameter(`Tag keys beginning with aws: are reserved: ${key}`),
    tooMany: () => invalidParameter('The number of tags exceeds the limit of 50.'),
  })
