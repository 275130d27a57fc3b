import type { ErrorCode } from './error-codes.ts'

/** Exit codes of the CLI. `credentials` wins over `failed`. */
export const exits = { done: 0, failed: 1, usage: 2, untrue: 3, credentials: 4, interrupted: 130 } as const

export type Exit = (typeof exits)[keyof typeof exits]

/** The parts of an error beside its message. */
export interface ErrorDetail {
  /** The one thing to do next, as an imperative sentence. */
  hint?: string | undefined
  exit?: Exit | undefined
  cause?: unknown
}

/**
 * An error that the user can act on: what happened, where, why, and what to do next. Anything else that is thrown is a
 * bug and is shown with its stack.
 */
export class PrivlinkError extends Error {
  override readonly name = 'PrivlinkError'
  /** Stable, PascalCase, for machines. */
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly exit: Exit

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.code = code
    this.hint = detail.hint
    this.exit = detail.exit ?? exits.failed
  }
}

/** The message of whatever was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** Whether something thrown is an error of ours with that code. */
export const hasCode = (thrown: unknown, code: ErrorCode): thrown is PrivlinkError =>
  thrown instanceof PrivlinkError && thrown.code === code
