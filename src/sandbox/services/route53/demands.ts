import { z } from 'zod'
import type { Asked, Call, Demand } from '../../protocol/operation.ts'
import { bareId } from './lookup.ts'

const vpcSchema = z.object({ VPCId: z.string().default(''), VPCRegion: z.string().default('') })

const inputSchema = z.object({
  Id: z.string().optional(),
  HostedZoneId: z.string().optional(),
  ResourceId: z.string().optional(),
  ResourceIds: z.array(z.string()).default([]),
  VPC: vpcSchema.optional(),
  VPCId: z.string().optional(),
  VPCRegion: z.string().optional(),
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

/**
 * All that a caller must be allowed for a request to Route 53 (Service Authorization Reference, "Actions, resources, and
 * condition keys for Amazon Route 53"): zones carry no tags for authorization, VPCs are told by `route53:VPCs`. That
 * whoever names a VPC must be allowed to describe it ("Dependent actions") is assumed of these operations.
 */
export function route53Demands({ operation, input: given }: Asked, _call: Call): Demand[] {
  const input = inputSchema.parse(given)
  const { VPCId = input.VPC?.VPCId, VPCRegion = input.VPC?.VPCRegion } = input
  const context = VPCId === undefined ? {} : { 'route53:VPCs': `VPCId=${VPCId},VPCRegion=${VPCRegion}` }
  const action = `route53:${operation}`
  return [
    ...resourcesOf(operation, input).map((resource) => ({ action, resource, context })),
    ...(VPCId === undefined ? [] : [{ action: 'ec2:DescribeVpcs', resource: '*' }]),
  ]
}
