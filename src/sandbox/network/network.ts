import type { Clock } from '../../clock.ts'
import type { World } from '../world.ts'

/** What the data path needs: the world it travels through and the clock it waits by. */
export interface Network {
  world: World
  clock: Clock
  /** Aborts waits when the client is gone or the sandbox closes. */
  signal?: AbortSignal
  /**
   * How a request that arrives at an execute-api endpoint's interface from inside the network goes on. `withEdge` of
   * edge.ts puts it in; without it such a request is refused, since what lies below the edge must not import it.
   */
  edge?: (request: HttpRequest, host: string, via: { endpointId: string; sourceIp: string }) => Promise<EdgeAnswer>
}

/** An answer, or `hang`: packets are dropped on the way and the caller waits until it gives up. */
export type EdgeAnswer = HttpAnswer | 'hang'

/** Where a request enters: through an interface endpoint of the API's service, or from the internet. */
export type Entry =
  | { kind: 'endpoint'; endpointId: string; vpcId: string; account: string; sourceIp: string }
  | { kind: 'internet'; sourceIp: string }

/** An HTTP request inside the sandbox's network. Header names are lower case; `path` has no query string. */
export interface HttpRequest {
  method: string
  path: string
  /** Without the question mark; empty if there is none. */
  query: string
  headers: Record<string, string>
  body: Buffer
}

export interface HttpAnswer {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** Where a request or connection ended, and why, for people who look into the sandbox. */
export interface Failure {
  arrived: false
  cause: 'link' | 'no-listener' | 'no-target' | 'timeout' | 'refused' | 'tls'
  hop: string
  why: string
}

/** What became of a request on its way. */
export type Arrival = { arrived: true; answer: HttpAnswer } | Failure

/** Someone who opens a connection: an interface, or an address elsewhere that has no groups and no subnet. */
export interface Source {
  ip: string
  groupIds: readonly string[]
  vpcId?: string
  subnetId?: string
}

/** The far end of an open connection: a server on this machine, or the API edge behind an execute-api endpoint. */
export type End =
  | { arrived: true; at: 'host'; url: string; hop: string; tls: boolean }
  | { arrived: true; at: 'edge'; endpointId: string; region: string; sourceIp: string }

export const lost = (cause: Failure['cause'], hop: string, why: string): Failure => ({
  arrived: false,
  cause,
  hop,
  why,
})
