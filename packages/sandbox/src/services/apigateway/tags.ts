import type {
  GetTagsRequest,
  TagResourceRequest,
  Tags as TagsOutput,
  UntagResourceRequest,
} from '@aws-sdk/client-api-gateway'

import { type Call, operation } from '../operation.ts'
import type { Tags } from '../../state/resource.ts'
import { getApi, getStage, getVpcLink } from './lookups.ts'
import { badRequest } from './refusals.ts'
import { onPath, onTagged } from './required-permissions.ts'

/** Tags on APIs, stages and VPC links; ARNs as in the API Gateway Developer Guide, "Resources that can be tagged". */
export const tagOperations = {
  TagResource: operation<TagResourceRequest, object>()(
    ['resourceArn', 'tags'],
    onTagged,
    ({ resourceArn, tags }, call) => {
      const thing = taggedThing(resourceArn ?? '', call)
      thing.tags = checkTags({ ...thing.tags, ...tags })
      return {}
    },
  ),

  UntagResource: operation<UntagResourceRequest, object>()(['resourceArn', 'tagKeys'], onTagged, (input, call) => {
    const thing = taggedThing(input.resourceArn ?? '', call)
    thing.tags = Object.fromEntries(Object.entries(thing.tags).filter(([key]) => !input.tagKeys?.includes(key)))
    return {}
  }),

  GetTags: operation<GetTagsRequest, TagsOutput>()(['resourceArn'], onPath, ({ resourceArn }, call) => ({
    tags: taggedThing(resourceArn ?? '', call).tags,
  })),
}

function taggedThing(arn: string, call: Call): { tags: Tags } {
  const [, region, path = ''] = /^arn:aws:apigateway:([\w-]+)::(\/.+)$/.exec(arn) ?? []
  const [, kind, id, stages, stageName] = path.split('/')
  if (region !== call.region) throw badRequest(`Invalid ARN specified in the request: ${arn}`)
  if (kind === 'vpclinks' && stages === undefined) return getVpcLink(call, call.now, id)
  if (kind === 'restapis' && stages === undefined) return getApi(call, id)
  if (kind === 'restapis' && stages === 'stages') return getStage(getApi(call, id), stageName)
  throw badRequest(`Invalid ARN specified in the request: ${arn}`)
}

/** At most 50 tags, none of AWS's own (AWS tagging rules; the texts are assumed). */
export function checkTags(tags: Tags): Tags {
  const reserved = Object.keys(tags).find((key) => key.toLowerCase().startsWith('aws:'))
  if (reserved !== undefined)
    throw badRequest(`Invalid tag key specified: ${reserved}. aws: prefixed tags are reserved`)
  if (Object.keys(tags).length > 50) throw badRequest('Too many tags: a resource can have at most 50')
  return tags
}
