/**
 * A mistake of the user of the sandbox: what is wrong, and the one thing to do next. Anything else that is thrown is a
 * bug.
 */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
  /** Stable, PascalCase, for machines. */
  readonly code: string
  readonly hint: string | undefined

  constructor(code: string, message: string, detail: { hint?: string; cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.code = code
    this.hint = detail.hint
  }
}

/** The message of any thrown value. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
