// Lets a process into the network by an HTTP proxy: a function has no other way out.
import { addAbortListener } from 'node:events'
import http from 'node:http'
import type { Duplex } from 'node:stream'

import type { Network, Source } from './network.ts'
import { tunnel } from './tunnel.ts'

/** A way into the network for a process. */
export interface Gateway {
  /** On 127.0.0.1. */
  port: number
  /** Cuts every connection. */
  close(): Promise<void>
}

/**
 * An HTTP proxy on loopback for a process that lives at `source`, such as a function's or a task's: it knows nothing
 * but CONNECT. Closes with the sandbox, if nobody closed it before.
 */
export async function openGateway(network: Network, source: Source): Promise<Gateway> {
  const open = new Set<Duplex>()
  const server = http.createServer((_, response) => response.writeHead(405).end('This proxy only knows CONNECT.\n'))
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.on('connect', (request, client: Duplex, head: Buffer) => {
    if (head.length > 0) client.unshift(head)
    tunnel(network, source, request.url ?? '', client).catch(() => client.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  let closed: Promise<void> | undefined
  const close = () => {
    listening?.[Symbol.dispose]()
    closed ??= new Promise((resolve) => server.close(() => resolve()))
    for (const socket of open) socket.destroy()
    return closed
  }
  const listening = network.signal && addAbortListener(network.signal, () => void close())
  return { port: typeof address === 'object' && address !== null ? address.port : 0, close }
}
