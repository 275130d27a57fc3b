// Serves the hosts that no other program serves, so that a seeded backend answers without a program of its own.
import http from 'node:http'

import type { Host, World } from '../state/world.ts'

/** The small HTTP servers behind the hosts that the sandbox serves itself. */
export interface Backends {
  /** Starts a server for every served host that has none, and writes its `url`. */
  serve(): Promise<void>
  /**
   * Stops a host: it is there, but nothing listens on the port any more. Returns undefined if there is no such host.
   */
  stop(ip: string, port: number): Promise<Host | undefined>
  close(): Promise<void>
}

export function makeBackends(world: World): Backends {
  const running = new Map<Host, http.Server>()
  return {
    serve: async () => {
      for (const host of world.hosts) {
        if (host.served === true && !running.has(host)) running.set(host, await serveHost(host))
      }
    },
    stop: async (ip, port) => {
      const host = world.hosts.find((host) => host.ip === ip && host.port === port)
      if (!host) return undefined
      delete host.url
      delete host.served
      const server = running.get(host)
      running.delete(host)
      if (server) await end(server)
      return host
    },
    close: async () => {
      await Promise.all([...running.values()].map(end))
      running.clear()
    },
  }
}

/**
 * Answers 200 to everything: with the host's own text, or with JSON that says who it is and what it was asked, so that
 * a test call shows which backend it reached and how path and Host header arrived there.
 */
async function serveHost(host: Host): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    request.resume()
    const said = { name: host.name ?? `${host.ip}:${host.port}`, method: request.method, path: request.url }
    const text = host.answer ?? JSON.stringify({ ...said, host: request.headers.host })
    const type = host.answer === undefined ? 'application/json' : 'text/plain'
    response.writeHead(200, { 'content-type': type }).end(text)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (typeof address === 'object' && address !== null) host.url = `http://127.0.0.1:${address.port}`
  return server
}

const end = (server: http.Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
