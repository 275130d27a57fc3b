import type { Environment } from '../aws/clients.ts'
import type { VantageChoice } from '../aws/vantage.ts'
import type { Clock } from '../clock.ts'
import type { Listener } from '../engine/events.ts'

/** One config with its ledger, and the world that it is about. */
export interface PrivlinkOptions {
  /** The config: the path of a YAML file, or its content. Without it, teardown, status and unlock go by the ledger. */
  config?: string | object | undefined
  /** The folder that relative paths in the config start from. Default: that of the config file, or the current one. */
  folder?: string | undefined
  /** Path of the ledger file. Default: `.privlink/<deployment>.json`. */
  ledger?: string | undefined
  /** Rehearse in a local AWS, seeded from the config: needs the package privlink-sandbox. Default: false. */
  sandbox?: boolean | undefined
  /** How many times faster than the machine's the time passes. Default: 60 in a rehearsal, else 1. */
  speed?: number | undefined
  /** The place that test calls are made from. Default: `auto`. */
  vantage?: VantageChoice | undefined
  /**
   * Variables such as AWS_ACCESS_KEY_ID and AWS_ENDPOINT_URL, which take the place of the process's own. Without them,
   * AWS's SDK finds credentials and endpoints as usual: in the process's environment and in the shared config files.
   */
  environment?: Environment | undefined
  /** The time of all waiting. Default: one that runs at `speed`. */
  clock?: Clock | undefined
}

/** Options of every call. */
export interface CallOptions {
  /** Called with every event, as it happens. */
  onEvent?: ((event: PrivlinkEvent) => void) | undefined
  /** Its first abort starts nothing new and finishes the calls that are under way. */
  signal?: AbortSignal | undefined
}

/** An event of the engine, or the note that a rehearsal has begun. */
export type PrivlinkEvent = Parameters<Listener>[0] | RehearsalEvent

export interface RehearsalEvent {
  event: 'rehearsal'
  /** Where the sandbox answers. */
  url: string
  /** How many times faster than the machine's the time passes. */
  speed: number
}

/** Options of calls that act on a part of the config. */
export interface PartOptions extends CallOptions {
  /** Integrations or nodes to act on, together with what they need. Default: all. */
  only?: readonly string[] | undefined
}

export interface SetupOptions extends PartOptions {
  /** Nodes whose thing may be replaced by a new one. */
  replace?: readonly string[] | undefined
  /** Take the ledger from its holder, whoever that is. */
  breakLock?: boolean | undefined
}

export interface VerifyOptions extends PartOptions {
  /** Whether an unproved finding counts as failed. */
  requireProof?: boolean | undefined
}

export interface TeardownOptions extends PartOptions {
  breakLock?: boolean | undefined
  /** Asked once before anything is removed; `false` removes nothing. Default: removes without asking. */
  confirm?: ((removal: Removal) => Promise<boolean>) | undefined
}

/** The extent of a teardown. */
export interface Removal {
  deployment: string
  /** The number of things that privlink made and would remove. */
  count: number
  /** The names of their accounts in the config. */
  accounts: readonly string[]
}

export interface PermissionsOptions extends CallOptions {
  /** The commands that the roles are to be good for. Default: all of them. */
  purposes?: readonly ('setup' | 'verify' | 'teardown')[] | undefined
  /** ARN of the principal that runs privlink, for the trust policies. */
  principal?: string | undefined
}

export interface UnlockOptions extends CallOptions {
  /** Remove the lock although its process still runs on this machine. */
  force?: boolean | undefined
}

export interface SandboxOptions extends CallOptions {
  /** Port on 127.0.0.1. Default: any free one. */
  port?: number | undefined
  /** File that keeps the world. Default: the world goes with the process. */
  stateFile?: string | undefined
}
