import { checkedTags, withoutKeys } from '../tags.ts'
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
      const item = getTagged(resourceArn ?? '', call)
      item.tags = checkTags({ ...item.tags, ...tags })
      return {}
    },
  ),

  UntagResource: operation<UntagResourceRequest, object>()(['resourceArn', 'tagKeys'], onTagged, (input, call) => {
    const item = getTagged(input.resourceArn ?? '', call)
    item.tags = withoutKeys(item.tags, input.tagKeys)
    return {}
  }),

  GetTags: operation<GetTagsRequest, TagsOutput>()(['resourceArn'], onPath, ({ resourceArn }, call) => ({
    tags: getTagged(resourceArn ?? '', call).tags,
  })),
}

function getTagged(arn: string, call: Call): { tags: Tags } {
  const [, region, path = ''] = /^arn:aws:apigateway:([\w-]+)::(\/.+)$/.exec(arn) ?? []
  const [, kind, id, stages, stageName] = path.split('/')
  if (region !== call.region) throw badRequest(`Invalid ARN specified in the request: ${arn}`)
  if (kind === 'vpclinks' && stages === undefined) return getVpcLink(call, call.now, id)
  if (kind === 'restapis' && stages === undefined) return getApi(call, id)
  if (kind === 'restapis' && stages === 'stages') return getStage(getApi(call, id), stageName)
  throw badRequest(`Invalid ARN specified in the request: ${arn}`)
}

/** Throws BadRequestException; the texts are assumed. */
export const checkTags = (tags: Tags): Tags =>
  checkedTags(tags, {
    reserved: (key) => badRequest(`Invalid tag key specified: ${key}. aws: prefixed tags are reserved`),
    tooMany: () => badRequest('Too many tags: a resource can have at most 50'),
  })
