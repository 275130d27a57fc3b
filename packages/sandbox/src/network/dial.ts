// Opens connections inside the network: whatever lives in it, from load balancers to functions, gets its bytes here.
import type { Duplex } from 'node:stream'

import { type Failure, isFailure, failureAt, type Network, type Source } from './network.ts'
import { openEnd } from './open-end.ts'
import { follow } from './path.ts'
import type { Address } from './resolve.ts'
import { letsOut } from './security.ts'

/**
 * Opens a TCP connection from a source inside the sandbox's network: a byte stream to what answers there, or why it
 * does not (`isLost`). Packets that are dropped are the cause `timeout`, which the caller has to wait out.
 */
export async function dial(network: Network, source: Source, to: Address): Promise<Duplex | Failure> {
  const now = network.clock.now()
  if (!letsOut(network.world, now, source, to)) {
    const why = `the outbound rules of its security groups do not let it reach ${to.ip}:${to.port}`
    return failureAt('timeout', source.ip, why)
  }
  const end = await follow(network, now, source, to)
  return end.arrived ? await openEnd(network, end) : end
}

/** Opens a connection to the first of several addresses that can be had; the last one's failure, if none can. */
export async function dialAny(
  network: Network,
  source: Source,
  addresses: readonly string[],
  port: number,
): Promise<Duplex | Failure> {
  let last: Failure = failureAt('refused', String(port), 'there is no address to connect to')
  for (const ip of addresses) {
    const made = await dial(network, source, { ip, port })
    if (!isFailure(made)) return made
    last = made
  }
  return last
}
