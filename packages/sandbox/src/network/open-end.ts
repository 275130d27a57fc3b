// Turns the end of a way into a byte stream: a socket to a server on this machine, or to what the sandbox serves.
import net from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'

import { messageOf } from '../state/errors.ts'
import { type End, type Failure, type HostEnd, failureAt, type Network } from './network.ts'
import { guardTls, secureServerSide } from './secure-end.ts'
import { splice } from './splice.ts'

/**
 * A server on loopback that has not accepted a connection after this many real ms is busy, not slow in sandbox time.
 */
const patience = 5_000

/** Opens the connection to its far end: to a server on this machine, or to what the sandbox serves itself. */
export async function openEnd(network: Network, end: End): Promise<Duplex | Failure> {
  if (end.at === 'host') return await openHost(network, end)
  const { serve } = network
  if (end.at === 'application' && !serve.application) return failureAt('timeout', end.hop, 'nothing serves it')
  const [near, far] = twoEnds()
  if (end.at === 'edge') serve.edge(network, far, end)
  else serve.application?.(network, far, end)
  return near
}

/** The two ends of a connection: whichever is closed, even without a word, the other one notices. */
function twoEnds(): [Duplex, Duplex] {
  const [near, far] = duplexPair()
  near.once('close', () => far.push(null))
  far.once('close', () => near.push(null))
  return [near, far]
}

async function openHost(network: Network, end: HostEnd): Promise<Duplex | Failure> {
  const made = await connectTcp(end.url, end.hop)
  if ('arrived' in made) return made
  if (!end.tls && !end.url.startsWith('https:')) return made
  const [near, far] = twoEnds()
  guardTls(far, () => splice(end.tls ? secureServerSide(network, far) : far, made))
  made.once('close', () => far.destroy())
  return near
}

/** Opens a TCP connection to a server on this machine. */
function connectTcp(url: string, hop: string): Promise<net.Socket | Failure> {
  const { hostname, port, protocol } = new URL(url)
  return new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) })
    const fail = (failure: Failure) => {
      socket.destroy()
      resolve(failure)
    }
    socket.setTimeout(patience, () => fail(failureAt('timeout', hop, `${url} did not accept a connection in time`)))
    socket.once('error', (error) => fail(failureAt('refused', hop, messageOf(error))))
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.removeAllListeners('timeout')
      resolve(socket)
    })
  })
}
