import type { ChangeBatch, VPC } from '@aws-sdk/client-route-53'
import { domainName } from '../../reads/domain-names.ts'
import type { PermissionOn, PermissionsOf } from '../operation.ts'
import { bareId } from './lookup.ts'

/**
 * The resources of Route 53's actions are those of the Service Authorization Reference, "Actions, resources, and
 * condition keys for Amazon Route 53": zones carry no tags for authorization, VPCs and records are told by keys of
 * their own.
 */

interface OnZone {
  Id?: string | undefined
  HostedZoneId?: string | undefined
  ResourceId?: string | undefined
}

const zone = (id = ''): PermissionOn => ({ resource: `arn:aws:route53:::hostedzone/${bareId(id)}` })

export const onZone: PermissionsOf<OnZone> = ({ Id, HostedZoneId, ResourceId }) => [
  zone(HostedZoneId ?? ResourceId ?? Id),
]

export const onZones: PermissionsOf<{ ResourceIds?: readonly string[] | undefined }> = ({ ResourceIds = [] }) =>
  ResourceIds.map(zone)

export const onChange: PermissionsOf<{ Id?: string | undefined }> = ({ Id = '' }) => [
  { resource: `arn:aws:route53:::change/${bareId(Id)}` },
]

/** AWS knows no resource for the operations that make or list zones. */
export const onNoZone: PermissionsOf<object> = () => [{ resource: '*' }]

/** Assumed: a caller that names a VPC must be allowed to describe it ("Dependent actions"). */
export const withVpc =
  <Input extends object>(
    permissions: PermissionsOf<Input>,
  ): PermissionsOf<Input & { VPC?: VPC | undefined; VPCId?: string | undefined; VPCRegion?: string | undefined }> =>
  (input, call, requested) => {
    const { VPCId = input.VPC?.VPCId, VPCRegion = input.VPC?.VPCRegion } = input
    const required = permissions(input, call, requested)
    if (VPCId === undefined) return required
    const context = { 'route53:VPCs': `VPCId=${VPCId},VPCRegion=${VPCRegion ?? ''}` }
    return [...required.map((one) => ({ ...one, context })), { action: 'ec2:DescribeVpcs', resource: '*' }]
  }

/** Names without the dot at their end ("Normalizing the Route 53 condition key values", developer guide). */
export const changesRecords: PermissionsOf<OnZone & { ChangeBatch: ChangeBatch | undefined }> = (input, ...rest) => {
  const changes = input.ChangeBatch?.Changes ?? []
  const context = {
    'route53:ChangeResourceRecordSetsActions': changes.map(({ Action }) => Action ?? ''),
    'route53:ChangeResourceRecordSetsRecordTypes': changes.map((one) => one.ResourceRecordSet?.Type ?? ''),
    'route53:ChangeResourceRecordSetsNormalizedRecordNames': changes.map((one) =>
      domainName(one.ResourceRecordSet?.Name ?? '').slice(0, -1),
    ),
  }
  return onZone(input, ...rest).map((one) => ({ ...one, context }))
}
