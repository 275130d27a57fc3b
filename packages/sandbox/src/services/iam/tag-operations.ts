import type { ListRoleTagsRequest, ListRoleTagsResponse, TagRoleRequest, UntagRoleRequest } from '@aws-sdk/client-iam'
import { operation } from '../operation.ts'
import { changeableRole, page, showTags, theRole, withTags } from './lookup.ts'

export const tagOperations = {
  TagRole: operation<TagRoleRequest, object>()(['RoleName', 'Tags'], ({ RoleName, Tags }, call) => {
    const { role } = changeableRole(call, RoleName)
    role.tags = withTags(role.tags, Tags)
    return {}
  }),

  UntagRole: operation<UntagRoleRequest, object>()(['RoleName', 'TagKeys'], ({ RoleName, TagKeys = [] }, call) => {
    const { role } = changeableRole(call, RoleName)
    for (const key of TagKeys) delete role.tags?.[key]
    return {}
  }),

  ListRoleTags: operation<ListRoleTagsRequest, ListRoleTagsResponse>()(
    ['RoleName', 'Marker', 'MaxItems'],
    ({ RoleName, ...request }, call) => {
      const { items, rest } = page(showTags(theRole(call, RoleName).role.tags), request)
      return { Tags: items, ...rest }
    },
  ),
}
