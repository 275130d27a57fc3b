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

/** The changes that a run made to a node on the way to ready. */
export interface Ensured {
  facts: Facts
  created: boolean
  changed: boolean
}

/**
 * Makes a node ready: observe, act, observe again, until it is ready and without drift. Every create is written to the
 * ledger before and after, so that a run that died in between is continued by a read, not by a second create.
 *
 * @param onMade called with its facts as soon as it has been created, maybe more than once.
 * @param replaceAllowed whether the user has allowed this node to be replaced.
 * @throws PrivlinkError when it does not become ready; the ledger is true all the same.
 */
export async function ensure<Aws, Probe>(
  context: NodeContext<Aws, Probe>,
  edges: Work<Aws, Probe>['edges'],
  replaceAllowed: boolean,
  onMade: (facts: Facts) => void,
): Promise<Ensured> {
  const work = startWork(context, edges)
  progress(context, 'looking')
  for (;;) {
    const observation = await observe(work.context)
    const facts = await (context.step.create === undefined
      ? observeGate(work, observation)
      : act(work, observation, replaceAllowed))
    if (work.context.known !== undefined && work.entry?.status !== 'intended') onMade(work.context.known)
    if (facts !== undefined) return { facts, created: work.created, changed: work.changed }
  }
}

/** A gate only reads: it is ready, worth waiting for, or an error. */
async function observeGate<Aws, Probe>(
  work: Work<Aws, Probe>,
  observation: Observation<Facts>,
): Promise<Facts | undefined> {
  const { title, account } = work.context.label
  switch (observation.state) {
    case 'absent':
      throw new PrivlinkError('NotThere', `${title}: there is none in account ${account}`)
    case 'broken':
      throw broken(work.context, observation)
    case 'pending':
      await waitForNextRead(work, observation.why)
      return undefined
    case 'ready':
      if (observation.warning !== undefined) work.context.run.emit({ event: 'warning', ...observation.warning })
      // A proof has yet to be made.
      if (work.context.step.proof !== true) progress(work.context, 'ready')
      return observation.facts
  }
}

/** Does the next thing that the observation asks for; returns the facts when nothing is left to do. */
async function act<Aws, Probe>(
  work: Work<Aws, Probe>,
  observation: Observation<Facts>,
  replaceAllowed: boolean,
): Promise<Facts | undefined> {
  if (observation.state === 'absent') {
    refuseToMove(work)
    await createOnce(work)
    return undefined
  }
  const origin = originOf(work.context.step, observation, work.entry)
  if (origin === 'adopted') {
    refuseUnlessNamed(work)
    if (isMade(work.entry) && work.context.step.relation !== true) await handOver(work, replaceAllowed)
  }
  switch (observation.state) {
    case 'pending':
      if (observation.facts !== undefined && observation.deleting !== true && work.entry?.status !== 'made') {
        await record(work, { status: 'made', facts: observation.facts, origin })
      }
      await waitForNextRead(work, observation.why)
      return undefined
    case 'broken':
      // A new one would break again, like the one that was made just now.
      if ((observation.denied === true || observation.lasting === true) && work.created)
        throw broken(work.context, observation)
      if (origin === 'adopted' || work.replaced || (observation.fix === 'ask' && !replaceAllowed))
        throw broken(work.context, observation)
      if (observation.facts !== undefined) await record(work, { facts: observation.facts })
      await recreate(work, observation.why)
      return undefined
    case 'ready':
      return arrive(work, observation, origin, replaceAllowed)
  }
}

/** The thing is ready: updates the fields that differ from the config, if it is ours. */
async function arrive<Aws, Probe>(
  work: Work<Aws, Probe>,
  { facts, drift = [] }: Observation<Facts> & { state: 'ready' },
  origin: LedgerEntry['origin'],
  replaceAllowed: boolean,
): Promise<Facts | undefined> {
  const { run, label } = work.context
  if (origin === 'created' && drift.length > 0) {
    if (drift.every(({ fix }) => fix === 'update')) await update(work, facts, drift)
    else if (replaceAllowed && !work.replaced && work.entry !== undefined) await createReplacement(work, work.entry)
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
 * Says whose the thing is, by two witnesses: the ledger, once it says that we created it, and until then the tags. The
 * ledger says nothing of another thing than the one that it knows. A relation carries no tags: where we intended it
 * after a read found it absent, it is ours.
 */
export function originOf<Aws, Probe>(
  step: Pick<AnyStep<Aws, Probe>, 'facts' | 'relation'>,
  observation: Present,
  entry: LedgerEntry | undefined,
): LedgerEntry['origin'] {
  if (entry !== undefined && (entry.status !== 'intended' || step.relation === true)) {
    return observation.owner === 'other' && isAnother(step, observation.facts, entry.facts) ? 'adopted' : entry.origin
  }
  return observation.owner === 'ours' ? 'created' : 'adopted'
}

/** A thing that is not ours is used only if the config names it; a relation that was there before is used as it is. */
function refuseUnlessNamed<Aws, Probe>({ context, entry }: Work<Aws, Probe>): void {
  if (context.adopt === undefined && context.step.relation !== true && entry?.origin !== 'adopted')
    throw ownedByAnother(context)
}

const isMade = (entry: LedgerEntry | undefined): entry is LedgerEntry =>
  entry !== undefined && entry.origin === 'created' && entry.status !== 'intended'

/** The config names an existing thing where we have created one: ours goes once nothing points at it any more. */
async function handOver<Aws, Probe>(work: Work<Aws, Probe>, replaceAllowed: boolean): Promise<void> {
  const { entry, context } = work
  if (entry === undefined) return
  if (!replaceAllowed) {
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
  observation: Present & { state: 'broken' },
): PrivlinkError =>
  new PrivlinkError(observation.denied === true ? 'Denied' : 'Broken', observation.why, {
    exit: observation.denied === true ? exits.credentials : exits.failed,
    hint: observation.hint ?? (step.create === undefined ? undefined : `Allow a new one with --replace ${label.node}.`),
  })
