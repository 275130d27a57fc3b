import { runningClock, type Clock } from '../clock.ts'
import { makeCall } from './call.ts'
import type {
  CallOptions,
  PartOptions,
  PermissionsOptions,
  PrivlinkOptions,
  SandboxOptions,
  SetupOptions,
  TeardownOptions,
  UnlockOptions,
  VerifyOptions,
} from './options.ts'
import type {
  PermissionsResult,
  PlanResult,
  Result,
  RunResult,
  SandboxResult,
  StatusResult,
  UnlockResult,
} from './results.ts'

/** privlink for one config. Its methods share nothing but the ledger and AWS: each opens and closes what it needs. */
export interface Privlink {
  /** The time of all its waiting. */
  clock: Clock
  /** How many times faster than the machine's its clock runs. */
  speed: number
  /** Says what setup would do. It changes nothing. */
  plan(options?: PartOptions): Promise<PlanResult>
  /** Creates and updates everything in the config, and proves it. */
  setup(options?: SetupOptions): Promise<RunResult>
  /** Proves that the right callers get in and all others do not. It changes nothing. */
  verify(options?: VerifyOptions): Promise<RunResult>
  /** Removes the things that privlink made, by the ledger; with a config, also those that a lost ledger forgot. */
  teardown(options?: TeardownOptions): Promise<RunResult>
  /** Reads the ledger. It calls no AWS. */
  status(options?: CallOptions): Promise<StatusResult>
  /** The IAM policies that the accounts' roles need. It calls no AWS. */
  permissions(options?: PermissionsOptions): Promise<PermissionsResult>
  /** Removes the lock of a ledger whose holder is lost. */
  unlock(options?: UnlockOptions): Promise<UnlockResult>
  /** Serves a local AWS with what the config says exists, until it is closed. */
  startSandbox(options?: SandboxOptions): Promise<SandboxResult>
}

/** The part of a result that is a call's own. */
type Rest<R extends Result> = Omit<R, keyof Result>

/** In a rehearsal, a minute of AWS passes in a second. */
const rehearsalSpeed = 60

/**
 * privlink as a library. Nothing is read or written before a method is called. No method throws for a mistake of the
 * user: errors are values in its result.
 */
export function createPrivlink(options: PrivlinkOptions): Privlink {
  const speed = options.speed ?? (options.sandbox === true ? rehearsalSpeed : 1)
  const clock = options.clock ?? runningClock(speed)
  const base = { options, clock, speed }
  const nothing = { outcome: undefined }
  return {
    clock,
    speed,
    plan: (call = {}) =>
      makeCall<Rest<PlanResult>>(base, call, { ...nothing, changes: [], hasChanges: false }, async (open) =>
        (await import('./runs.ts')).plan(open, call),
      ),
    setup: (call = {}) =>
      makeCall<Rest<RunResult>>(base, call, nothing, async (open) => (await import('./runs.ts')).setup(open, call)),
    verify: (call = {}) =>
      makeCall<Rest<RunResult>>(base, call, nothing, async (open) => (await import('./runs.ts')).verify(open, call)),
    teardown: (call = {}) =>
      makeCall<Rest<RunResult>>(base, call, nothing, async (open) =>
        (await import('./teardown.ts')).teardown(open, call),
      ),
    status: (call = {}) =>
      makeCall<Rest<StatusResult>>(base, call, { status: undefined }, async (open) =>
        (await import('./status.ts')).status(open),
      ),
    permissions: (call = {}) =>
      makeCall<Rest<PermissionsResult>>(base, call, { accounts: [], unknownPrincipal: undefined }, async (open) =>
        (await import('./permissions.ts')).permissions(open, call),
      ),
    unlock: (call = {}) =>
      makeCall<Rest<UnlockResult>>(base, call, { removed: false, ledger: undefined }, async (open) =>
        (await import('./unlock.ts')).unlock(open, call),
      ),
    startSandbox: (call = {}) =>
      makeCall<Rest<SandboxResult>>(base, call, { sandbox: undefined }, async (open) =>
        (await import('./serve-sandbox.ts')).serveSandbox(open, call),
      ),
  }
}
