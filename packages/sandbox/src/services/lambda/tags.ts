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
      one.tags = Object.fromEntries(Object.entries(one.tags).filter(([key]) => TagKeys?.includes(key) !== true))
      return {}
    },
  ),

  ListTags: operation<ListTagsRequest, ListTagsResponse>()(['Resource'], onFunction(), ({ Resource }, call) => ({
    Tags: getFunction(call, Resource).tags,
  })),
}

/** At most 50 tags, none of AWS's own (AWS tagging rules; the texts are assumed). */
export function readTags(tags: Tags = {}): Tags {
  const reserved = Object.keys(tags).find((key) => key.toLowerCase().startsWith('aws:'))
  if (reserved !== undefined) throw invalidParameter(`Tag keys beginning with aws: are reserved: ${reserved}`)
  if (Object.keys(tags).length > 50) throw invalidParameter('The number of tags exceeds the limit of 50.')
  return { ...tags }
}
