import { createInterface } from 'node:readline'
import { openLedger } from '../disk/ledger-file.ts'
import type { LedgerEntry } from '../engine/ledger.ts'
import { PrivlinkError, exits, type Exit } from '../errors.ts'
import { count } from '../render/wording.ts'
import type { Context, Options } from './context.ts'
import { folderOf, groundOf } from './ground.ts'
import { runCommand, type RunningCommand } from './run-command.ts'
import { openRun } from './with-run.ts'

/** Removes what the ledger says we made; with the config at hand, also what a lost ledger would have said. */
export const teardown = (options: Options, context: Context): Promise<Exit> =>
  runCommand('teardown', options, context, async (stage) => {
    refuseWithoutLeave(stage)
    const { config, ledgerPath } = await groundOf(options)
    const flows = await import('../flows/config.ts')
    const ledger = await openLedger({
      path: ledgerPath,
      command: 'teardown',
      takeAnyLock: options.breakLock,
      ...(config && { deployment: config.deployment, accounts: flows.accountsOf(config) }),
    })
    return openRun(stage, { config, ledger }, async ({ run, choice }) => {
      const [{ teardown }, { recoverFromTags }, { stepById }] = await Promise.all([
        import('../engine/teardown.ts'),
        import('../engine/recover-from-tags.ts'),
        import('../steps/steps.ts'),
      ])
      const found =
        config === undefined ? 0 : await recoverFromTags(run, flows.compose(config, folderOf(options), 'leave'))
      if (found > 0) {
        const message = `${count(found, 'thing')} of this deployment ${found === 1 ? 'was' : 'were'} not in the ledger`
        run.emit({ event: 'warning', message: `${message}; found again by tag` })
      }
      await askFirst(stage, ledger.deployment, chosen(ledger.entries(), options.only ?? []))
      return teardown(run, stepById, choice)
    })
  })

const chosen = (entries: readonly LedgerEntry[], only: readonly string[]): LedgerEntry[] => {
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

const canAsk = ({ context, options }: RunningCommand): boolean =>
  context.stdin.isTTY === true && context.stderr.isTTY === true && options.json !== true

function refuseWithoutLeave(stage: RunningCommand): void {
  if (stage.options.yes === true || canAsk(stage)) return
  throw new PrivlinkError('NeedsLeave', 'There is no terminal to ask whether to remove everything', {
    hint: 'Say so with --yes.',
    exit: exits.usage,
  })
}

async function askFirst(
  { options, context, renderer }: RunningCommand,
  deployment: string,
  entries: readonly LedgerEntry[],
) {
  const going = entries.filter(({ origin }) => origin === 'created')
  if (options.yes === true || going.length === 0) return
  renderer.close()
  const accounts = [...new Set(going.map(({ account }) => account))].join(', ')
  const answer = await ask(
    context,
    `Remove ${count(going.length, 'thing')} of ${deployment} from ${accounts}? Type yes: `,
  )
  if (/^y(es)?$/i.test(answer.trim())) return
  throw new PrivlinkError('Declined', 'Nothing was removed')
}

/**
 * What is typed at a question; nothing if the input ends.
 *
 * @throws PrivlinkError Interrupted (exit 130), for Ctrl-C at the question too
 */
function ask({ stdin, stderr, signal }: Context, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: stdin, output: stderr })
    const stop = () => {
      // Whatever comes next begins on a line of its own.
      stderr.write('\n')
      reject(new PrivlinkError('Interrupted', 'Nothing was removed', { exit: exits.interrupted }))
      lines.close()
    }
    lines.once('SIGINT', stop)
    signal.addEventListener('abort', stop, { once: true })
    lines.once('close', () => {
      signal.removeEventListener('abort', stop)
      resolve('')
    })
    lines.question(question, (answer) => {
      resolve(answer)
      lines.close()
    })
  })
}
