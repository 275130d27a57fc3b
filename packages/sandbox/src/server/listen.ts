import { setMaxListeners } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import net, { type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Handler, headersOf, listenerOf } from '../network/http.ts'

/** Takes a connection over that asks for a tunnel; `client` has whatever the client has sent since. */
export type Connect = (request: { authority: string; headers: Record<string, string> }, client: Duplex) => void

export interface Listening {
  port: number
  /** Closes what is open, within a fraction of a second. */
  close(): Promise<void>
}

const tlsHandshake = 0x16

/**
 * Serves HTTP and HTTPS on one port of this machine's loopback interface: a connection whose first byte is a TLS
 * handshake goes to the HTTPS server, any other to the HTTP server.
 */
export async function listen(
  handler: Handler,
  { port = 0, tls, connect }: { port?: number; tls?: { key: string; cert: string }; connect?: Connect },
): Promise<Listening> {
  const closing = new AbortController()
  // Every request that is being answered listens to it.
  setMaxListeners(0, closing.signal)
  const listener = listenerOf(handler, closing.signal)
  const plain = http.createServer({ keepAliveTimeout: 60_000 }, listener)
  const secure = tls && https.createServer({ ...tls, keepAliveTimeout: 60_000 }, listener)
  for (const server of [plain, secure]) {
    if (connect) server?.on('connect', (request, client, head) => connect(...connectArguments(request, client, head)))
  }
  const sockets = new Set<Socket>()
  const front = net.createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.once('readable', () => {
      const first: unknown = socket.read(1)
      if (!Buffer.isBuffer(first)) return
      socket.unshift(first)
      const server = first[0] === tlsHandshake ? secure : plain
      if (server) server.emit('connection', socket)
      else socket.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    front.once('error', reject)
    front.listen(port, '127.0.0.1', resolve)
  })
  const address = front.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      const closed = new Promise<void>((resolve) => front.close(() => resolve()))
      closing.abort(new Error('the sandbox is closing'))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function connectArguments(request: IncomingMessage, client: Duplex, head: Buffer): Parameters<Connect> {
  if (head.length > 0) client.unshift(head)
  return [{ authority: request.url ?? '', headers: headersOf(request) }, client]
}
