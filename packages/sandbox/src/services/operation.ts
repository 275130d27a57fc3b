import type { Network } from '../network/network.ts'
import type { RequiredPermission } from '../reads/authorization.ts'
import type { CallContext } from '../state/call-context.ts'
import type { Clock } from '../state/clock.ts'
import type { World } from '../state/world.ts'

/** A call: its caller, account, Region and time. */
export interface Call extends CallContext {
  world: World
  /** For operations that wait or travel: `clock.aside(() => clock.sleep(ms, signal))` lets time pass meanwhile. */
  clock: Clock
  /** The network that requests travel through; its own signal aborts when the sandbox closes. */
  network: Network
  /** Aborts when the client is gone or the sandbox closes. */
  signal?: AbortSignal
  /** ARN of the caller: an assumed role's session, or the root of the account of a static key. */
  principal: string
  requestId: string
  /** For what a service does in the caller's name later on: why the caller may not, in AWS's words. */
  denial?: (permission: RequiredPermission) => string | undefined
}

/** A request's operation, by name and for REST also by verb and path. */
export interface Requested {
  operation: string
  method: string
  path: string
}

/** A permission that an operation requires; its action is the operation's own, unless it says another. */
export type PermissionOn = Omit<RequiredPermission, 'action'> & { action?: string }

/**
 * All permissions that an operation requires of its caller. `*` is the operation's own action where AWS knows no
 * resources for it; `none` is where AWS asks for nothing.
 */
export type Permissions<Input> = 'none' | '*' | PermissionsOf<Input>

export type PermissionsOf<Input> = (input: Input, call: Call, requested: Requested) => readonly PermissionOn[]

/** One operation of the wire protocol. */
export interface Operation {
  /**
   * The top-level members of the input that the sandbox models; any other one that a request carries is refused, never
   * ignored.
   */
  accepts: readonly string[]
  permissions: PermissionsOf<object>
  run(input: object, call: Call): object | Promise<object>
}

/**
 * Declares an operation with the SDK's own types, and what it takes to be allowed it: neither can read a member of the
 * input that is not accepted.
 *
 *     DeleteVpc: operation<DeleteVpcRequest, object>()(['VpcId'], onThe(kinds.vpc, 'VpcId'), ({ VpcId }, call) => { ... })
 */
export const operation =
  <Input extends object, Output extends object>() =>
  <const Accepted extends keyof Input & string>(
    accepts: readonly Accepted[],
    permissions: Permissions<Pick<Input, Accepted>>,
    run: (input: Pick<Input, Accepted>, call: Call) => Output | Promise<Output>,
  ): Operation => ({
    accepts,
    // The dispatcher has read the input by the operation's own schema and refused what `accepts` does not name.
    permissions: (input, call, requested) => listOf(permissions)(input as Pick<Input, Accepted>, call, requested),
    run: (input, call) => run(input as Pick<Input, Accepted>, call),
  })

function listOf<Input>(permissions: Permissions<Input>): PermissionsOf<Input> {
  if (typeof permissions === 'function') return permissions
  return () => (permissions === 'none' ? [] : [{ resource: '*' }])
}

/** All that several permissions read of the input. */
type InputsOf<Part> = (Part extends PermissionsOf<infer Input> ? (input: Input) => void : never) extends (
  input: infer Inputs,
) => void
  ? Inputs
  : never

/** Requires the permissions of all parts. */
export const all =
  <const Parts extends readonly PermissionsOf<never>[]>(...parts: Parts): PermissionsOf<InputsOf<Parts[number]>> =>
  (input, call, requested) =>
    // The input has all that any of the parts reads.
    parts.flatMap((part) => part(input as never, call, requested))
