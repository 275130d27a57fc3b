import type { Clock } from '../clock.ts'
import type { Exit } from '../errors.ts'
import type { Listener } from './events.ts'
import type { Ledger } from './ledger.ts'
import type { Finding, Identity } from './step.ts'

/** What a run is given from outside. */
export interface Run<Aws, Probe> {
  clock: Clock
  ledger: Ledger
  /** The door to an account, by its name in the config; proves its identity before it opens. */
  accountClients(account: string): Promise<Aws>
  /** The marks of a node's generation: names and tags, the same in every run. */
  identity(node: string, generation: number): Identity
  probe: Probe
  emit: Listener
  /** Aborted by the first Ctrl-C: start nothing new, finish what is in the air. */
  signal: AbortSignal
}

/** What a run may be told beside the config. */
export interface RunOptions {
  /** Integrations or nodes to act on, together with what they need; empty for all. */
  only?: readonly string[]
  /** Nodes that may be replaced. */
  replace?: readonly string[]
  /** Verify only: what cannot be proved from here counts as false. */
  requireProof?: boolean
}

/** What a run came to. */
export interface Outcome {
  exit: Exit
  created: number
  changed: number
  deleted: number
  failed: number
  skipped: number
  findings: readonly Finding[]
}
