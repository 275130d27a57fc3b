import { randomUUID } from 'node:crypto'
import { PrivlinkError, hasCode } from '../errors.ts'
import type { LedgerEntry } from './ledger.ts'
import type { Facts } from './ref.ts'
import { remove } from './remove.ts'
import { change, knownFacts, observe, progress, type NodeContext, untilNextRead } from './node-context.ts'
import { minutes, same, seconds, type Drift } from './step.ts'

/** After a lost answer, how long a thing may stay invisible before it counts as never made. Assumed. */
const lostAfter = seconds(15)
/** How long a thing that we just made may be missing from a describe (EC2 propagation: Terraform allows 5 minutes). */
const invisibleUpTo = minutes(5)
/**
 * The same for a thing that the run before this one made as its last act. Assumed: a new run takes a moment to begin.
 */
const invisibleAfterDeath = seconds(30)
/** How long a change may take to show in a describe. Assumed: most show at once. */
const changedWithin = seconds(10)
/** How often a create or an update is tried before its failure is reported. */
const tries = 3

/** One node while setup works on it: its context, its entry in the ledger, and the attempts so far. */
export interface Work<Aws, Probe> {
  context: NodeContext<Aws, Probe>
  edges: Pick<LedgerEntry, 'dependsOn' | 'usedBy'>
  entry: LedgerEntry | undefined
  /** The time from which its patience counts, ms since the epoch. */
  began: number
  madeAt: number | undefined
  creates: number
  updates: number
  updatedAt: number | undefined
  replaced: boolean
  created: boolean
  changed: boolean
}

export function startWork<Aws, Probe>(
  context: NodeContext<Aws, Probe>,
  edges: Work<Aws, Probe>['edges'],
): Work<Aws, Probe> {
  const entry = context.run.ledger.get(context.label.node)
  return {
    context,
    edges,
    entry,
    began: context.run.clock.now(),
    madeAt: entry?.status === 'made' ? Date.parse(entry.at) : undefined,
    creates: 0,
    updates: 0,
    updatedAt: undefined,
    replaced: false,
    created: false,
    changed: false,
  }
}

/** Writes the node's entry through to the ledger. */
export async function record<Aws, Probe>(work: Work<Aws, Probe>, change: Partial<LedgerEntry>): Promise<void> {
  const { run, label, step, identity, inputs } = work.context
  work.entry = {
    origin: 'created',
    status: 'made',
    ...work.entry,
    key: label.node,
    step: step.id,
    article: label.article,
    account: label.account,
    inputs,
    generation: identity.generation,
    ...work.edges,
    ...change,
    at: new Date(run.clock.now()).toISOString(),
  }
  await run.ledger.put(work.entry)
  work.context = { ...work.context, known: knownFacts(step, work.entry) }
}

/**
 * Waits until the next read.
 *
 * @throws PrivlinkError OutOfPatience
 */
export async function waitForNextRead<Aws, Probe>({ context, began }: Work<Aws, Probe>, why: string): Promise<void> {
  const { run, step } = context
  if (run.clock.now() - began >= step.patience.upTo) {
    const waited = Math.round((run.clock.now() - began) / 1000)
    throw new PrivlinkError('OutOfPatience', `still not ready after ${waited} s: ${why}`, {
      hint: 'Run setup again: it goes on from here.',
    })
  }
  progress(context, 'waiting', why)
  await untilNextRead(context)
}

/** Creates the thing, unless it was created a moment ago and does not show yet. */
export async function createOnce<Aws, Probe>(work: Work<Aws, Probe>): Promise<void> {
  const { context, madeAt, created } = work
  const invisible = created ? invisibleUpTo : invisibleAfterDeath
  if (madeAt !== undefined && context.run.clock.now() - madeAt < invisible)
    return waitForNextRead(work, 'not yet visible')
  await create(work)
}

async function create<Aws, Probe>(work: Work<Aws, Probe>): Promise<void> {
  const { run, step, aws, inputs, identity, label } = work.context
  if (step.create === undefined) return
  const before = work.entry
  // The same token with other parameters is refused for good (IdempotentParameterMismatch, EC2 API reference).
  const isSame = before?.status === 'intended' && same(before.inputs, inputs)
  const token = (isSame ? before.token : undefined) ?? randomUUID()
  await record(work, { status: 'intended', token, origin: 'created' })
  progress(work.context, 'creating')
  try {
    const facts = await step.create({ aws, inputs, identity, token })
    await record(work, { status: 'made', facts })
    work.began = work.madeAt = run.clock.now()
    work.created = true
    change(work.context, '+')
  } catch (thrown) {
    if (hasCode(thrown, 'NotYet')) return await waitForNextRead(work, thrown.message)
    work.creates += 1
    const lost = hasCode(thrown, 'AnswerLost')
    if (lost && work.creates < tries) return await lookAgain(work.context)
    // AWS refused it for certain: nothing was made, so nothing is remembered.
    if (!lost && work.creates === 1 && before === undefined) await run.ledger.remove(label.node)
    throw thrown
  }
}

/** The answer was lost: the thing may exist all the same, and may take a moment to show. */
async function lookAgain<Aws, Probe>(context: NodeContext<Aws, Probe>): Promise<void> {
  const { clock, signal } = context.run
  const until = clock.now() + lostAfter
  progress(context, 'waiting', 'the answer was lost; looking whether it was made')
  while (clock.now() < until) {
    await clock.sleep(seconds(5), signal)
    if ((await observe(context)).state !== 'absent') return
  }
}

/**
 * Updates the fields that drifted.
 *
 * @throws PrivlinkError DriftStays when several updates have not helped.
 */
export async function update<Aws, Probe>(work: Work<Aws, Probe>, facts: Facts, drift: readonly Drift[]): Promise<void> {
  const { step, aws, inputs, identity, run } = work.context
  if (work.updatedAt !== undefined && run.clock.now() - work.updatedAt < changedWithin) {
    progress(work.context, 'waiting', 'the change does not show yet')
    return untilNextRead(work.context)
  }
  if (step.update === undefined || work.updates === tries) {
    throw new PrivlinkError('DriftStays', `differs from the config and cannot be brought back: ${driftText(drift)}`, {
      hint: 'Find the person or tool that changes it at the same time.',
    })
  }
  await record(work, { status: 'made', facts, origin: 'created' })
  progress(work.context, 'mending', drift.map(({ field }) => field).join(', '))
  try {
    await step.update({ aws, inputs, facts, drift, identity })
  } catch (thrown) {
    if (hasCode(thrown, 'NotYet')) return await waitForNextRead(work, thrown.message)
    throw thrown
  }
  work.updates += 1
  work.updatedAt = run.clock.now()
  // A field that `create` could not carry is part of the creation, not a change.
  if (work.created || work.changed) return
  work.changed = true
  change(work.context, '~', drift)
}

/** Removes a thing that will never be ready. The next read finds nothing, and setup creates a new one. */
export async function recreate<Aws, Probe>(work: Work<Aws, Probe>, why: string): Promise<void> {
  const { run, label } = work.context
  work.replaced = true
  progress(work.context, 'replacing', why)
  change(work.context, '-/+')
  await remove(work.context, 'created')
  await run.ledger.remove(label.node)
  work.entry = undefined
  work.context = { ...work.context, known: undefined }
  work.madeAt = work.updatedAt = undefined
  work.began = run.clock.now()
}

/** Keeps the old thing working under another key until nothing points at it; setup creates the new one beside it. */
export async function createReplacement<Aws, Probe>(work: Work<Aws, Probe>, old: LedgerEntry): Promise<void> {
  const { run, label } = work.context
  work.replaced = true
  change(work.context, '-/+')
  work.entry = undefined
  work.madeAt = work.updatedAt = undefined
  work.context = { ...work.context, known: undefined, identity: run.identity(label.node, old.generation + 1) }
  await Promise.all([
    run.ledger.put({ ...old, key: `${old.key}~${old.generation}`, superseded: true }),
    record(work, { status: 'intended', token: randomUUID() }),
  ])
}

/** Writes `ready`, unless the ledger says so already: a run with nothing to do writes nothing. */
export async function recordReady<Aws, Probe>(
  work: Work<Aws, Probe>,
  facts: Facts,
  origin: LedgerEntry['origin'],
): Promise<void> {
  const { entry, context, edges } = work
  const next = { status: 'ready', facts, origin } as const
  const was = [entry?.status, entry?.facts, entry?.origin, entry?.inputs, entry?.dependsOn, entry?.usedBy]
  const is = [next.status, facts, origin, context.inputs, edges.dependsOn, edges.usedBy]
  if (JSON.stringify(was) !== JSON.stringify(is)) await record(work, next)
  progress(work.context, 'ready')
}

/** Drift as a sentence. */
export const driftText = (drift: readonly Drift[]): string =>
  drift.map(({ field, was, want }) => `${field} is ${short(was)}, want ${short(want)}`).join('; ')

const short = (value: unknown): string => {
  const json = JSON.stringify(value) ?? 'unset'
  return json.length > 120 ? `${json.slice(0, 117)}...` : json
}
