// Serves HTTP over any connection, since the port of the sandbox and what it serves inside the network need the same.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

/** A request as it came in: lower-case header names, path still percent-encoded, body complete. */
export interface ServerRequest {
  method: string
  path: string
  query: URLSearchParams
  /** The query as on the wire, without the question mark. */
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

export const headersOf = (incoming: IncomingMessage): Record<string, string> =>
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

/** A bug of the sandbox is a 500 that says where it is, so that it can be reported. */
function fail(outgoing: ServerResponse, thrown: unknown, signal: AbortSignal): void {
  if (signal.aborted || outgoing.headersSent) {
    outgoing.destroy()
    return
  }
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  outgoing.writeHead(500, { 'content-type': 'application/json', 'x-amzn-errortype': 'InternalFailure' })
  outgoing.end(JSON.stringify({ message: `The sandbox has a bug: ${stack}` }))
}
