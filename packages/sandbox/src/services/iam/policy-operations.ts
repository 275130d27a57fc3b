import { AwsError } from '../../state/aws-error.ts'
import type {
  AttachRolePolicyRequest,
  DeleteRolePolicyRequest,
  DetachRolePolicyRequest,
  GetRolePolicyRequest,
  GetRolePolicyResponse,
  ListAttachedRolePoliciesRequest,
  ListAttachedRolePoliciesResponse,
  ListRolePoliciesRequest,
  ListRolePoliciesResponse,
  PutRolePolicyRequest,
} from '@aws-sdk/client-iam'
import { durations } from '../../state/durations.ts'
import { operation } from '../operation.ts'
import { checkIdentityPolicy, lengthOf } from './documents.ts'
import { getChangeableRole, checkText, encoded, namePattern, page, roleNameOf, getRole } from './lookup.ts'
import { managedPolicy } from '../../reads/managed-policies.ts'
import type { Role } from '../../state/iam.ts'
import { onRole } from './required-permissions.ts'

/** Characters of all inline policies of a role, and managed policies of one ("IAM and AWS STS quotas"). */
const quotas = { inline: 10_240, attached: 10 }

/** Throws NoSuchEntity. */
function inlinePolicy(role: Role, name = '') {
  const found = Object.hasOwn(role.inline ?? {}, name) ? role.inline?.[name] : undefined
  if (!found) throw new AwsError('NoSuchEntity', `The role policy with name ${name} cannot be found.`)
  return found
}

export const policyOperations = {
  PutRolePolicy: operation<PutRolePolicyRequest, object>()(
    ['RoleName', 'PolicyName', 'PolicyDocument'],
    onRole,
    ({ RoleName, PolicyName = '', PolicyDocument = '' }, call) => {
      const { now } = call
      const { arn, role } = getChangeableRole(call, RoleName)
      checkText('policyName', PolicyName, { longest: 128, pattern: namePattern })
      checkIdentityPolicy(PolicyDocument)
      const { [PolicyName]: old, ...others } = role.inline ?? {}
      const texts = [PolicyDocument, ...Object.values(others).map(({ text }) => text)]
      if (texts.reduce((sum, text) => sum + lengthOf(text), 0) > quotas.inline)
        throw new AwsError(
          'LimitExceeded',
          `Maximum policy size of ${quotas.inline} bytes exceeded for role ${roleNameOf(arn)}`,
        )
      if (old?.text === PolicyDocument) return {}
      const before = old === undefined || now >= old.effectiveAt ? old?.text : old.before
      role.inline = {
        ...role.inline,
        [PolicyName]: {
          text: PolicyDocument,
          ...(before !== undefined && { before }),
          effectiveAt: now + durations.roleEffective,
        },
      }
      return {}
    },
  ),

  GetRolePolicy: operation<GetRolePolicyRequest, GetRolePolicyResponse>()(
    ['RoleName', 'PolicyName'],
    onRole,
    ({ RoleName, PolicyName }, call) => {
      const { role, arn } = getRole(call, RoleName)
      const { text } = inlinePolicy(role, PolicyName)
      return { RoleName: roleNameOf(arn), PolicyName, PolicyDocument: encoded(text) }
    },
  ),

  ListRolePolicies: operation<ListRolePoliciesRequest, ListRolePoliciesResponse>()(
    ['RoleName', 'Marker', 'MaxItems'],
    onRole,
    ({ RoleName, ...request }, call) => {
      const { items, rest } = page(Object.keys(getRole(call, RoleName).role.inline ?? {}).toSorted(), request)
      return { PolicyNames: items, ...rest }
    },
  ),

  DeleteRolePolicy: operation<DeleteRolePolicyRequest, object>()(
    ['RoleName', 'PolicyName'],
    onRole,
    ({ RoleName, PolicyName = '' }, call) => {
      const { role } = getChangeableRole(call, RoleName)
      inlinePolicy(role, PolicyName)
      delete role.inline?.[PolicyName]
      return {}
    },
  ),

  /** Attaching a policy twice changes nothing. */
  AttachRolePolicy: operation<AttachRolePolicyRequest, object>()(
    ['RoleName', 'PolicyArn'],
    onRole,
    ({ RoleName, PolicyArn = '' }, call) => {
      const { role } = getChangeableRole(call, RoleName)
      if (managedPolicy(PolicyArn) === undefined)
        throw new AwsError('NoSuchEntity', `Policy ${PolicyArn} does not exist or is not attachable.`)
      const attached = { [PolicyArn]: call.now + durations.roleEffective, ...role.attached }
      if (Object.keys(attached).length > quotas.attached)
        throw new AwsError('LimitExceeded', `Cannot exceed quota for PoliciesPerRole: ${quotas.attached}`)
      role.attached = attached
      return {}
    },
  ),

  DetachRolePolicy: operation<DetachRolePolicyRequest, object>()(
    ['RoleName', 'PolicyArn'],
    onRole,
    ({ RoleName, PolicyArn = '' }, call) => {
      const { role } = getChangeableRole(call, RoleName)
      if (role.attached?.[PolicyArn] === undefined)
        throw new AwsError('NoSuchEntity', `Policy ${PolicyArn} was not found.`)
      delete role.attached[PolicyArn]
      return {}
    },
  ),

  ListAttachedRolePolicies: operation<ListAttachedRolePoliciesRequest, ListAttachedRolePoliciesResponse>()(
    ['RoleName', 'Marker', 'MaxItems'],
    onRole,
    ({ RoleName, ...request }, call) => {
      const { items, rest } = page(Object.keys(getRole(call, RoleName).role.attached ?? {}), request)
      return { AttachedPolicies: items.map((arn) => ({ PolicyName: roleNameOf(arn), PolicyArn: arn })), ...rest }
    },
  ),
}
