import type {
  AllowedPrincipal as ShownPrincipal,
  DescribeVpcEndpointServicePermissionsRequest,
  DescribeVpcEndpointServicePermissionsResult,
  ModifyVpcEndpointServicePermissionsRequest,
  ModifyVpcEndpointServicePermissionsResult,
  PrincipalType,
} from '@aws-sdk/client-ec2'
import { newId } from '../../state/world.ts'
import { durations } from '../../state/durations.ts'
import { operation, type Call } from '../operation.ts'
import { list } from './filters.ts'
import { kinds, getRow } from '../../reads/ec2-rows.ts'
import type { AllowedPrincipal, EndpointService } from '../../state/ec2.ts'
import { AwsError } from '../../state/aws-error.ts'
import { onService } from './required-permissions.ts'

/** The ARN under which a caller can be allowed: its role or user; the account's root covers all of them. */
function identityOf(principal: string): string {
  const session = /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(principal)
  return session === null ? principal : `arn:${session[1]}:iam::${session[2]}:role/${session[3]}`
}

/** Whether a service lets a caller see it: its permission must also have taken effect. */
export function isAllowed(
  service: EndpointService,
  { account, principal, now }: Pick<Call, 'account' | 'principal' | 'now'>,
): boolean {
  const covering = ['*', `arn:aws:iam::${account}:root`, identityOf(principal)]
  return service.principals.some(({ arn, effectiveAt }) => effectiveAt <= now && covering.includes(arn))
}

function typeOf(arn: string): PrincipalType {
  if (arn === '*') return 'All'
  if (arn.endsWith(':root')) return 'Account'
  return arn.includes(':role/') ? 'Role' : 'User'
}

/**
 * Throws for what cannot be allowed; role ARNs with a path are not supported (PrivateLink guide, "Manage permissions").
 * The code is assumed.
 */
function checkPrincipal(arn: string): void {
  if (arn !== '*' && !/^arn:aws[\w-]*:iam::\d{12}:(root|role\/[\w+=,.@-]+|user\/[\w+=,.@/-]+)$/.test(arn)) {
    throw new AwsError('InvalidPrincipal', `Invalid Principal: '${arn}'`)
  }
}

const show = (service: EndpointService, { arn, permissionId }: AllowedPrincipal): ShownPrincipal => ({
  Principal: arn,
  PrincipalType: typeOf(arn),
  ServicePermissionId: permissionId,
  ServiceId: service.serviceId,
})

export const permissionOperations = {
  /** Principals that are there already stay as they are; assumed: a repetition is no error. */
  ModifyVpcEndpointServicePermissions: operation<
    ModifyVpcEndpointServicePermissionsRequest,
    ModifyVpcEndpointServicePermissionsResult
  >()(
    ['ServiceId', 'AddAllowedPrincipals', 'RemoveAllowedPrincipals'],
    onService,
    ({ ServiceId, AddAllowedPrincipals = [], RemoveAllowedPrincipals = [] }, { world, ...call }) => {
      const service = getRow(world, call, kinds.endpointService, ServiceId)
      for (const arn of AddAllowedPrincipals) checkPrincipal(arn)
      service.principals = service.principals.filter(({ arn }) => !RemoveAllowedPrincipals.includes(arn))
      const present = service.principals.map(({ arn }) => arn)
      const added = [...new Set(AddAllowedPrincipals)]
        .filter((arn) => !present.includes(arn))
        .map((arn) => ({
          arn,
          permissionId: newId(world, 'vpce-svc-perm-'),
          effectiveAt: call.now + durations.permissionEffective,
        }))
      service.principals.push(...added)
      return { AddedPrincipals: added.map((one) => show(service, one)), ReturnValue: true }
    },
  ),

  DescribeVpcEndpointServicePermissions: operation<
    DescribeVpcEndpointServicePermissionsRequest,
    DescribeVpcEndpointServicePermissionsResult
  >()(['ServiceId', 'Filters', 'MaxResults', 'NextToken'], onService, (request, { world, ...call }) => {
    const service = getRow(world, call, kinds.endpointService, request.ServiceId)
    const rows: (AllowedPrincipal & { tags?: never })[] = service.principals
    const { items, NextToken } = list(rows, request, {
      principal: ({ arn }) => [arn],
      'principal-type': ({ arn }) => [typeOf(arn)],
    })
    return { AllowedPrincipals: items.map((one) => ({ ...show(service, one), Tags: [] })), NextToken }
  }),
}
