import { PrivlinkError, exits } from '../errors.ts'
import type { LedgerEntry } from './ledger.ts'
import type { Facts } from './ref.ts'
import { change, isAnother, observe, progress, type NodeContext } from './node-context.ts'
import type { AnyStep, Observation } from './step.ts'
import {
  createOnce,
  update,
  waitForNextRead,
  record,
  recordReady,
  recreate,
  startWork,
  createReplacement,
  driftText,
  type Work,
} from './work.ts'

/** What a run did to a node on the way to ready. */
export interface Ensured {
  facts: Facts
  created: boolean
  changed: boolean
}

/**
 * Brings a node about: observe, act, observe again, until it is ready and without drift. Every create is written to the
 * ledger before and after, so that a death in between is recovered by looking, not by making.
 *
 * @param onMade told its facts as soon as it has been made, maybe more than once.
 * @param mayReplace whether the user has allowed this node to be replaced.
 * @throws PrivlinkError when it cannot be brought about; the ledger is true all the same.
 */
export async function ensure<Aws, Probe>(
  context: NodeContext<Aws, Probe>,
  edges: Work<Aws, Probe>['edges'],
  mayReplace: boolean,
  onMade: (facts: Facts) => void,
): Promise<Ensured> {
  const work = startWork(context, edges)
  progress(context, 'looking')
  for (;;) {
    const seen = await observe(work.context)
    const facts = await (context.step.create === undefined ? observeGate(work, seen) : act(work, seen, mayReplace))
    if (work.context.known !== undefined && work.entry?.status !== 'intended') onMade(work.context.known)
    if (facts !== undefined) return { facts, created: work.created, changed: work.changed }
  }
}

/** A gate only looks: it is ready, worth waiting for, or an error. */
async function observeGate<Aws, Probe>(work: Work<Aws, Probe>, seen: Observation<Facts>): Promise<Facts | undefined> {
  const { title, account } = work.context.label
  switch (seen.state) {
    case 'absent':
      throw new PrivlinkError('NotThere', `${title}: there is none in account ${account}`)
    case 'broken':
      throw broken(work.context, seen)
    case 'pending':
      await waitForNextRead(work, seen.why)
      return undefined
    case 'ready':
      if (seen.warning !== undefined) work.context.run.emit({ event: 'warning', ...seen.warning })
      // A proof has yet to be made.
      if (work.context.step.proof !== true) progress(work.context, 'ready')
      return seen.facts
  }
}

/** The next thing to do about what was seen; facts when nothing is left to do. */
async function act<Aws, Probe>(
  work: Work<Aws, Probe>,
  seen: Observation<Facts>,
  mayReplace: boolean,
): Promise<Facts | undefined> {
  if (seen.state === 'absent') {
    refuseToMove(work)
    await createOnce(work)
    return undefined
  }
  const origin = originOf(work.context.step, seen, work.entry)
  if (origin === 'adopted') {
    refuseUnlessNamed(work)
    if (isMade(work.entry) && work.context.step.relation !== true) await handOver(work, mayReplace)
  }
  switch (seen.state) {
    case 'pending':
      if (seen.facts !== undefined && seen.deleting !== true && work.entry?.status !== 'made') {
        await record(work, { status: 'made', facts: seen.facts, origin })
      }
      await waitForNextRead(work, seen.why)
      return undefined
    case 'broken':
      // What was made just now would break again.
      if ((seen.denied === true || seen.lasting === true) && work.created) throw broken(work.context, seen)
      if (origin === 'adopted' || work.replaced || (seen.fix === 'ask' && !mayReplace)) throw broken(work.context, seen)
      if (seen.facts !== undefined) await record(work, { facts: seen.facts })
      await recreate(work, seen.why)
      return undefined
    case 'ready':
      return arrive(work, seen, origin, mayReplace)
  }
}

/** It is ready: what differs from the config is brought back, if it is ours. */
async function arrive<Aws, Probe>(
  work: Work<Aws, Probe>,
  { facts, drift = [] }: Observation<Facts> & { state: 'ready' },
  origin: LedgerEntry['origin'],
  mayReplace: boolean,
): Promise<Facts | undefined> {
  const { run, label } = work.context
  if (origin === 'created' && drift.length > 0) {
    if (drift.every(({ fix }) => fix === 'update')) await update(work, facts, drift)
    else if (mayReplace && !work.replaced && work.entry !== undefined) await createReplacement(work, work.entry)
    else {
      throw new PrivlinkError('NeedsReplacement', `cannot be changed in place: ${driftText(drift)}`, {
        hint: `Allow a new one with --replace ${label.node}, or take the change back.`,
      })
    }
    return undefined
  }
  if (drift.length > 0) {
    run.emit({
      event: 'warning',
      message: `${label.node} is adopted and differs from the config: ${driftText(drift)}`,
      hint: 'privlink changes nothing that it did not make. Change it yourself if you want it so.',
    })
  }
  if (origin === 'adopted' && work.entry === undefined) change(work.context, '<=')
  await recordReady(work, facts, origin)
  return facts
}

type Present = Exclude<Observation<Facts>, { state: 'absent' }>

/**
 * Whose it is, by two witnesses: the ledger, once it says that we made it, and until then the tags. Of another thing than
 * the one that it knows, the ledger says nothing. A relation carries no tags: where we intended it after seeing it absent,
 * it is ours.
 */
export function originOf<Aws, Probe>(
  step: Pick<AnyStep<Aws, Probe>, 'facts' | 'relation'>,
  seen: Present,
  entry: LedgerEntry | undefined,
): LedgerEntry['origin'] {
  if (entry !== undefined && (entry.status !== 'intended' || step.relation === true)) {
    return seen.owner === 'other' && isAnother(step, seen.facts, entry.facts) ? 'adopted' : entry.origin
  }
  return seen.owner === 'ours' ? 'created' : 'adopted'
}

/** Somebody else's thing is used only if the config names it; a membership that was there before is used as it is. */
function refuseUnlessNamed<Aws, Probe>({ context, entry }: Work<Aws, Probe>): void {
  if (context.adopt === undefined && context.step.relation !== true && entry?.origin !== 'adopted')
    throw ownedByAnother(context)
}

const isMade = (entry: LedgerEntry | undefined): entry is LedgerEntry =>
  entry !== undefined && entry.origin === 'created' && entry.status !== 'intended'

/** The config names somebody else's thing where we have made one: ours goes once nothing points at it any more. */
async function handOver<Aws, Probe>(work: Work<Aws, Probe>, mayReplace: boolean): Promise<void> {
  const { entry, context } = work
  if (entry === undefined) return
  if (!mayReplace) {
    throw new PrivlinkError('NeedsReplacement', `has been made here, but the config now names ${context.adopt}`, {
      hint: `Allow what privlink made to be removed with --replace ${context.label.node}, or take the change back.`,
    })
  }
  await createReplacement(work, entry)
}

/**
 * A thing cannot follow to another account or Region, and to forget the old one would leave it behind.
 *
 * @throws PrivlinkError MadeElsewhere
 */
function refuseToMove<Aws, Probe>({ entry, context: { label } }: Work<Aws, Probe>): void {
  if (!isMade(entry) || entry.account === label.account) return
  throw new PrivlinkError(
    'MadeElsewhere',
    `made in account ${entry.account}, but the config wants it in ${label.account}`,
    {
      hint: `Remove it there first with teardown --only ${entry.usedBy.join(' ')}, or take the change back.`,
    },
  )
}

export const ownedByAnother = <Aws, Probe>({ label }: Pick<NodeContext<Aws, Probe>, 'label'>): PrivlinkError =>
  new PrivlinkError(
    'SomebodyElses',
    `${label.title} exists in account ${label.account} already, and privlink did not make it`,
    {
      hint: `Rename the deployment, or take it as it is with "adopt: { ${label.node}: <its id> }" in the config.`,
    },
  )

const broken = <Aws, Probe>(
  { label, step }: NodeContext<Aws, Probe>,
  seen: Present & { state: 'broken' },
): PrivlinkError =>
  new PrivlinkError(seen.denied === true ? 'Denied' : 'Broken', seen.why, {
    exit: seen.denied === true ? exits.credentials : exits.failed,
    hint: seen.hint ?? (step.create === undefined ? undefined : `Allow a new one with --replace ${label.node}.`),
  })
