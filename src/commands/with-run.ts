import type { Aws } from '../aws/aws.ts'
import type { Probe } from '../aws/vantage.ts'
import { openLedger, readLedger, type LedgerFile } from '../disk/ledger-file.ts'
import type { RunOptions, Outcome, Run } from '../engine/run.ts'
import type { Graph } from '../engine/graph.ts'
import type { Exit } from '../errors.ts'
import type { Config } from '../flows/config.ts'
import type { Context, Options } from './context.ts'
import { configOf, folderOf, ledgerPathOf } from './ground.ts'
import { runCommand, type RunningCommand } from './run-command.ts'

/** Everything that an engine loop needs, put together from the config, the ledger, the accounts and the renderer. */
export interface OpenRun {
  run: Run<Aws, Probe>
  ledger: LedgerFile
  choice: RunOptions
}

/** What a bench is made from. A `ledger` opened for writing is locked until it is closed. */
interface Parts {
  config: Config | undefined
  ledger: LedgerFile
}

/** Runs a command that works on the whole config. `writes` says that it keeps what it does in the ledger. */
export const withRun = (
  command: string,
  options: Options,
  context: Context,
  { writes }: { writes: boolean },
  work: (bench: OpenRun & { graph: Graph<Aws, Probe> }) => Promise<Outcome>,
): Promise<Exit> =>
  runCommand(command, options, context, async (stage) => {
    const config = await configOf(options)
    const { accountsOf, compose } = await import('../flows/config.ts')
    // Before anything is opened: the config may still contradict itself.
    const graph = compose(config, folderOf(options))
    const wanted = {
      path: ledgerPathOf(options, config.deployment),
      deployment: config.deployment,
      accounts: accountsOf(config),
    }
    const ledger = await (writes
      ? openLedger({ ...wanted, command, takeAnyLock: options.breakLock })
      : readLedger(wanted))
    return openRun(stage, { config, ledger }, (bench) => work({ ...bench, graph }))
  })

/** Opens what a run needs, and closes all of it whatever happens. */
export async function openRun(
  stage: RunningCommand,
  { config, ledger }: Parts,
  work: (bench: OpenRun) => Promise<Outcome>,
): Promise<Outcome> {
  const { options, context, renderer } = stage
  const closing: (() => unknown)[] = [() => ledger.close()]
  const stopping = () => renderer.note('finishing what is in the air; Ctrl-C again stops at once')
  if (context.signal.aborted) stopping()
  else context.signal.addEventListener('abort', stopping, { once: true })
  closing.push(() => context.signal.removeEventListener('abort', stopping))
  try {
    const { clock, environment } = await groundTruth(stage, ledger.deployment, config, closing)
    const [{ openAccounts }, { openProbe }, { identityFor }] = await Promise.all([
      import('../aws/accounts.ts'),
      import('../aws/probe.ts'),
      import('../aws/tags.ts'),
    ])
    const accounts = openAccounts({ accounts: ledger.accounts, clock, environment, emit: renderer.emit })
    closing.push(() => accounts.close())
    const run: Run<Aws, Probe> = {
      clock,
      ledger,
      accountClients: accounts.accountClients,
      identity: (node, generation) => identityFor(ledger.deployment, node, generation),
      probe: await openProbe({ vantage: options.vantage ?? 'auto', environment, clock }),
      emit: renderer.emit,
      signal: context.signal,
    }
    return await work({ run, ledger, choice: choiceOf(options) })
  } finally {
    for (const close of closing.reverse()) await close()
  }
}

/** AWS as the environment says, or the rehearsal's. */
async function groundTruth(
  { options, context, clock, speed, renderer }: RunningCommand,
  deployment: string,
  config: Config | undefined,
  closing: (() => unknown)[],
) {
  if (options.sandbox !== true) return { clock, environment: context.environment }
  const { startRehearsal } = await import('./rehearsal.ts')
  const { environment } = context
  const folder = folderOf(options)
  const rehearsal = await startRehearsal({ config, deployment, clock, speed, environment, folder })
  closing.push(() => rehearsal.close())
  renderer.note(`rehearsing at ${rehearsal.url}, time passes ${speed} times faster`)
  return rehearsal
}

const choiceOf = ({ only, replace, requireProof }: Options): RunOptions => ({
  ...(only && { only }),
  ...(replace && { replace }),
  ...(requireProof !== undefined && { requireProof }),
})
