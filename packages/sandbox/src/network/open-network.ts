// Puts the network of a world together: the only file that knows all that serves the ends of connections.
import type { Clock } from '../state/clock.ts'
import type { World } from '../state/world.ts'
import { serveApplication } from './application-load-balancer.ts'
import type { Network } from './network.ts'
import { serveEdge } from './execute-api/serve-edge.ts'
import type { Certificates } from './tls.ts'

/** The network of a world. `signal` aborts when the sandbox closes. */
export const openNetwork = (
  { world, clock, signal }: { world: World; clock: Clock; signal?: AbortSignal },
  { ca, key, cert }: Certificates,
): Network => ({
  world,
  clock,
  ...(signal && { signal }),
  ca,
  certificate: { key, cert },
  serve: { edge: serveEdge, application: serveApplication },
})
