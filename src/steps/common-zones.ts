import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { seconds } from '../engine/step.ts'
import { exits, PrivlinkError } from '../errors.ts'
import type { PlacedSubnet } from './network.ts'

/**
 * The subnets in which an endpoint of the service can stand: those in zones where the load balancer behind it has a
 * node, compared by zone id, one subnet per zone (CreateVpcEndpoint, "Availability Zone considerations").
 */
export const commonZones = defineStep<{ balancerZoneIds: string[]; subnets: PlacedSubnet[] }>()({
  id: 'common-zones',
  title: 'Availability Zones that both sides have',
  facts: z.object({ subnetIds: z.array(z.string()), zoneIds: z.array(z.string()) }),
  permissions: {
    read: [],
  },
  patience: { upTo: seconds(30), every: seconds(5) },

  async read({ inputs: { balancerZoneIds, subnets } }) {
    if (balancerZoneIds === undefined || subnets === undefined) return { state: 'absent' }
    const chosen = new Map<string, string>()
    for (const { zoneId, subnetId } of subnets) {
      if (balancerZoneIds.includes(zoneId) && !chosen.has(zoneId)) chosen.set(zoneId, subnetId)
    }
    if (chosen.size === 0) {
      const ours = [...new Set(subnets.map(({ zoneId }) => zoneId))].sort().join(', ')
      throw new PrivlinkError(
        'NoCommonZone',
        `the service's load balancer is in ${[...balancerZoneIds].sort().join(', ')}, the network's subnets are in ${ours}`,
        {
          exit: exits.usage,
          hint: "Add a subnet in one of its zones to the network, or a zone of the network's to that load balancer.",
        },
      )
    }
    return {
      state: 'ready',
      owner: 'other',
      facts: { subnetIds: [...chosen.values()].sort(), zoneIds: [...chosen.keys()].sort() },
    }
  },

  async check({ facts: { zoneIds } }) {
    const check = 'Availability Zones in common'
    if (zoneIds.length > 1) return [{ check, verdict: 'ok', evidence: zoneIds.join(', ') }]
    return [
      {
        check,
        verdict: 'ok',
        evidence: `only one: ${zoneIds.join()}`,
        hint: 'Without this zone there is no way through: add a subnet in another zone of the service.',
      },
    ]
  },
})
