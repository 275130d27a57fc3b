import type { PermissionsOptions as LibraryPermissionsOptions, PrivlinkOptions } from '../lib.ts'

/** Options of commands, as commander hands them over. */
interface ConfigOptions {
  config?: string
  json?: boolean
}

/** Options of commands that read a ledger. */
export interface LedgerOptions extends ConfigOptions {
  ledger?: string
  sandbox?: boolean
}

/** Options of commands that run over the graph. */
export interface RunOptions extends LedgerOptions {
  only?: string[]
  speed?: number
  vantage?: NonNullable<PrivlinkOptions['vantage']>
  verbose?: boolean
}

export interface PlanOptions extends RunOptions {
  detailedExitcode?: boolean
}

export interface SetupOptions extends RunOptions {
  replace?: string[]
  breakLock?: boolean
}

export interface VerifyOptions extends RunOptions {
  requireProof?: boolean
}

export interface TeardownOptions extends RunOptions {
  yes?: boolean
  breakLock?: boolean
}

export interface UnlockOptions extends LedgerOptions {
  yes?: boolean
}

export interface PermissionsOptions extends ConfigOptions {
  purpose?: NonNullable<LibraryPermissionsOptions['purposes']>[number] | 'all'
  principal?: string
}

export interface SandboxOptions extends ConfigOptions {
  port?: number
  state?: string
  speed?: number
}
