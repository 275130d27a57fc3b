import { byKey, checkedTags, toPairs, withoutKeys } from '../tags.ts'
import type {
  ChangeTagsForResourceRequest,
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  ListTagsForResourcesRequest,
  ListTagsForResourcesResponse,
  ResourceTagSet,
} from '@aws-sdk/client-route-53'
import { operation, type Call } from '../operation.ts'
import { bareId, getHostedZone, invalid } from './lookup.ts'
import type { HostedZone } from '../../state/route53.ts'
import { onZones, onZone } from './required-permissions.ts'

function taggedZone(call: Call, type: string | undefined, id: string | undefined): HostedZone {
  if (type !== 'hostedzone') throw invalid(`The sandbox does not model resources of type ${type}.`)
  return getHostedZone(call, id)
}

const show = ({ zoneId, tags }: HostedZone): ResourceTagSet => ({
  ResourceType: 'hostedzone',
  ResourceId: zoneId,
  Tags: toPairs(tags),
})

export const tagOperations = {
  ChangeTagsForResource: operation<ChangeTagsForResourceRequest, object>()(
    ['ResourceType', 'ResourceId', 'AddTags', 'RemoveTagKeys'],
    onZone,
    ({ ResourceType, ResourceId, AddTags = [], RemoveTagKeys = [] }, call) => {
      const zone = taggedZone(call, ResourceType, ResourceId)
      zone.tags = checkedTags(
        { ...withoutKeys(zone.tags, RemoveTagKeys), ...byKey(AddTags) },
        {
          reserved: () => invalid('Invalid tag key'),
          tooMany: () => invalid('A resource can have at most 10 tags.'),
        },
        10,
      )
      return {}
    },
  ),

  ListTagsForResource: operation<ListTagsForResourceRequest, ListTagsForResourceResponse>()(
    ['ResourceType', 'ResourceId'],
    onZone,
    ({ ResourceType, ResourceId }, call) => ({ ResourceTagSet: show(taggedZone(call, ResourceType, ResourceId)) }),
  ),

  /** Ten resources at most (API_ListTagsForResources); one that is missing fails the whole call. */
  ListTagsForResources: operation<ListTagsForResourcesRequest, ListTagsForResourcesResponse>()(
    ['ResourceType', 'ResourceIds'],
    onZones,
    ({ ResourceType, ResourceIds = [] }, call) => {
      if (ResourceIds.length > 10) throw invalid('At most 10 resources can be listed at a time.')
      return { ResourceTagSets: ResourceIds.map((id) => show(taggedZone(call, ResourceType, bareId(id)))) }
    },
  ),
}
