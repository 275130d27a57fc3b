import { openLedger } from '../disk/ledger-file.ts'
import type { LedgerEntry } from '../engine/ledger.ts'
import type { Outcome } from '../engine/run.ts'
import { PrivlinkError, exits, type Exit } from '../errors.ts'
import type { Call } from './call.ts'
import { configAndLedger, folderOf } from './inputs.ts'
import { withRun } from './open-run.ts'
import type { TeardownOptions } from './options.ts'
import { choiceOf } from './runs.ts'

/** Removes the things that privlink made, by the ledger; with a config, also those that a lost ledger forgot. */
export async function teardown(
  call: Call,
  { only = [], breakLock, confirm }: TeardownOptions,
): Promise<{ outcome: Outcome; exit: Exit }> {
  const { options } = call
  const { config, ledgerPath } = await configAndLedger(options)
  const flows = await import('../flows/config.ts')
  const ledger = await openLedger({
    path: ledgerPath,
    command: 'teardown',
    takeAnyLock: breakLock,
    ...(config && { deployment: config.deployment, accounts: flows.accountsOf(config) }),
  })
  const outcome = await withRun(call, { config, ledger }, async (run) => {
    const [{ teardown }, { recoverFromTags }, { stepById }] = await Promise.all([
      import('../engine/teardown.ts'),
      import('../engine/recover-from-tags.ts'),
      import('../steps/steps.ts'),
    ])
    const found =
      config === undefined ? 0 : await recoverFromTags(run, flows.compose(config, folderOf(options), 'leave'))
    if (found > 0) {
      const things = found === 1 ? '1 thing of this deployment was' : `${found} things of this deployment were`
      run.emit({ event: 'warning', message: `${things} not in the ledger; found again by tag` })
    }
    const removed = entriesToRemove(ledger.entries(), only).filter(({ origin }) => origin === 'created')
    const accounts = [...new Set(removed.map(({ account }) => account))]
    const isAllowed =
      removed.length === 0 ||
      confirm === undefined ||
      (await confirm({ deployment: ledger.deployment, count: removed.length, accounts }))
    if (!isAllowed) throw new PrivlinkError('Declined', 'Nothing was removed')
    return teardown(run, stepById, choiceOf({ only }))
  })
  return { outcome, exit: outcome.exit }
}

/** @throws PrivlinkError UnknownName (exit 2) */
function entriesToRemove(entries: readonly LedgerEntry[], only: readonly string[]): LedgerEntry[] {
  const named = (name: string) => entries.some(({ key, usedBy }) => key === name || usedBy.includes(name))
  const unknown = only.filter((name) => !named(name))
  if (unknown.length > 0) {
    throw new PrivlinkError('UnknownName', `the ledger has no integration or step called ${unknown.join(', ')}`, {
      hint: 'privlink status shows what it has.',
      exit: exits.usage,
    })
  }
  return entries.filter(
    ({ key, usedBy }) => only.length === 0 || only.includes(key) || usedBy.every((user) => only.includes(user)),
  )
}
