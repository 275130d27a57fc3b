import http from 'node:http'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import { messageOf } from '../errors.ts'
import { ask, type HttpAnswer } from './http.ts'
import type { SecureCall } from './vantage.ts'

/**
 * Opens a TCP connection.
 *
 * @throws the error of Node, or the signal's reason
 */
export const openTcp = (host: string, port: number, signal: AbortSignal): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, signal })
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })

/**
 * Opens a connection through a proxy on this machine, by CONNECT.
 *
 * @throws what the proxy says, the error of Node, or the signal's reason
 */
export const openTunnel = (
  proxy: string,
  authority: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(proxy)
    const request = http.request({ host: hostname, port, method: 'CONNECT', path: authority, headers, signal })
    request.once('error', reject)
    request.once('connect', (response, socket, head) => {
      if (response.statusCode === 200) return resolve(socket)
      text(socket).then((more) => reject(new Error(`${head.toString('utf8')}${more}`)), reject)
    })
    request.end()
  })

/**
 * Makes one request over TLS and an open connection, and reads the whole answer.
 *
 * @throws the error of Node or OpenSSL, or the signal's reason
 */
export async function askOverTls(
  socket: Duplex,
  { name, method, path, headers = {}, ca, client, versions }: Omit<SecureCall, 'aws'>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const old = versions !== undefined && versions.max < 'TLSv1.2'
  const secure = tls.connect({
    socket,
    servername: name,
    ...(ca !== undefined && { ca }),
    ...(client && { cert: client.certificate, key: client.key }),
    ...(versions && { minVersion: versions.min, maxVersion: versions.max }),
    // OpenSSL 3 does not even try what is older than TLS 1.2 at its usual level of security.
    ...(old && { ciphers: 'DEFAULT@SECLEVEL=0' }),
  })
  try {
    await new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', resolve)
      secure.on('error', reject)
      signal.addEventListener('abort', () => secure.destroy(abortionOf(signal)), { once: true })
    })
    const url = new URL(`http://${name}${path}`)
    return await ask({ url, method, headers: { host: name, ...headers }, over: secure }, signal)
  } finally {
    secure.destroy()
    socket.destroy()
  }
}

const abortionOf = ({ reason }: AbortSignal): Error => (reason instanceof Error ? reason : new Error('aborted'))

/** Why a request over TLS got no answer: the alert by which the server refused it, a reset, or what Node says. */
export function whyNot(thrown: unknown): string {
  if (!(thrown instanceof Error)) return messageOf(thrown)
  const reason = 'reason' in thrown ? String(thrown.reason) : ''
  if (reason !== '') return /alert .+/.exec(reason)?.[0] ?? reason
  return isReset(thrown) ? 'connection reset' : thrown.message
}

/** Whether the other side has cut the connection without a word. */
export const isReset = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && (thrown.code === 'ECONNRESET' || thrown.code === 'EPIPE')
