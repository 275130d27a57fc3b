import { breakLock, readLock } from '../disk/ledger-lock.ts'
import { PrivlinkError, exits, type Exit } from '../errors.ts'
import type { Call } from './call.ts'
import { configAndLedger } from './inputs.ts'
import type { UnlockOptions } from './options.ts'
import type { UnlockResult } from './results.ts'

/**
 * Removes the lock of a ledger whose holder is lost.
 *
 * @throws PrivlinkError HolderRuns where its process runs on this machine, unless `force` is set.
 */
export async function unlock(
  { options }: Call,
  { force = false }: UnlockOptions,
): Promise<Pick<UnlockResult, 'removed' | 'ledger'> & { exit: Exit }> {
  const ledger = options.ledger ?? (await configAndLedger(options)).ledgerPath
  const lock = await readLock(ledger)
  if (!lock.held) return { removed: false, ledger, exit: exits.done }
  if (lock.runsHere && !force) {
    throw new PrivlinkError(
      'HolderRuns',
      `\`privlink ${lock.holder?.command ?? '?'}\` still runs here, as process ${lock.holder?.pid ?? '?'}`,
      { hint: 'Stop it first. If that process is not privlink: --yes.' },
    )
  }
  await breakLock(ledger)
  return { removed: true, ledger, exit: exits.done }
}
