import type { VantageChoice } from '../aws/vantage.ts'
import type { Clock } from '../clock.ts'

/** What a command is given from outside. */
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

/** The options of all commands, as commander hands them over; each command has only some. */
export interface Options {
  config?: string
  ledger?: string
  only?: string[]
  replace?: string[]
  sandbox?: boolean
  speed?: number
  vantage?: VantageChoice
  yes?: boolean
  json?: boolean
  verbose?: boolean
  requireProof?: boolean
  detailedExitcode?: boolean
  breakLock?: boolean
  port?: number
  state?: string
  purpose?: 'setup' | 'verify' | 'teardown' | 'all'
  principal?: string
}
