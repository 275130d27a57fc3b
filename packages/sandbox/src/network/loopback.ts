// Lets a program into the network that knows nothing of proxies, such as NGINX: by DNS and addresses on loopback.
import dgram from 'node:dgram'
import { addAbortListener } from 'node:events'
import net, { type Socket } from 'node:net'

import { dial } from './dial.ts'
import { lookUp } from './dns.ts'
import { readQuestion, type Reply, typeA, writeReply } from './dns-message.ts'
import { isFailure, type Network, type Source } from './network.ts'
import { splice } from './splice.ts'
import { hang } from './tunnel.ts'

/** The network as a program on this machine sees it that knows nothing of proxies. */
export interface Loopback {
  /** A DNS server on 127.0.0.1, by UDP. */
  dnsPort: number
  /** The port on which the addresses listen that it answers with. */
  port: number
  /** Cuts every connection. */
  close(): Promise<void>
}

/**
 * Shows a program that lives at `source` one port of the network: a DNS server answers for the source's VPC with an
 * address of 127.0.0.0/8 for every address that a name has there, and whoever connects to that one, at the port that is
 * returned, is connected to `port` of the address behind it. Closes with the sandbox, if nobody closed it before.
 *
 * Works where the system has all of 127.0.0.0/8, as Linux does; where it has only 127.0.0.1, names cannot be resolved.
 */
export async function openLoopback(network: Network, source: Source, port: number): Promise<Loopback> {
  const stands = new Map<string, Promise<string>>()
  const servers: net.Server[] = []
  const sockets = new Set<Socket>()
  const listen = async (at: { host: string; port: number }, onward: (socket: Socket) => void) => {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      socket.on('error', () => socket.destroy())
      onward(socket)
    })
    servers.push(server)
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(at, resolve))
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : at.port
  }
  // Keeps the port's number; no address of the network is here.
  const here = await listen({ host: '127.0.0.1', port: 0 }, (socket) => socket.resetAndDestroy())

  const standFor = (ip: string): Promise<string> => {
    const known = stands.get(ip)
    if (known) return known
    const host = `127.64.${Math.floor(stands.size / 250)}.${(stands.size % 250) + 1}`
    const onward = (socket: Socket) => void carry(network, source, { ip, port }, socket).catch(() => socket.destroy())
    const made = listen({ host, port: here }, onward).then(() => host)
    stands.set(ip, made)
    return made
  }
  const answer = async (name: string, type: number): Promise<Reply> => {
    const addresses = lookUp(network.world, network.clock.now(), source.vpcId, name)
    if (!addresses) return 'no-such-name'
    return { addresses: type === typeA ? await Promise.all(addresses.map(standFor)) : [] }
  }
  const resolver = dgram.createSocket('udp4', (message, from) => {
    const question = readQuestion(message)
    if (!question) return
    const send = (reply: Reply) => resolver.send(writeReply(question, reply), from.port, from.address, () => {})
    // The loopback closed meanwhile, or the system has no such addresses.
    answer(question.name, question.type).then(send, () => closed ?? send('trouble'))
  })
  await new Promise<void>((resolve, reject) => {
    resolver.once('error', reject)
    resolver.bind(0, '127.0.0.1', resolve)
  })
  let closed: Promise<unknown> | undefined
  const close = async () => {
    listening?.[Symbol.dispose]()
    closed ??= Promise.all([
      new Promise<void>((resolve) => resolver.close(resolve)),
      ...servers.map((server) => new Promise((resolve) => server.close(resolve))),
    ])
    for (const socket of sockets) socket.destroy()
    await closed
  }
  const listening = network.signal && addAbortListener(network.signal, () => void close())
  return { dnsPort: resolver.address().port, port: here, close }
}

/**
 * Connects a program's socket to an address in the network: reset where nobody listens, silence where packets are
 * dropped.
 */
async function carry(
  network: Network,
  source: Source,
  to: { ip: string; port: number },
  socket: Socket,
): Promise<void> {
  const made = await dial(network, source, to)
  if (!isFailure(made)) return splice(socket, made)
  if (made.cause === 'timeout') await hang(network, socket)
  else socket.resetAndDestroy()
}
