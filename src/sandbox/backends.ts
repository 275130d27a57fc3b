import { type RunningHost, startHost } from './network/hosts.ts'
import type { Host, World } from './world.ts'

/** The small HTTP servers behind the hosts that the sandbox serves itself. */
export interface Backends {
  /** Starts a server for every served host that has none, and writes its `url`. */
  serve(): Promise<void>
  /** Stops a host: it is there, but nothing listens on the port any more. Returns undefined if there is no such host. */
  stop(ip: string, port: number): Promise<Host | undefined>
  close(): Promise<void>
}

export function makeBackends(world: World): Backends {
  const running = new Map<Host, RunningHost>()
  return {
    serve: async () => {
      for (const host of world.hosts) {
        if (host.served !== true || running.has(host)) continue
        const server = await startHost(host.name ?? `${host.ip}:${host.port}`)
        running.set(host, server)
        host.url = server.url
      }
    },
    stop: async (ip, port) => {
      const host = world.hosts.find((host) => host.ip === ip && host.port === port)
      if (!host) return undefined
      delete host.url
      delete host.served
      const server = running.get(host)
      running.delete(host)
      await server?.close()
      return host
    },
    close: async () => {
      await Promise.all([...running.values()].map((server) => server.close()))
      running.clear()
    },
  }
}
