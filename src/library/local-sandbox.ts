import type * as Package from 'privlink-sandbox'
import type { ErrorCode } from '../error-codes.ts'
import { PrivlinkError, exits } from '../errors.ts'

/**
 * The sandbox, which is a package of its own and loaded only where it is asked for.
 *
 * @throws PrivlinkError SandboxMissing (exit 2) where the package is not installed.
 */
async function loadSandbox(): Promise<typeof Package> {
  try {
    return await import('privlink-sandbox')
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause
    if (!cause.message.includes('privlink-sandbox')) throw cause
    throw new PrivlinkError('SandboxMissing', 'The package privlink-sandbox is not installed', {
      cause,
      exit: exits.usage,
      hint: 'Install it beside privlink: npm install privlink-sandbox (with --global where privlink is global).',
    })
  }
}

/** Errors of the sandbox that its user can act on. */
const codes: Readonly<Record<string, ErrorCode>> = {
  InvalidFaults: 'InvalidFaults',
  InvalidSeed: 'InvalidSeed',
  SandboxStateUnreadable: 'SandboxStateUnreadable',
}

/** Starts the sandbox; its own errors about a state file, a seed or faults become the user's. */
export async function startSandbox(options: Package.SandboxOptions): Promise<Package.Sandbox> {
  const sandbox = await loadSandbox()
  try {
    return await sandbox.startSandbox(options)
  } catch (thrown) {
    if (!(thrown instanceof sandbox.SandboxError)) throw thrown
    const code = codes[thrown.code]
    if (code === undefined) throw thrown
    throw new PrivlinkError(code, thrown.message, { cause: thrown, hint: thrown.hint })
  }
}
