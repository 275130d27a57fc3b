import { PrivlinkError } from '../errors.ts'
import type { NodeLabel } from './events.ts'
import type { LedgerEntry } from './ledger.ts'
import { evidenceOf, waitForLeftovers, remove } from './remove.ts'
import { inOrder } from './in-order.ts'
import type { RunOptions, Outcome, Run } from './run.ts'
import { knownFacts, type NodeContext } from './node-context.ts'
import { interrupted, startTally, type Tally } from './tally.ts'
import type { AnyStep, Identity } from './step.ts'

/** Steps by their ids, as the ledger names them: teardown works without the config. */
export type Steps<Aws, Probe> = ReadonlyMap<string, AnyStep<Aws, Probe>>

/**
 * Removes the things that we created, by the ledger, in the reverse of its own edges and side by side where nothing
 * depends on them. Adopted things are forgotten and left as they are. An entry that other integrations use stays.
 *
 * @throws PrivlinkError when an account's role cannot be assumed; nothing has been removed then.
 */
export async function teardown<Aws, Probe>(
  run: Run<Aws, Probe>,
  steps: Steps<Aws, Probe>,
  options: RunOptions,
): Promise<Outcome> {
  const tally = startTally(run)
  const only = options.only ?? []
  const leaving: LedgerEntry[] = []
  for (const entry of run.ledger.entries()) {
    const left =
      only.length === 0 || only.includes(entry.key) ? [] : entry.usedBy.filter((user) => !only.includes(user))
    if (left.length === 0) leaving.push(entry)
    else if (left.length < entry.usedBy.length) await run.ledger.put({ ...entry, usedBy: left })
  }
  const touched = leaving.filter(({ origin }) => origin === 'created')
  await Promise.all([...new Set(touched.map(({ account }) => account))].map(run.accountClients))
  await removeEntries(run, steps, leaving, tally)
  return tally.outcome()
}

/** Removes entries, each as soon as its dependents are gone. An entry that fails keeps the ones that it depends on. */
export async function removeEntries<Aws, Probe>(
  run: Run<Aws, Probe>,
  steps: Steps<Aws, Probe>,
  entries: readonly LedgerEntry[],
  tally: Tally,
): Promise<void> {
  const usersOf = (entry: LedgerEntry): readonly LedgerEntry[] =>
    entry.superseded === true ? [] : run.ledger.entries().filter(({ dependsOn }) => dependsOn.includes(entry.key))
  const users = new Map(entries.map((entry) => [entry, usersOf(entry)]))
  const byKey = new Map(entries.map((entry) => [entry.key, entry]))
  const gone = new Set<string>()
  const leavingUsers = (entry: LedgerEntry): LedgerEntry[] =>
    (users.get(entry) ?? []).flatMap(({ key }) => byKey.get(key) ?? [])

  await inOrder(entries, leavingUsers, async (entry) => {
    const label = placeOf(entry, steps)
    const holders = (users.get(entry) ?? []).filter(({ key }) => !gone.has(key)).map(({ key }) => key)
    if (holders.length > 0 || run.signal.aborted) {
      tally.skip(label, holders.length > 0 ? `still used by ${holders.join(', ')}` : interrupted().message)
      return
    }
    try {
      await deleteEntry(run, steps, entry, label, tally)
      gone.add(entry.key)
    } catch (thrown) {
      tally.fail(thrown, label)
    }
  })
}

async function deleteEntry<Aws, Probe>(
  run: Run<Aws, Probe>,
  steps: Steps<Aws, Probe>,
  entry: LedgerEntry,
  label: NodeLabel,
  tally: Tally,
): Promise<void> {
  if (entry.origin === 'adopted') {
    await run.ledger.remove(entry.key)
    run.emit({ event: 'progress', ...label, phase: 'kept', detail: 'adopted: left as it is' })
    return
  }
  const step = steps.get(entry.step)
  if (step === undefined) {
    throw new PrivlinkError('UnknownStep', `the ledger names a step "${entry.step}" that this version does not know`, {
      hint: 'Use the version of privlink that wrote the ledger, or a newer one.',
    })
  }
  const context: NodeContext<Aws, Probe> = {
    run,
    label,
    step,
    aws: await run.accountClients(entry.account),
    identity: exactIdentity(run, entry),
    inputs: entry.inputs,
    adopt: undefined,
    known: knownFacts(step, entry),
  }
  const evidence = evidenceOf(entry)
  if (step.delete !== undefined && evidence === 'created') await run.ledger.put({ ...entry, status: 'going' })
  const end = await remove(context, evidence)
  // The newer generation uses the leftovers of a superseded one.
  if (end === 'gone' && entry.superseded !== true) await waitForLeftovers(context)
  await run.ledger.remove(entry.key)
  run.emit({ event: 'progress', ...label, phase: end })
  if (end === 'gone') {
    tally.counts.deleted += 1
    run.emit({ event: 'change', ...label, action: '-' })
  }
}

/** The identity of just this generation: a newer one may stand beside it. */
function exactIdentity<Aws, Probe>(run: Run<Aws, Probe>, entry: LedgerEntry): Identity {
  const node = entry.key.replace(/~\d+$/, '')
  const identity = run.identity(node, entry.generation)
  const newer = run.identity(node, entry.generation + 1)
  return { ...identity, matches: (tags) => identity.matches(tags) && !newer.matches(tags) }
}

const placeOf = <Aws, Probe>(entry: LedgerEntry, steps: Steps<Aws, Probe>): NodeLabel => ({
  node: entry.key,
  title: steps.get(entry.step)?.title ?? entry.step,
  account: entry.account,
  article: entry.article,
})
