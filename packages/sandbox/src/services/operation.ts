import type { Clock } from '../state/clock.ts'
import type { Network } from '../network/network.ts'
import type { World } from '../state/world.ts'
import type { Demand } from '../reads/authorization.ts'

/** Who calls, from where, and when. */
export interface Call {
  world: World
  /** Sandbox time in ms since the epoch. */
  now: number
  /** For operations that wait or travel: `clock.aside(() => clock.sleep(ms, signal))` lets time pass meanwhile. */
  clock: Clock
  /** What processes live in and requests travel through; its own signal aborts when the sandbox closes. */
  network: Network
  /** Aborts when the client is gone or the sandbox closes. */
  signal?: AbortSignal
  account: string
  region: string
  /** ARN of the caller: an assumed role's session, or the root of the account of a static key. */
  principal: string
  requestId: string
  /** For what a service does in the caller's name later on: why the caller may not, in AWS's words. */
  denial?: (demand: Demand) => string | undefined
}

/** A request as authorization sees it: what is asked, and for REST by which path. */
export interface Asked {
  operation: string
  input: Readonly<Record<string, unknown>>
  method: string
  path: string
}

/**
 * One operation of the wire protocol. `accepts` names the top-level members of the input that the sandbox models; any
 * other one that a request carries is refused, never ignored.
 */
export interface Operation {
  accepts: readonly string[]
  run(input: object, call: Call): object | Promise<object>
}

/**
 * Declares an operation with the SDK's own types: the body can read no member that it has not declared.
 *
 *     DeleteVpc: operation<DeleteVpcRequest, object>()(['VpcId'], ({ VpcId }, call) => { ... })
 */
export const operation =
  <Input extends object, Output extends object>() =>
  <const Accepted extends keyof Input & string>(
    accepts: readonly Accepted[],
    run: (input: Pick<Input, Accepted>, call: Call) => Output | Promise<Output>,
  ): Operation => ({
    accepts,
    // The dispatcher has read the input by the operation's own schema and refused what `accepts` does not name.
    run: (input, call) => run(input as Pick<Input, Accepted>, call),
  })

/** A service of the sandbox: its protocol, how requests find it, and its operations by name. */
export interface Service {
  /** The name in a SigV4 credential scope and in IAM actions: ec2, elasticloadbalancing, apigateway, lambda, ... */
  id: string
  protocol: 'ec2-query' | 'query' | 'rest-json' | 'json' | 'rest-xml'
  /** The module of the SDK client, whose exported schemas (`CreateVpc$`) describe every operation and error. */
  model: Record<string, unknown>
  operations: Record<string, Operation>
  /** All that a caller must be allowed for a request. Without it, anybody may. */
  demands?(asked: Asked, call: Call): Demand[]
}
