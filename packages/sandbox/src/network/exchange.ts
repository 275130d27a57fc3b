// Makes one HTTP request over a connection that is open already, which the clients of Node.js open themselves.
import http from 'node:http'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'

import { messageOf } from '../state/errors.ts'
import { isIpv4 } from '../reads/addresses.ts'
import { type Arrival, type Failure, type HttpAnswer, type HttpRequest, failureAt } from './network.ts'

/** A server on this machine that has not answered after this many real ms is busy, not slow in sandbox time. */
const leastPatience = 5_000

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Settings of a request over an open connection. */
interface ExchangeOptions {
  /** Names the server in a failure. */
  hop: string
  /** Speak TLS first: the name to ask for, and the authority (PEM) to trust; without one, any server is trusted. */
  secure?: { name: string; ca?: string }
  /** In real ms, and at least a few seconds. */
  timeoutMs?: number
}

/** Makes one HTTP request over an open connection, and closes it. Never throws: what goes wrong is the answer. */
export async function exchange(
  stream: Duplex,
  request: HttpRequest,
  { hop, secure, timeoutMs = 0 }: ExchangeOptions,
): Promise<Arrival> {
  let timer: NodeJS.Timeout | undefined
  const timeUp = new Promise<Failure>((resolve) => {
    timer = setTimeout(
      () => resolve(failureAt('timeout', hop, 'it did not answer in time')),
      Math.max(timeoutMs, leastPatience),
    )
  })
  try {
    return await Promise.race([timeUp, travel(stream, request, hop, secure)])
  } finally {
    clearTimeout(timer)
    stream.destroy()
  }
}

async function travel(
  stream: Duplex,
  request: HttpRequest,
  hop: string,
  secure: ExchangeOptions['secure'],
): Promise<Arrival> {
  try {
    const inside = secure ? await handshake(stream, secure) : stream
    try {
      return { arrived: true, answer: await ask(inside, request) }
    } catch (thrown) {
      return failureAt('refused', hop, messageOf(thrown))
    }
  } catch (thrown) {
    return failureAt('tls', hop, messageOf(thrown))
  }
}

/**
 * Speaks TLS as a client.
 *
 * @throws the handshake's error, or one that says that the certificate is another's
 */
function handshake(socket: Duplex, { name, ca }: { name: string; ca?: string }): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = tls.connect({
      socket,
      // Server names are never addresses (RFC 6066, 3).
      servername: isIpv4(name) ? '' : name,
      rejectUnauthorized: ca !== undefined,
      ...(ca !== undefined && { ca }),
      checkServerIdentity: (_, certificate) =>
        tls.checkServerIdentity(name, certificate) &&
        new Error(`Host name '${name}' does not match the certificate subject`),
    })
    secure.once('secureConnect', () => resolve(secure))
    secure.on('error', reject)
    secure.once('close', () => reject(new Error('it closed the connection during the TLS handshake')))
  })
}

function ask(stream: Duplex, request: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = http.request({
      createConnection: () => stream,
      method: request.method,
      path: `${request.path}${request.query === '' ? '' : `?${request.query}`}`,
      headers: withLength(request),
    })
    sent.once('error', reject)
    sent.once('response', (response) => readAnswer(response).then(resolve, reject))
    sent.end(request.body)
  })
}

function withLength(request: HttpRequest): Record<string, string> {
  const kept = Object.entries(request.headers).filter(([name]) => !hopByHop.has(name) && name !== 'content-length')
  const length = request.body.length > 0 ? [['content-length', String(request.body.length)] as const] : []
  return Object.fromEntries([...kept, ...length])
}

async function readAnswer(response: http.IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(Buffer.from(chunk))
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined && !hopByHop.has(name)) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks) }
}
