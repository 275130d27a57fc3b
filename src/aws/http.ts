import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '../clock.ts'

export interface HttpAnswer {
  status: number
  /** Lower-case names. */
  headers: Record<string, string>
  body: string
}

export interface HttpAsk {
  url: URL
  method?: string
  headers?: Record<string, string>
  /** An open connection to use, with TLS where there is to be any; then the url only says what is asked for. */
  over?: Duplex
}

/**
 * Makes one request over a connection of its own and reads the whole answer. Nothing is followed or repeated.
 *
 * @throws the error of Node, or the signal's reason
 */
export const ask = ({ url, method = 'GET', headers = {}, over }: HttpAsk, signal?: AbortSignal): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const connection = over ? { createConnection: () => over } : { agent: false }
    const request = (url.protocol === 'https:' ? https : http).request(url, { method, headers, ...connection })
    const stop = () => request.destroy(reasonOf(signal))
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop, { once: true })
    request.once('close', () => signal?.removeEventListener('abort', stop))
    request.once('error', reject)
    request.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
          ),
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    request.end()
  })

const reasonOf = (signal: AbortSignal | undefined): Error =>
  signal?.reason instanceof Error ? signal.reason : new Error('aborted')

/** Whether a TCP connection can be made. Never throws. */
export const connects = (host: string, port: number, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect({ host, port })
    const end = (made: boolean) => {
      signal.removeEventListener('abort', stop)
      socket.destroy()
      resolve(made)
    }
    const stop = () => end(false)
    signal.addEventListener('abort', stop, { once: true })
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    if (signal.aborted) stop()
  })

/** Says that the time is up. */
class TimeUp extends Error {
  override readonly name = 'TimeUp'
}

/**
 * Gives work in real time at most `ms` of the clock.
 *
 * @throws TimeUp, or what the work throws
 */
export const within = <T>(clock: Clock, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
  clock.during(async () => {
    const timeUp = new AbortController()
    const done = new AbortController()
    const timer = clock.sleep(ms, done.signal).then(
      () => {
        const error = new TimeUp(`no answer within ${ms / 1000} s`)
        timeUp.abort(error)
        throw error
      },
      // The work was done before.
      () => new Promise<never>(() => {}),
    )
    try {
      return await Promise.race([work(timeUp.signal), timer])
    } finally {
      done.abort()
    }
  })
