// Lets API Gateway answer on a connection inside the network, over real TLS.
import http from 'node:http'
import type { Duplex } from 'node:stream'
import { answerAtEnd } from './edge.ts'
import type { EdgeEnd, HttpRequest, Network } from '../network.ts'
import { guardTls, secureServerSide } from '../secure-end.ts'
import { listenerOf, type ServerRequest } from '../http.ts'

const never = new AbortController().signal

/**
 * API Gateway at the far side of a connection: TLS by the sandbox's certificate, then HTTP, as often as the client
 * likes.
 */
export function serveEdge(network: Network, stream: Duplex, end: EdgeEnd): void {
  guardTls(stream, () => {
    const listener = listenerOf(
      (request, signal) => answerAtEnd({ ...network, signal }, asInside(request), end),
      network.signal ?? never,
    )
    http.createServer(listener).emit('connection', secureServerSide(network, stream))
  })
}

/** A request of the server's as it is inside the network. */
export const asInside = ({ method, path, rawQuery, headers, body }: ServerRequest): HttpRequest => ({
  method,
  path,
  query: rawQuery,
  headers,
  body,
})
