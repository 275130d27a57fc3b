import { z } from 'zod'
import type { Asked, Call } from '../operation.ts'
import { domainName } from '../../reads/domain-names.ts'
import { bareId } from './lookup.ts'
import type { Demand } from '../../reads/authorization.ts'

const vpcSchema = z.object({ VPCId: z.string().default(''), VPCRegion: z.string().default('') })

const changeSchema = z.object({
  Action: z.string(),
  ResourceRecordSet: z.object({ Name: z.string(), Type: z.string() }),
})

const inputSchema = z.object({
  Id: z.string().optional(),
  HostedZoneId: z.string().optional(),
  ResourceId: z.string().optional(),
  ResourceIds: z.array(z.string()).default([]),
  VPC: vpcSchema.optional(),
  VPCId: z.string().optional(),
  VPCRegion: z.string().optional(),
  ChangeBatch: z.object({ Changes: z.array(changeSchema) }).optional(),
})

type Input = z.output<typeof inputSchema>

/** Operations that know no resource. */
const ofNone = [
  'CreateHostedZone',
  'ListHostedZones',
  'ListHostedZonesByName',
  'ListHostedZonesByVPC',
  'GetHostedZoneCount',
]

function resourcesOf(operation: string, { Id, HostedZoneId, ResourceId, ResourceIds }: Input): string[] {
  if (ofNone.includes(operation)) return ['*']
  if (operation === 'GetChange') return [`arn:aws:route53:::change/${bareId(Id ?? '')}`]
  const ids = ResourceIds.length > 0 ? ResourceIds : [HostedZoneId ?? ResourceId ?? Id ?? '']
  return ids.map((id) => `arn:aws:route53:::hostedzone/${bareId(id)}`)
}

/** Names without the dot at their end ("Normalizing the Route 53 condition key values", developer guide). */
const contextOf = (changes: z.output<typeof changeSchema>[]) => ({
  'route53:ChangeResourceRecordSetsActions': changes.map(({ Action }) => Action),
  'route53:ChangeResourceRecordSetsRecordTypes': changes.map(({ ResourceRecordSet }) => ResourceRecordSet.Type),
  'route53:ChangeResourceRecordSetsNormalizedRecordNames': changes.map(({ ResourceRecordSet }) =>
    domainName(ResourceRecordSet.Name).slice(0, -1),
  ),
})

/**
 * All that a caller must be allowed for a request to Route 53 (Service Authorization Reference, "Actions, resources, and
 * condition keys for Amazon Route 53"): zones carry no tags for authorization, VPCs and records are told by keys of their own. That
 * whoever names a VPC must be allowed to describe it ("Dependent actions") is assumed of these operations.
 */
export function route53Demands({ operation, input: given }: Asked, _call: Call): Demand[] {
  const input = inputSchema.parse(given)
  const { VPCId = input.VPC?.VPCId, VPCRegion = input.VPC?.VPCRegion, ChangeBatch } = input
  const context = {
    ...(VPCId !== undefined && { 'route53:VPCs': `VPCId=${VPCId},VPCRegion=${VPCRegion}` }),
    ...(ChangeBatch && contextOf(ChangeBatch.Changes)),
  }
  const action = `route53:${operation}`
  return [
    ...resourcesOf(operation, input).map((resource) => ({ action, resource, context })),
    ...(VPCId === undefined ? [] : [{ action: 'ec2:DescribeVpcs', resource: '*' }]),
  ]
}
