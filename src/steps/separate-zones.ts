import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { seconds } from '../engine/step.ts'
import { exits, PrivlinkError } from '../errors.ts'
import type { PlacedSubnet } from './network.ts'

/**
 * Whether subnets lie in as many zones as what stands in them needs, and each in one of its own: a load balancer and an
 * interface endpoint take one subnet of a zone, an Application Load Balancer at least two (CreateLoadBalancer, ELBv2
 * API reference; CreateVpcEndpoint, EC2 API reference).
 */
export const separateZones = defineStep<{ subnets: PlacedSubnet[]; atLeast: number }>()({
  id: 'separate-zones',
  title: 'Subnets in zones of their own',
  facts: z.object({ zoneIds: z.array(z.string()) }),
  permissions: {
    read: [],
  },
  patience: { upTo: seconds(30), every: seconds(5) },

  async read({ aws, inputs: { subnets, atLeast } }) {
    if (subnets === undefined || atLeast === undefined) return { state: 'absent' }
    const zoneIds = [...new Set(subnets.map(({ zoneId }) => zoneId))].sort()
    const placed = subnets.map(({ subnetId, zoneId }) => `${subnetId} in ${zoneId}`).join(', ')
    if (zoneIds.length < subnets.length) throw misplaced(`subnets in account ${aws.name} share a zone: ${placed}`)
    if (zoneIds.length < atLeast) throw misplaced(`${atLeast} zones are needed in account ${aws.name}, got ${placed}`)
    return { state: 'ready', owner: 'other', facts: { zoneIds } }
  },
})

const misplaced = (message: string): PrivlinkError =>
  new PrivlinkError('ZonesUnfit', message, {
    exit: exits.usage,
    hint: 'Name one subnet for each zone under subnetIds of the network in the config.',
  })
