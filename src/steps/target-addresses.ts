import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { minutes, seconds } from '../engine/step.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { isPrivate } from './shared/private-address.ts'

/** A target as the config names it: by address or by DNS name. */
export type NamedTarget = { ip: string; port: number } | { name: string; port: number }

/**
 * The addresses behind the targets' names, as they are now. A target group holds addresses: when a name moves on, setup
 * and verify notice.
 */
export const targetAddresses = defineStep<{ targets: NamedTarget[] }>()({
  id: 'target-addresses',
  title: "Addresses of the targets' names",
  facts: z.object({ targets: z.array(z.object({ address: z.string(), port: z.number() })) }),
  permissions: {
    read: [],
  },
  patience: { upTo: minutes(1), every: seconds(5) },

  async read({ inputs: { targets }, probe }) {
    if (targets === undefined) return { state: 'absent' }
    const resolved = await Promise.all(
      targets.map(async (target) => {
        if ('ip' in target) return [{ address: target.ip, port: target.port }]
        const addresses = await probe.resolve(target.name)
        const refused = addresses.find((address) => !isPrivate(address))
        if (refused !== undefined) {
          throw new PrivlinkError('TargetNotPrivate', `${target.name} resolves to ${refused}, which is not private`, {
            exit: exits.usage,
            hint: 'A Network Load Balancer takes private addresses only: name a host that has one.',
          })
        }
        if (addresses.length === 0) {
          throw new PrivlinkError('NameUnknown', `${target.name} has no IPv4 address as seen from here`, {
            hint: "Run this where the name resolves, or give the target's ip in the config.",
          })
        }
        return addresses.toSorted().map((address) => ({ address, port: target.port }))
      }),
    )
    // Two names may lead to one server, which a target group holds once.
    const distinct = new Map(resolved.flat().map((target) => [`${target.address}:${target.port}`, target]))
    return { state: 'ready', owner: 'other', facts: { targets: [...distinct.values()] } }
  },
})
