import { byKey } from '../tags.ts'
import type { TagSpecification } from '@aws-sdk/client-ec2'
import type { RequiredPermission } from '../../reads/authorization.ts'
import { findRow, type Kind, kinds, type Row } from '../../reads/ec2-rows.ts'
import type { Call, PermissionOn, PermissionsOf } from '../operation.ts'

/**
 * The resources of EC2's actions are those of the Service Authorization Reference, "Actions, resources, and condition
 * keys for Amazon EC2". An action on several resources must be allowed on each.
 */

const arnOf = ({ account, region }: Call, type: string, id: string): string =>
  `arn:aws:ec2:${region}:${account}:${type}/${id}`

/** A resource that is there, by its id; any of its kind without one. */
export const existing = <T extends Row>(call: Call, kind: Kind<T>, id: string | undefined): PermissionOn => ({
  resource: arnOf(call, kind.type, id ?? '*'),
  tags: id === undefined ? {} : findRow(call.world, call, kind, id)?.tags,
})

/** Requires the operation's action on the resource that a member names. */
export const onThe =
  <T extends Row, Member extends string>(
    kind: Kind<T>,
    member: Member,
  ): PermissionsOf<{ readonly [M in Member]?: string | undefined }> =>
  (input, call) => [existing(call, kind, input[member])]

/** Requires the operation's action on each resource that a member names. */
export const onEach =
  <T extends Row, Member extends string>(
    kind: Kind<T>,
    member: Member,
  ): PermissionsOf<{ readonly [M in Member]?: readonly string[] | undefined }> =>
  (input, call) =>
    (input[member] ?? []).map((id) => existing(call, kind, id))

interface Tagging {
  TagSpecifications?: readonly TagSpecification[] | undefined
}

/** A resource that the operation makes, with the tags that it gets. */
export const made = (
  call: Call,
  { type }: { type: string },
  { TagSpecifications = [] }: Tagging,
  context: RequiredPermission['context'] = {},
): PermissionOn => ({
  resource: arnOf(call, type, '*'),
  requestTags: byKey(TagSpecifications.find(({ ResourceType }) => ResourceType === type)?.Tags),
  context,
})

/** "Grant permission to tag Amazon EC2 resources during creation", EC2 user guide. */
export const tagsAtCreation: PermissionsOf<Tagging> = ({ TagSpecifications = [] }, call, { operation }) =>
  TagSpecifications.map(({ ResourceType = '', Tags }) => ({
    action: 'ec2:CreateTags',
    resource: arnOf(call, ResourceType, '*'),
    requestTags: byKey(Tags),
    context: { 'ec2:CreateAction': operation },
  }))

/** Makes a resource of a kind, which may also take a permission on what it is made in. */
export const makes =
  <Within = unknown>(kind: { type: string }, within?: PermissionsOf<Within>): PermissionsOf<Tagging & Within> =>
  (input, call, requested) => [
    made(call, kind, input),
    ...(within?.(input, call, requested) ?? []),
    ...tagsAtCreation(input, call, requested),
  ]

export const onGroup = onThe(kinds.securityGroup, 'GroupId')
export const onService = onThe(kinds.endpointService, 'ServiceId')

/**
 * EC2 puts the VPC into a hosted zone with the caller's permission (PrivateLink guide, "Private DNS names": assumed).
 */
export const privateDns = { action: 'route53:AssociateVPCWithHostedZone', resource: 'arn:aws:route53:::hostedzone/*' }
