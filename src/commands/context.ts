import type { Clock } from '../lib.ts'

/** Everything that a command is given from outside. */
export interface Context {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean }
  stdout: NodeJS.WritableStream & { isTTY?: boolean }
  stderr: NodeJS.WritableStream & { isTTY?: boolean }
  environment: NodeJS.ProcessEnv
  /** Aborted by the first Ctrl-C or SIGTERM. */
  signal: AbortSignal
  /** The run's time; without it, a clock that runs at the speed of the options. */
  clock?: Clock
}
