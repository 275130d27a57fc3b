import http from 'node:http'
import https from 'node:https'
import net from 'node:net'

import { messageOf } from '../../errors.ts'
import { type Arrival, type Failure, type HttpAnswer, type HttpRequest, lost } from './network.ts'

/** A server on loopback that has not answered after this many real ms is busy, not slow in sandbox time. */
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

/**
 * Sends a request to a server on this machine, in real time, and at most for `timeoutMs` or a few seconds of it,
 * whichever is longer. Never throws: what goes wrong is the answer. `hop` names the server in a failure.
 */
export function sendHttp(url: string, request: HttpRequest, hop: string, timeoutMs = 0): Promise<Arrival> {
  const base = new URL(url)
  const options = {
    method: request.method,
    host: base.hostname,
    port: base.port,
    path: `${request.path}${request.query === '' ? '' : `?${request.query}`}`,
    headers: withLength(request),
    agent: false,
    timeout: Math.max(timeoutMs, leastPatience),
    // The far end's certificate is of the user's own making; who it must convince is decided before this.
    rejectUnauthorized: false,
  } as const
  return new Promise((resolve) => {
    const sent = base.protocol === 'https:' ? https.request(options) : http.request(options)
    sent.on('timeout', () => {
      resolve(lost('timeout', hop, `${url} did not answer in time`))
      sent.destroy()
    })
    sent.on('error', (error) => resolve(failureOf(error, hop)))
    sent.on('response', (response) => {
      readAnswer(response).then(
        (answer) => resolve({ arrived: true, answer }),
        (error: unknown) => resolve(failureOf(error, hop)),
      )
    })
    sent.end(request.body)
  })
}

/** Opens a TCP connection to a server on this machine and closes it again. */
export function connectTcp(url: string, hop: string): Promise<Failure | undefined> {
  const { hostname, port, protocol } = new URL(url)
  return new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) })
    const settle = (failure?: Failure) => {
      socket.destroy()
      resolve(failure)
    }
    socket.setTimeout(leastPatience, () => settle(lost('timeout', hop, `${url} did not accept a connection in time`)))
    socket.once('connect', () => settle())
    socket.once('error', (error) => settle(failureOf(error, hop)))
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

const failureOf = (error: unknown, hop: string): Failure => lost('refused', hop, messageOf(error))
