import { setMaxListeners } from 'node:events'
import { dirname, join } from 'node:path'

import { type Clock, runningClock } from '../state/clock.ts'
import { type Admin, answerAdmin } from './admin.ts'
import { makeBackends } from '../network/host-servers.ts'
import { type Fault, makeFaults } from './faults.ts'
import type { Network } from '../network/network.ts'
import { openNetwork } from '../network/open-network.ts'
import { certificates } from '../network/tls.ts'
import { type CallRecord, dispatch, type Dispatcher } from './protocol/dispatch.ts'
import { makeThrottle } from './throttle.ts'
import { seedWorld, withCertificates, type WorldSpec } from './seed/seed.ts'
import { connectFrom, isDataPlane, travel } from './data-plane.ts'
import { listen } from './listen.ts'
import { services } from '../services/services.ts'
import { makeAdvance } from '../services/ecs/advance.ts'
import { readWorld, saveWorld } from '../state/state-file.ts'
import { makeRunner } from '../network/tasks/runner.ts'
import { emptyWorld, type World } from '../state/world.ts'
import type { Handler } from '../network/http.ts'

export interface SandboxOptions {
  /** The sandbox's time; without it, a clock that runs at `speed`. */
  clock?: Clock
  /** How many times faster than the machine's the clock runs; 1 without it. Told by /_privlink/hello. */
  speed?: number
  /** Free port if absent. */
  port?: number
  /** A world to begin with, if there is none in the state file. */
  world?: World
  /** The resources that exist from the start, if the state file has no world. */
  seed?: WorldSpec
  /** JSON file that the world is read from and kept in. */
  stateFile?: string
  faults?: readonly Fault[]
  /** Whether AWS's request rates are enforced; they are, unless it is false. */
  throttle?: boolean
}

export interface Sandbox {
  /** `http://127.0.0.1:PORT`; the same port speaks HTTPS. */
  url: string
  world: World
  /** The sandbox's time. It is never earlier than the state file's. */
  clock: Clock
  network: Network
  /** Every call of the control plane, in order of arrival. */
  calls: readonly CallRecord[]
  setFaults(faults: readonly Fault[]): void
  /** Adds to the world, and starts servers for the hosts that it serves itself. */
  seed(spec: WorldSpec): Promise<void>
  /** Writes the state file, if there is one. */
  save(): Promise<void>
  /** Saves, stops every server and cuts every connection, within a second. Further calls do nothing new. */
  close(): Promise<void>
}

/**
 * Starts a sandbox on loopback.
 *
 * @throws SandboxError if the state file cannot be read.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const stored = options.stateFile === undefined ? undefined : await readWorld(options.stateFile)
  const clock = notBefore(stored?.time ?? 0, options.clock ?? runningClock(options.speed ?? 1))
  const world = stored ?? options.world ?? emptyWorld(clock.now())
  const tls = await certificates(options.stateFile && join(dirname(options.stateFile), 'sandbox-tls'))
  if (!stored && options.seed) seedWorld(world, await withCertificates(options.seed, tls), clock.now())
  const backends = makeBackends(world)
  const saver = options.stateFile === undefined ? undefined : saveWorld(options.stateFile, world, () => clock.now())
  const calls: CallRecord[] = []
  const faults = makeFaults(options.faults)
  const closing = new AbortController()
  // Every connection and process in the network listens to it.
  setMaxListeners(0, closing.signal)
  const network = openNetwork({ world, clock, signal: closing.signal }, tls)
  const runner = makeRunner(network)
  const advance = makeAdvance(network, runner)
  const on: Dispatcher = { world, clock, network, services, faults, record: (call) => void calls.push(call) }
  if (options.throttle !== false) on.throttle = makeThrottle(clock)
  const admin: Admin = { world, clock, speed: options.speed ?? 1, calls, faults, backends, ca: tls.ca }
  const end = async () => {
    closing.abort(new Error('the sandbox is closing'))
    await Promise.all([backends.close(), runner.close()])
  }
  const open = async () => {
    await backends.serve()
    await advance()
    const handler = handlerOf(on, admin, advance, () => saver?.soon())
    return await listen(handler, { port: options.port ?? 0, tls, connect: connectFrom(network, advance) })
  }
  const server = await open().catch(async (thrown: unknown) => {
    // Opening may fail, such as on a port that is taken: servers that run already would keep the process from ending.
    await end()
    throw thrown
  })
  let closed: Promise<void> | undefined
  const close = async () => {
    await Promise.all([server.close(), end()])
    await saver?.now()
  }
  return {
    url: `http://127.0.0.1:${server.port}`,
    world,
    clock,
    network,
    calls,
    setFaults: (list) => faults.set(list),
    seed: async (spec) => {
      seedWorld(world, await withCertificates(spec, tls), clock.now())
      await backends.serve()
      saver?.soon()
    },
    save: async () => saver?.now(),
    close: () => {
      closed ??= close()
      return closed
    },
  }
}

/** A stored world goes on where it was: the clock is moved forward to its time if it is behind. */
function notBefore(time: number, clock: Clock): Clock {
  const ahead = time - clock.now()
  return ahead <= 0 ? clock : { ...clock, now: () => clock.now() + ahead }
}

/** Brings the world up to date before each request and after it, since a request may make something due. */
const handlerOf =
  (on: Dispatcher, admin: Admin, advance: () => Promise<void>, changed: () => void): Handler =>
  async (request, signal) => {
    await advance()
    if (request.path.startsWith('/_privlink/')) {
      const answer = await answerAdmin(admin, request)
      changed()
      return answer
    }
    const answer = isDataPlane(request)
      ? await travel(on.network, request, signal)
      : await dispatch(on, request, signal)
    await advance()
    changed()
    return answer
  }
