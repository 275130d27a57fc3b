import type { EngineEvent } from '../engine/events.ts'
import type { ErrorCode } from '../error-codes.ts'
import { interrupted } from '../engine/tally.ts'
import { PrivlinkError } from '../errors.ts'

/** An error that the user can act on, as a value. */
export interface Failure {
  /** Stable; docs/errors.md has a section for each. */
  code: ErrorCode
  message: string
  /** The one thing to do next, as an imperative sentence. */
  hint?: string | undefined
  /** The node that it is about, the name of its account in the config, and the number of its step in the article. */
  node?: string | undefined
  account?: string | undefined
  article?: string | undefined
}

/** The failure that an error event tells of. */
export const failureIn = (event: Extract<EngineEvent, { event: 'error' }>): Failure => {
  const { code, message, hint, node, account, article } = event
  return { code, message, hint, node, account, article }
}

/**
 * The error of ours that a thrown value stands for.
 *
 * @throws the same value if it is a bug.
 */
export function errorOf(thrown: unknown, signal: AbortSignal): PrivlinkError {
  if (thrown instanceof PrivlinkError) return thrown
  if (signal.aborted && thrown === signal.reason) return interrupted()
  throw thrown
}
