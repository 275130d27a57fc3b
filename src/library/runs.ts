import { closest } from 'fastest-levenshtein'
import type { Aws } from '../aws/aws.ts'
import type { Probe } from '../aws/vantage.ts'
import { openLedger, readLedger } from '../disk/ledger-file.ts'
import type { Graph } from '../engine/graph.ts'
import type { Outcome, Run, RunOptions } from '../engine/run.ts'
import { PrivlinkError, exits, type Exit } from '../errors.ts'
import type { Call } from './call.ts'
import { configOf, folderOf, ledgerPathOf } from './inputs.ts'
import { withRun } from './open-run.ts'
import type { PartOptions, SetupOptions, VerifyOptions } from './options.ts'
import type { Change, PlanResult } from './results.ts'

type Ended<R> = R & { outcome: Outcome; exit: Exit }

const ended = (outcome: Outcome): Ended<object> => ({ outcome, exit: outcome.exit })

/** Says what setup would do. */
export async function plan(
  call: Call,
  { only }: PartOptions,
): Promise<Ended<Pick<PlanResult, 'changes' | 'hasChanges'>>> {
  const changes: Change[] = []
  const emit: Call['emit'] = (event) => {
    if (event.event === 'change') changes.push(event)
    call.emit(event)
  }
  const outcome = await overGraph('plan', { ...call, emit }, {}, async (run, graph) => {
    const { plan } = await import('../engine/plan.ts')
    return plan(run, graph, choiceOf({ only }))
  })
  return { ...ended(outcome), changes, hasChanges: changes.some(({ action }) => action !== '=' && action !== '-') }
}

/** Creates and updates everything in the config, and proves it. */
export async function setup(call: Call, { only, replace, breakLock }: SetupOptions): Promise<Ended<object>> {
  const outcome = await overGraph('setup', call, { writes: true, breakLock }, async (run, graph) => {
    refuseUnknown(replace ?? [], [...graph.keys()])
    const { setup } = await import('../engine/setup.ts')
    return setup(run, graph, choiceOf({ only, replace }))
  })
  return ended(outcome)
}

/** Proves the config. */
export async function verify(call: Call, { only, requireProof }: VerifyOptions): Promise<Ended<object>> {
  const outcome = await overGraph('verify', call, {}, async (run, graph) => {
    const { verify } = await import('../engine/verify.ts')
    return verify(run, graph, choiceOf({ only, requireProof }))
  })
  return ended(outcome)
}

/** Runs the engine over the graph of the whole config. */
async function overGraph(
  command: string,
  call: Call,
  { writes = false, breakLock }: { writes?: boolean; breakLock?: boolean | undefined },
  work: (run: Run<Aws, Probe>, graph: Graph<Aws, Probe>) => Promise<Outcome>,
): Promise<Outcome> {
  const { options } = call
  const config = await configOf(options)
  const { accountsOf, compose } = await import('../flows/config.ts')
  // Before anything is opened: the config may still contradict itself.
  const graph = compose(config, folderOf(options))
  const wanted = {
    path: ledgerPathOf(options, config.deployment),
    deployment: config.deployment,
    accounts: accountsOf(config),
  }
  const ledger = await (writes ? openLedger({ ...wanted, command, takeAnyLock: breakLock }) : readLedger(wanted))
  return withRun(call, { config, ledger }, (run) => work(run, graph))
}

/** The options without those that are not given. */
export const choiceOf = ({ only, replace, requireProof }: SetupOptions & VerifyOptions): RunOptions => ({
  ...(only && { only }),
  ...(replace && { replace }),
  ...(requireProof !== undefined && { requireProof }),
})

/** A mistyped name would otherwise only show when nothing is replaced. */
function refuseUnknown(names: readonly string[], known: string[]): void {
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new PrivlinkError('UnknownName', `--replace names "${unknown}", which is no step of this config`, {
    exit: exits.usage,
    hint: `${known.length === 0 ? '' : `Did you mean "${closest(unknown, known)}"? `}plan --verbose shows all of them.`,
  })
}
