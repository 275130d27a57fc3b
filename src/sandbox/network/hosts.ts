import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** A small application on loopback that stands for the backend of an integration. */
export interface RunningHost {
  /** `http://127.0.0.1:PORT` */
  url: string
  close(): Promise<void>
}

/**
 * Starts an HTTP server that answers 200 to everything and says in JSON who it is and what it was asked, so that a test
 * call shows which backend it reached and how the path and Host header arrived there.
 */
export async function startHost(name: string): Promise<RunningHost> {
  const server = http.createServer((request, response) => {
    const body = JSON.stringify({
      host: name,
      method: request.method,
      path: request.url,
      headers: { host: request.headers.host },
    })
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  // A server that listens on a TCP port has an AddressInfo, not a pipe's name.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
