import { toPairs, withoutKeys } from '../tags.ts'
import type { ListRoleTagsRequest, ListRoleTagsResponse, TagRoleRequest, UntagRoleRequest } from '@aws-sdk/client-iam'
import { operation } from '../operation.ts'
import { getChangeableRole, page, getRole, withTags } from './lookup.ts'
import { onRole } from './required-permissions.ts'

export const tagOperations = {
  TagRole: operation<TagRoleRequest, object>()(['RoleName', 'Tags'], onRole, ({ RoleName, Tags }, call) => {
    const { role } = getChangeableRole(call, RoleName)
    role.tags = withTags(role.tags, Tags)
    return {}
  }),

  UntagRole: operation<UntagRoleRequest, object>()(
    ['RoleName', 'TagKeys'],
    onRole,
    ({ RoleName, TagKeys = [] }, call) => {
      const { role } = getChangeableRole(call, RoleName)
      role.tags = withoutKeys(role.tags ?? {}, TagKeys)
      return {}
    },
  ),

  ListRoleTags: operation<ListRoleTagsRequest, ListRoleTagsResponse>()(
    ['RoleName', 'Marker', 'MaxItems'],
    onRole,
    ({ RoleName, ...request }, call) => {
      const { items, rest } = page(toPairs(getRole(call, RoleName).role.tags), request)
      return { Tags: items, ...rest }
    },
  ),
}
