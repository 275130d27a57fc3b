import type { Clock } from '../clock.ts'
import type { Exit } from '../errors.ts'
import type { Listener } from './events.ts'
import type { Ledger } from './ledger.ts'
import type { Finding, Identity } from './step.ts'

/** Everything that a run is given from outside. */
export interface Run<Aws, Probe> {
  clock: Clock
  ledger: Ledger
  /** The clients of an account, by its name in the config. The account's id is proved before they are returned. */
  accountClients(account: string): Promise<Aws>
  /** The identity of a node's generation: name and tags, the same in every run. */
  identity(node: string, generation: number): Identity
  probe: Probe
  emit: Listener
  /** Aborted by the first Ctrl-C: the run starts nothing new and finishes the calls that are under way. */
  signal: AbortSignal
}

/** Options of a run beside the config. */
export interface RunOptions {
  /** Integrations or nodes to act on, together with what they need; empty for all. */
  only?: readonly string[]
  /** Nodes that may be replaced. */
  replace?: readonly string[]
  /** Verify only: an unproved finding counts as failed. */
  requireProof?: boolean
}

/** The result of a run. */
export interface Outcome {
  exit: Exit
  created: number
  changed: number
  deleted: number
  failed: number
  skipped: number
  findings: readonly Finding[]
}
