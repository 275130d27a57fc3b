import { AwsError } from '../../state/aws-error.ts'
import { toPairs } from '../tags.ts'
import type {
  CreateRoleRequest,
  CreateRoleResponse,
  DeleteRoleRequest,
  GetRoleRequest,
  GetRoleResponse,
  ListInstanceProfilesForRoleRequest,
  ListInstanceProfilesForRoleResponse,
  ListRolesRequest,
  ListRolesResponse,
  Role as WireRole,
  UpdateAssumeRolePolicyRequest,
  UpdateRoleRequest,
} from '@aws-sdk/client-iam'
import { durations } from '../../state/durations.ts'
import { operation } from '../operation.ts'
import { lengthOf, readTrustPolicy } from './documents.ts'
import { trustInEffect } from '../../reads/grants.ts'
import {
  getChangeableRole,
  checkText,
  encoded,
  findRole,
  invalid,
  namePattern,
  ownRoles,
  page,
  roleNameOf,
  rolePathOf,
  getRole,
  withTags,
} from './lookup.ts'
import { roleIdOf } from '../../reads/role-id.ts'
import type { Role } from '../../state/iam.ts'
import { onRole, createsRole } from './required-permissions.ts'

/** Listings leave out tags and when it was last used (API_ListRoles). */
export const showRole = (arn: string, role: Role, { listed = false } = {}): WireRole => ({
  Path: rolePathOf(arn),
  RoleName: roleNameOf(arn),
  RoleId: roleIdOf(arn, role),
  Arn: arn,
  CreateDate: new Date(role.createdAt ?? 0),
  AssumeRolePolicyDocument: encoded(JSON.stringify(role.trust)),
  Description: role.description,
  MaxSessionDuration: role.maxSessionSeconds ?? 3600,
  ...(!listed && {
    RoleLastUsed: {},
    ...(Object.keys(role.tags ?? {}).length > 0 && { Tags: toPairs(role.tags) }),
  }),
})

/** "Role trust policy length": 2,048 characters ("IAM and AWS STS quotas"). */
function readTrust(text: string): object {
  const trust = readTrustPolicy(text)
  if (lengthOf(text) > 2048) throw new AwsError('LimitExceeded', 'Cannot exceed quota for ACLSizePerRole: 2048')
  return trust
}

function checkSettings({ Description = '', MaxSessionDuration = 3600 }: UpdateRoleSettings): void {
  if (Description.length > 1000)
    throw invalid(
      "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have length less than or equal to 1000",
    )
  if (MaxSessionDuration < 3600 || MaxSessionDuration > 43_200)
    throw invalid(
      `1 validation error detected: Value '${MaxSessionDuration}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200`,
    )
}

type UpdateRoleSettings = Pick<UpdateRoleRequest, 'Description' | 'MaxSessionDuration'>

export const roleOperations = {
  CreateRole: operation<CreateRoleRequest, CreateRoleResponse>()(
    ['Path', 'RoleName', 'AssumeRolePolicyDocument', 'Description', 'MaxSessionDuration', 'Tags'],
    createsRole,
    (request, call) => {
      const { Path = '/', RoleName = '', AssumeRolePolicyDocument = '', Description, MaxSessionDuration } = request
      checkText('roleName', RoleName, { longest: 64, pattern: namePattern })
      checkText('path', Path, { longest: 512, pattern: /^(\/|\/[!-~]+\/)$/ })
      checkSettings(request)
      const trust = readTrust(AssumeRolePolicyDocument)
      const tags = withTags({}, request.Tags)
      if (findRole(call, RoleName))
        throw new AwsError('EntityAlreadyExists', `Role with name ${RoleName} already exists.`)
      const role: Role = {
        account: call.account,
        trust,
        tags,
        createdAt: call.now,
        effectiveAt: call.now + durations.roleEffective,
        ...(Description !== undefined && { description: Description }),
        ...(MaxSessionDuration !== undefined && { maxSessionSeconds: MaxSessionDuration }),
      }
      const arn = `arn:aws:iam::${call.account}:role${Path}${RoleName}`
      call.world.iam.roles[arn] = role
      return { Role: showRole(arn, role) }
    },
  ),

  GetRole: operation<GetRoleRequest, GetRoleResponse>()(['RoleName'], onRole, ({ RoleName }, call) => {
    const { arn, role } = getRole(call, RoleName)
    return { Role: showRole(arn, role) }
  }),

  ListRoles: operation<ListRolesRequest, ListRolesResponse>()(
    ['PathPrefix', 'Marker', 'MaxItems'],
    '*',
    ({ PathPrefix = '/', ...request }, call) => {
      const found = ownRoles(call).filter(([arn]) => rolePathOf(arn).startsWith(PathPrefix))
      const { items, rest } = page(
        found.toSorted(([a], [b]) => (roleNameOf(a) < roleNameOf(b) ? -1 : 1)),
        request,
      )
      return { Roles: items.map(([arn, role]) => showRole(arn, role, { listed: true })), ...rest }
    },
  ),

  DeleteRole: operation<DeleteRoleRequest, object>()(['RoleName'], onRole, ({ RoleName }, call) => {
    const { arn, role } = getChangeableRole(call, RoleName)
    if (Object.keys(role.attached ?? {}).length > 0)
      throw new AwsError('DeleteConflict', 'Cannot delete entity, must detach all policies first.')
    if (Object.keys(role.inline ?? {}).length > 0)
      throw new AwsError('DeleteConflict', 'Cannot delete entity, must delete policies first.')
    delete call.world.iam.roles[arn]
    return {}
  }),

  /** A setting that the request leaves out goes back to its default (API_UpdateRole). */
  UpdateRole: operation<UpdateRoleRequest, object>()(
    ['RoleName', 'Description', 'MaxSessionDuration'],
    onRole,
    (request, call) => {
      const { role } = getChangeableRole(call, request.RoleName)
      checkSettings(request)
      delete role.description
      delete role.maxSessionSeconds
      if (request.Description !== undefined) role.description = request.Description
      if (request.MaxSessionDuration !== undefined) role.maxSessionSeconds = request.MaxSessionDuration
      return {}
    },
  ),

  UpdateAssumeRolePolicy: operation<UpdateAssumeRolePolicyRequest, object>()(
    ['RoleName', 'PolicyDocument'],
    onRole,
    ({ RoleName, PolicyDocument = '' }, call) => {
      const { role } = getChangeableRole(call, RoleName)
      const trust = readTrust(PolicyDocument)
      const document = trustInEffect(role, call.now) ?? role.trust
      role.trustBefore = { document, until: call.now + durations.roleEffective }
      role.trust = trust
      return {}
    },
  ),

  /** There are no instance profiles here. */
  ListInstanceProfilesForRole: operation<ListInstanceProfilesForRoleRequest, ListInstanceProfilesForRoleResponse>()(
    ['RoleName', 'Marker', 'MaxItems'],
    onRole,
    ({ RoleName }, call) => {
      getRole(call, RoleName)
      return { InstanceProfiles: [], IsTruncated: false }
    },
  ),
}
