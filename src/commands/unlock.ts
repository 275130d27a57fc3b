import { breakLock, readLock } from '../disk/ledger-lock.ts'
import { PrivlinkError, exits, type Exit } from '../errors.ts'
import type { Context, Options } from './context.ts'
import { groundOf } from './ground.ts'
import { runCommand } from './run-command.ts'

/** Removes the lock of a ledger whose holder is lost. */
export const unlock = (options: Options, context: Context): Promise<Exit> =>
  runCommand('unlock', options, context, async ({ renderer }) => {
    const ledgerPath = options.ledger ?? (await groundOf(options)).ledgerPath
    const lock = await readLock(ledgerPath)
    if (!lock.held) {
      renderer.result(() => `${ledgerPath} is not locked`, [])
      return exits.done
    }
    if (lock.runsHere && options.yes !== true) {
      throw new PrivlinkError(
        'HolderRuns',
        `\`privlink ${lock.holder?.command ?? '?'}\` still runs here, as process ${lock.holder?.pid ?? '?'}`,
        { hint: 'Stop it first. If that process is not privlink: --yes.' },
      )
    }
    await breakLock(ledgerPath)
    renderer.result(() => `removed the lock of ${ledgerPath}`, [])
    return exits.done
  })
