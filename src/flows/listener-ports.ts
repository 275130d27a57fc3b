// Gives each integration on a shared load balancer a listener port of its own, the same in every run.
import { createHash } from 'node:crypto'
import { type AccountsAndNetworks, resolveNetwork } from './accounts-and-networks.ts'
import { declarationsOf, type Integration } from './flows.ts'

interface Ports extends AccountsAndNetworks {
  integrations: Record<string, Integration>
}

const first = 20_000
const count = 10_000

/**
 * Listener ports of the integrations that share a load balancer: the one that the config gives, else one derived from
 * the integration's name, so that it stays the same when others come and go. Where two names lead to one port, the
 * later in the alphabet takes the next.
 */
export function assignPorts(config: Ports): Map<string, number> {
  const sharing = [...declarationsOf(config.integrations)]
    .flatMap(([name, { home, sharedListener }]) =>
      sharedListener === undefined
        ? []
        : [{ name, scope: sharedScopeOf(config, home.name), listenerPort: sharedListener.port }],
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const taken = new Set(sharing.map(({ scope, listenerPort }) => `${scope} ${listenerPort}`))
  const ports = new Map<string, number>()
  for (const { name, scope, listenerPort } of sharing) {
    let port = listenerPort ?? portFor(name)
    if (listenerPort === undefined) {
      while (taken.has(`${scope} ${port}`)) port = first + ((port - first + 1) % count)
      taken.add(`${scope} ${port}`)
    }
    ports.set(name, port)
  }
  return ports
}

/** The VPC whose load balancer is shared, as the keys of shared nodes name it. */
export function sharedScopeOf(config: AccountsAndNetworks, network: string): string {
  const resolved = resolveNetwork(config, network)
  return resolved === undefined ? network : `${resolved.account.key}/${resolved.vpcId}`
}

const portFor = (name: string): number => first + (createHash('sha256').update(name).digest().readUInt32BE(0) % count)
