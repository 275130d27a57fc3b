import type { Clock } from '../../clock.ts'
import type { World } from '../world.ts'

/** What the data path needs: the world it travels through and the clock it waits by. */
export interface Network {
  world: World
  clock: Clock
}

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

/** What became of a request on its way; `hop` and `why` say where it ended, for people who look into the sandbox. */
export type Arrival =
  | { arrived: true; answer: HttpAnswer }
  | {
      arrived: false
      cause: 'link' | 'no-listener' | 'no-target' | 'timeout' | 'refused' | 'tls'
      hop: string
      why: string
    }
