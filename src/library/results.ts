import type { EngineEvent } from '../engine/events.ts'
import type { Outcome } from '../engine/run.ts'
import type { Exit } from '../errors.ts'
import type { Permissions } from '../flows/permissions.ts'
import type { Failure } from './failure.ts'

/** The end of every call. A mistake of the user is a value here; only a bug is thrown. */
export interface Result {
  /** Whether `exit` is 0. */
  ok: boolean
  /** The exit code that the CLI gives it (README, "In a pipeline"). */
  exit: Exit
  /** Every error, in the order in which they happened. */
  errors: readonly Failure[]
}

/** The end of a call that runs over the graph. */
export interface RunResult extends Result {
  /** Counts and findings. Undefined where the run was refused or broke off before its end. */
  outcome: Outcome | undefined
}

/** A change that setup would make, or has made. */
export type Change = Extract<EngineEvent, { event: 'change' }>

export interface PlanResult extends RunResult {
  changes: readonly Change[]
  /** Whether setup would change anything. Entries that left the config are not setup's to remove. */
  hasChanges: boolean
}

/** One entry of the ledger. */
export interface StatusEntry {
  /** The key of its node. */
  node: string
  /** The id of its step. */
  step: string
  /** The number of its step in the article. */
  article: string
  /** The name of its account in the config. */
  account: string
  origin: 'created' | 'adopted'
  status: 'intended' | 'made' | 'ready' | 'going'
  /** The integrations that use it. */
  usedBy: string[]
  /** Ids, ARNs and addresses; the first one is the thing's id. */
  facts?: Record<string, unknown> | undefined
  /** False when the config no longer asks for it; undefined when there is no config. */
  wanted: boolean | undefined
}

export interface StatusResult extends Result {
  /** Undefined where the ledger could not be read. */
  status: { deployment: string; ledger: string; entries: readonly StatusEntry[] } | undefined
}

export interface PermissionsResult extends Result {
  /** The policies of each account's role. */
  accounts: readonly Permissions[]
  /** The text that stands for the principal in the trust policies; undefined where one was given. */
  unknownPrincipal: string | undefined
}

export interface UnlockResult extends Result {
  /** Whether there was a lock, which is gone now. */
  removed: boolean
  /** Path of the ledger. */
  ledger: string | undefined
}

export interface SandboxResult extends Result {
  /** A local AWS that serves until it is closed. */
  sandbox: { url: string; close(): Promise<void> } | undefined
}
