import { setMaxListeners } from 'node:events'
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import https from 'node:https'
import net, { type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** A request as it came in: lower-case header names, path still percent-encoded, body complete. */
export interface ServerRequest {
  method: string
  path: string
  query: URLSearchParams
  /** As on the wire, without the question mark. */
  rawQuery: string
  headers: Record<string, string>
  body: Buffer
}

export interface ServerAnswer {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** Answers a request, or says `lost`: the connection is closed without an answer. */
export type Handler = (request: ServerRequest, signal: AbortSignal) => Promise<ServerAnswer | 'lost'>

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
    if (connect) server?.on('connect', (request, client, head) => connect(...asked(request, client, head)))
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

function asked(request: IncomingMessage, client: Duplex, head: Buffer): Parameters<Connect> {
  if (head.length > 0) client.unshift(head)
  return [{ authority: request.url ?? '', headers: headersOf(request) }, client]
}

const headersOf = (incoming: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join(', ')]))

/** Lets a handler answer the requests of an HTTP server of any kind until `closing` aborts. */
export const listenerOf =
  (handler: Handler, closing: AbortSignal): RequestListener =>
  (incoming, outgoing) => {
    const gone = new AbortController()
    const leave = () => gone.abort(new Error('the client is gone'))
    outgoing.once('close', leave)
    closing.addEventListener('abort', leave, { once: true })
    answer(handler, incoming, outgoing, gone.signal)
      .catch((thrown: unknown) => fail(outgoing, thrown, gone.signal))
      .finally(() => closing.removeEventListener('abort', leave))
  }

async function answer(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse, signal: AbortSignal) {
  const request = await readRequest(incoming)
  const found = await handler(request, signal)
  if (found === 'lost') {
    incoming.socket.destroy()
    return
  }
  outgoing.writeHead(found.status, { ...found.headers, 'content-length': String(found.body.length) })
  outgoing.end(request.method === 'HEAD' ? undefined : found.body)
}

async function readRequest(incoming: IncomingMessage): Promise<ServerRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk))
  const url = incoming.url ?? '/'
  const mark = url.indexOf('?')
  const rawQuery = mark < 0 ? '' : url.slice(mark + 1)
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(rawQuery),
    rawQuery,
    headers: headersOf(incoming),
    body: Buffer.concat(chunks),
  }
}

/** A bug of the sandbox is a 500 that says where it is, so that whoever rehearses can report it. */
function fail(outgoing: ServerResponse, thrown: unknown, signal: AbortSignal): void {
  if (signal.aborted || outgoing.headersSent) {
    outgoing.destroy()
    return
  }
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  outgoing.writeHead(500, { 'content-type': 'application/json', 'x-amzn-errortype': 'InternalFailure' })
  outgoing.end(JSON.stringify({ message: `The sandbox has a bug: ${stack}` }))
}
