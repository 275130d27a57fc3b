// Answers CONNECT, by which a client on this machine takes a stand inside the network.
import type { Duplex } from 'node:stream'

import { isIpv4 } from '../reads/addresses.ts'
import { dialAny } from './dial.ts'
import { lookUp } from './dns.ts'
import { type Failure, isFailure, failureAt, type Network, type Source } from './network.ts'
import { splice } from './splice.ts'

/** How long a client whose packets are dropped keeps its connection, in ms of the sandbox's time. */
const patience = 60_000

/**
 * Answers CONNECT for a client that stands at `source`: resolves the name by its VPC's DNS, dials, and carries bytes.
 * 502 with the reason where nobody is to be had; silence until the client gives up where packets are dropped.
 */
export async function tunnel(network: Network, source: Source, authority: string, client: Duplex): Promise<void> {
  client.on('error', () => client.destroy())
  const made = await connect(network, source, authority)
  if (!isFailure(made)) {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    return splice(client, made)
  }
  if (made.cause === 'timeout') return await hang(network, client)
  refuse(client, 502, `${made.hop}: ${made.why}`)
}

async function connect(network: Network, source: Source, authority: string): Promise<Duplex | Failure> {
  const { name = '', port } = /^(?<name>[^:]+):(?<port>\d+)$/.exec(authority)?.groups ?? {}
  if (port === undefined) return failureAt('refused', authority, 'it is not a name or IPv4 address with a port')
  const { world, clock } = network
  const addresses = isIpv4(name) ? [name] : lookUp(world, clock.now(), source.vpcId, name)
  if (!addresses)
    return failureAt('refused', name, `the resolver of ${source.vpcId ?? 'the internet'} does not know the name`)
  return await dialAny(network, source, addresses, Number(port))
}

/** Ends a connection without having answered, when the client is gone or has waited long enough. */
export async function hang({ clock, signal }: Network, client: Duplex): Promise<void> {
  const gone = new AbortController()
  const leave = () => gone.abort(new Error('the connection is over'))
  client.once('close', leave)
  signal?.addEventListener('abort', leave, { once: true })
  // Reading on shows when the client closes.
  client.resume()
  client.once('end', leave)
  try {
    await clock.aside(() => clock.sleep(patience, gone.signal))
  } catch {
    // The client was first.
  }
  signal?.removeEventListener('abort', leave)
  client.destroy()
}

/** Answers a CONNECT with a reason. */
export function refuse(client: Duplex, status: number, why: string): void {
  const length = Buffer.byteLength(why)
  const head = `HTTP/1.1 ${status} ${status === 502 ? 'Bad Gateway' : 'Bad Request'}\r\ncontent-type: text/plain`
  client.end(`${head}\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n${why}`)
}
