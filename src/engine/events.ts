import type { ErrorCode } from '../error-codes.ts'
import type { Drift, Finding } from './step.ts'

export type Phase =
  | 'looking'
  | 'creating'
  | 'waiting'
  | 'mending'
  | 'replacing'
  | 'deleting'
  | 'ready'
  | 'gone'
  | 'kept'
  | 'failed'
  | 'skipped'

/** `+` create, `~` update, `-/+` replace, `-` delete, `=` as wanted, `<=` adopt. */
export type Action = '+' | '~' | '-/+' | '-' | '=' | '<='

/** The node that an event is about. `article` is the number of the step in the article. */
export interface NodeLabel {
  node: string
  title: string
  account: string
  article: string
}

/** Everything that the engine reports, as values. The renderer prints them. */
export type EngineEvent =
  | ({ event: 'progress'; phase: Phase; detail?: string | undefined } & NodeLabel)
  | ({
      event: 'change'
      action: Action
      drift?: readonly Drift[] | undefined
      knownAfter?: readonly string[] | undefined
    } & NodeLabel)
  | ({ event: 'finding'; integrations: readonly string[] } & NodeLabel & Finding)
  | ({ event: 'error'; code: ErrorCode; message: string; hint?: string | undefined } & Partial<NodeLabel>)
  | { event: 'warning'; message: string; hint?: string | undefined }

export type Listener = (event: EngineEvent) => void
