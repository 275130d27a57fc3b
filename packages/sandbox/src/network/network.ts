// The words of the network: who opens connections, where they end, and what becomes of them.
import type { Duplex } from 'node:stream'

import type { Clock } from '../state/clock.ts'
import type { World } from '../state/world.ts'

/** The network of a world, and the clock that connections wait by. `openNetwork` makes it. */
export interface Network {
  world: World
  clock: Clock
  /** Aborts waits: when the sandbox closes or, in what is made of it for one request, when its client is gone. */
  signal?: AbortSignal
  /** PEM of the authority behind the certificates of API Gateway's names: processes in the network have to trust it. */
  ca: string
  /** PEM: how the sandbox itself shows who it is where it speaks TLS. */
  certificate: { key: string; cert: string }
  /** Serves the far side of connections that end in the sandbox itself; what lies below must not import who does. */
  serve: {
    edge(network: Network, stream: Duplex, end: EdgeEnd): void
    /** Nothing answers at the nodes of an Application Load Balancer if this is absent. */
    application?(network: Network, stream: Duplex, end: ApplicationEnd): void
  }
}

/** An answer, or `hang`: packets are dropped on the way and the caller waits until it gives up. */
export type EdgeAnswer = HttpAnswer | 'hang'

/** The way a request enters: through an interface endpoint of the API's service, or from the internet. */
export type Entry =
  | { kind: 'endpoint'; endpointId: string; vpcId: string; account: string; sourceIp: string }
  | { kind: 'internet'; sourceIp: string }

/** An HTTP request inside the sandbox's network. Header names are lower case; `path` has no query string. */
export interface HttpRequest {
  method: string
  path: string
  /** The query without the question mark; empty if there is none. */
  query: string
  headers: Record<string, string>
  body: Buffer
}

export interface HttpAnswer {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** A request or connection that did not arrive: where it ended, and why. */
export interface Failure {
  arrived: false
  cause: 'link' | 'no-listener' | 'no-target' | 'timeout' | 'refused' | 'tls'
  hop: string
  why: string
}

/** The outcome of a request. */
export type Arrival = { arrived: true; answer: HttpAnswer } | Failure

/** The source of a connection: an interface, or an address elsewhere that has no groups and no subnet. */
export interface Source {
  ip: string
  groupIds: readonly string[]
  vpcId?: string
  subnetId?: string
  /** Set for a load balancer's node, which cannot be a client of another Network Load Balancer. */
  loadBalancerArn?: string
  /** Whether it has a public address too: only then an internet gateway leads out, a NAT gateway always does. */
  isPublic?: boolean
}

/** A server on this machine. */
export interface HostEnd {
  arrived: true
  at: 'host'
  /** `http:`, `https:` or, of which only bytes are known, `tcp:`. */
  url: string
  hop: string
  /** Whether the sandbox speaks TLS before it. */
  tls: boolean
}

/** API Gateway, behind an execute-api endpoint or, without an endpoint, on the internet. */
export interface EdgeEnd {
  arrived: true
  at: 'edge'
  endpointId?: string
  sourceIp: string
  hop: string
}

/** A node of an Application Load Balancer, whose groups have let the client in. */
export interface ApplicationEnd {
  arrived: true
  at: 'application'
  loadBalancerArn: string
  port: number
  /** The client as the balancer sees it: its own address, or that of the Network Load Balancer before it. */
  client: Source
  /** The subnet of the node. */
  subnetId: string
  hop: string
}

/** The far end of a connection. */
export type End = HostEnd | EdgeEnd | ApplicationEnd

export const failureAt = (cause: Failure['cause'], hop: string, why: string): Failure => ({
  arrived: false,
  cause,
  hop,
  why,
})

/** Whether something is the reason why there is no connection, rather than the connection. */
export const isFailure = (made: Duplex | Failure): made is Failure => 'arrived' in made
