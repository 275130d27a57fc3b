import type {
  ListTagsRequest,
  ListTagsResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-lambda'
import type { Tags } from '../../state/resource.ts'
import { operation } from '../operation.ts'
import { findFunction } from '../../reads/functions.ts'
import { invalidParameter } from '../../reads/function-refusals.ts'

export const tagOperations = {
  TagResource: operation<TagResourceRequest, object>()(['Resource', 'Tags'], ({ Resource, Tags: tags }, call) => {
    const one = findFunction(call, Resource)
    one.tags = readTags({ ...one.tags, ...tags })
    return {}
  }),

  UntagResource: operation<UntagResourceRequest, object>()(['Resource', 'TagKeys'], ({ Resource, TagKeys }, call) => {
    const one = findFunction(call, Resource)
    one.tags = Object.fromEntries(Object.entries(one.tags).filter(([key]) => TagKeys?.includes(key) !== true))
    return {}
  }),

  ListTags: operation<ListTagsRequest, ListTagsResponse>()(['Resource'], ({ Resource }, call) => ({
    Tags: findFunction(call, Resource).tags,
  })),
}

/** At most 50 tags, none of AWS's own (AWS tagging rules; the texts are assumed). */
export function readTags(tags: Tags = {}): Tags {
  const reserved = Object.keys(tags).find((key) => key.toLowerCase().startsWith('aws:'))
  if (reserved !== undefined) throw invalidParameter(`Tag keys beginning with aws: are reserved: ${reserved}`)
  if (Object.keys(tags).length > 50) throw invalidParameter('The number of tags exceeds the limit of 50.')
  return { ...tags }
}
