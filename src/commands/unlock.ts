import type { Exit } from '../lib.ts'
import type { Context } from './context.ts'
import type { UnlockOptions } from './options.ts'
import { runCommand } from './run-command.ts'

/** Removes the lock of a ledger whose holder is lost. */
export const unlock = (options: UnlockOptions, context: Context): Promise<Exit> =>
  runCommand('unlock', options, context, async ({ privlink, call, renderer }) => {
    const result = await privlink.unlock({ ...call, force: options.yes })
    const { ok, removed, ledger } = result
    if (ok) renderer.result(() => (removed ? `removed the lock of ${ledger}` : `${ledger} is not locked`), [])
    return result
  })
