import { createHash } from 'node:crypto'
import { type AnySettings, homeOf } from './flow.ts'
import { type AccountsAndNetworks, resolveNetwork } from './accounts-and-networks.ts'

interface Ports extends AccountsAndNetworks {
  integrations: Record<string, AnySettings>
}

const first = 20_000
const count = 10_000

/**
 * Listener ports of the integrations that share a load balancer: the one that the config gives, else one that follows
 * from the integration's name, so that it stays the same when others come and go. Where two names meet, the later in the
 * alphabet moves on.
 */
export function assignPorts(config: Ports): Map<string, number> {
  const sharing = Object.entries(config.integrations)
    .filter(([, { loadBalancer }]) => loadBalancer === 'shared')
    .map(([name, settings]) => ({ name, site: siteOf(config, homeOf(settings)), listenerPort: settings.listenerPort }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const taken = new Set(sharing.map(({ site, listenerPort }) => `${site} ${listenerPort}`))
  const ports = new Map<string, number>()
  for (const { name, site, listenerPort } of sharing) {
    let port = listenerPort ?? portFor(name)
    if (listenerPort === undefined) {
      while (taken.has(`${site} ${port}`)) port = first + ((port - first + 1) % count)
      taken.add(`${site} ${port}`)
    }
    ports.set(name, port)
  }
  return ports
}

/** The VPC whose load balancer is shared. */
export function siteOf(config: AccountsAndNetworks, network: string): string {
  const place = resolveNetwork(config, network)
  return place === undefined ? network : `${place.account.key}/${place.vpcId}`
}

const portFor = (name: string): number => first + (createHash('sha256').update(name).digest().readUInt32BE(0) % count)
