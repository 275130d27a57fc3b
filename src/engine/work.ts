import { randomUUID } from 'node:crypto'
import { PrivlinkError, hasCode } from '../errors.ts'
import type { Entry } from './ledger.ts'
import type { Facts } from './ref.ts'
import { remove } from './remove.ts'
import { change, knownFacts, look, progress, type Site, untilNextLook } from './site.ts'
import { minutes, same, seconds, type Drift } from './step.ts'

/** After a lost answer, how long a thing may stay invisible before it counts as never made. Assumed. */
const lostAfter = seconds(15)
/** How long a thing that we just made may be missing from a describe (EC2 propagation: Terraform allows 5 minutes). */
const invisibleUpTo = minutes(5)
/** The same for one that a run before this one made as its last act. Assumed: a new run takes a moment to begin. */
const invisibleAfterDeath = seconds(30)
/** How long a change may take to show in a describe. Assumed: most show at once. */
const changedWithin = seconds(10)
/** How often a hand may be tried before its failure is told. */
const tries = 3

/** One node while it is being brought about: where it stands, what the ledger says of it, what has been tried. */
export interface Work<Aws, Probe> {
  site: Site<Aws, Probe>
  story: Pick<Entry, 'dependsOn' | 'usedBy'>
  entry: Entry | undefined
  /** When its patience began, ms. */
  began: number
  madeAt: number | undefined
  creates: number
  mends: number
  mendedAt: number | undefined
  replaced: boolean
  created: boolean
  changed: boolean
}

export function startWork<Aws, Probe>(site: Site<Aws, Probe>, story: Work<Aws, Probe>['story']): Work<Aws, Probe> {
  const entry = site.run.ledger.get(site.place.node)
  return {
    site,
    story,
    entry,
    began: site.run.clock.now(),
    madeAt: entry?.status === 'made' ? Date.parse(entry.at) : undefined,
    creates: 0,
    mends: 0,
    mendedAt: undefined,
    replaced: false,
    created: false,
    changed: false,
  }
}

/** Writes the node's entry through to the ledger. */
export async function record<Aws, Probe>(work: Work<Aws, Probe>, change: Partial<Entry>): Promise<void> {
  const { run, place, step, mark, inputs } = work.site
  work.entry = {
    origin: 'created',
    status: 'made',
    ...work.entry,
    key: place.node,
    step: step.id,
    article: place.article,
    account: place.account,
    inputs,
    generation: mark.generation,
    ...work.story,
    ...change,
    at: new Date(run.clock.now()).toISOString(),
  }
  await run.ledger.put(work.entry)
  work.site = { ...work.site, known: knownFacts(step, work.entry) }
}

/**
 * Waits until the next look.
 *
 * @throws PrivlinkError OutOfPatience
 */
export async function pause<Aws, Probe>({ site, began }: Work<Aws, Probe>, why: string): Promise<void> {
  const { run, step } = site
  if (run.clock.now() - began >= step.patience.upTo) {
    const waited = Math.round((run.clock.now() - began) / 1000)
    throw new PrivlinkError('OutOfPatience', `still not ready after ${waited} s: ${why}`, {
      hint: 'Run setup again: it goes on from here.',
    })
  }
  progress(site, 'waiting', why)
  await untilNextLook(site)
}

/** Makes the thing, unless it was made a moment ago and does not show yet. */
export async function createOnce<Aws, Probe>(work: Work<Aws, Probe>): Promise<void> {
  const { site, madeAt, created } = work
  const invisible = created ? invisibleUpTo : invisibleAfterDeath
  if (madeAt !== undefined && site.run.clock.now() - madeAt < invisible) return pause(work, 'not yet visible')
  await create(work)
}

async function create<Aws, Probe>(work: Work<Aws, Probe>): Promise<void> {
  const { run, step, aws, inputs, mark, place } = work.site
  if (step.create === undefined) return
  const before = work.entry
  // The same token with other parameters is refused for good (IdempotentParameterMismatch, EC2 API reference).
  const isSame = before?.status === 'intended' && same(before.inputs, inputs)
  const token = (isSame ? before.token : undefined) ?? randomUUID()
  await record(work, { status: 'intended', token, origin: 'created' })
  progress(work.site, 'creating')
  try {
    const facts = await step.create({ aws, inputs, mark, token })
    await record(work, { status: 'made', facts })
    work.began = work.madeAt = run.clock.now()
    work.created = true
    change(work.site, '+')
  } catch (thrown) {
    if (hasCode(thrown, 'NotYet')) return await pause(work, thrown.message)
    work.creates += 1
    const lost = hasCode(thrown, 'AnswerLost')
    if (lost && work.creates < tries) return await lookAgain(work.site)
    // Refused for certain: nothing was made, so nothing is remembered.
    if (!lost && work.creates === 1 && before === undefined) await run.ledger.remove(place.node)
    throw thrown
  }
}

/** A lost answer: the thing may be there all the same, and may take a moment to show. */
async function lookAgain<Aws, Probe>(site: Site<Aws, Probe>): Promise<void> {
  const { clock, signal } = site.run
  const until = clock.now() + lostAfter
  progress(site, 'waiting', 'the answer was lost; looking whether it was made')
  while (clock.now() < until) {
    await clock.sleep(seconds(5), signal)
    if ((await look(site)).state !== 'absent') return
  }
}

/**
 * Brings drift back.
 *
 * @throws PrivlinkError DriftStays when that has not helped a few times.
 */
export async function mend<Aws, Probe>(work: Work<Aws, Probe>, facts: Facts, drift: readonly Drift[]): Promise<void> {
  const { step, aws, inputs, mark, run } = work.site
  if (work.mendedAt !== undefined && run.clock.now() - work.mendedAt < changedWithin) {
    progress(work.site, 'waiting', 'the change does not show yet')
    return untilNextLook(work.site)
  }
  if (step.mend === undefined || work.mends === tries) {
    throw new PrivlinkError('DriftStays', `differs from the config and cannot be brought back: ${told(drift)}`, {
      hint: 'Look for somebody or something else that changes it at the same time.',
    })
  }
  await record(work, { status: 'made', facts, origin: 'created' })
  progress(work.site, 'mending', drift.map(({ field }) => field).join(', '))
  try {
    await step.mend({ aws, inputs, facts, drift, mark })
  } catch (thrown) {
    if (hasCode(thrown, 'NotYet')) return await pause(work, thrown.message)
    throw thrown
  }
  work.mends += 1
  work.mendedAt = run.clock.now()
  // What `create` could not carry is part of making it, not a change.
  if (work.created || work.changed) return
  work.changed = true
  change(work.site, '~', drift)
}

/** Removes what will never be ready; the next look finds nothing and makes a new one. */
export async function startOver<Aws, Probe>(work: Work<Aws, Probe>, why: string): Promise<void> {
  const { run, place } = work.site
  work.replaced = true
  progress(work.site, 'replacing', why)
  change(work.site, '-/+')
  await remove(work.site, 'created')
  await run.ledger.remove(place.node)
  work.entry = undefined
  work.site = { ...work.site, known: undefined }
  work.madeAt = work.mendedAt = undefined
  work.began = run.clock.now()
}

/** The old one keeps working under another key until nothing points at it; the next look makes the new one beside it. */
export async function supersede<Aws, Probe>(work: Work<Aws, Probe>, old: Entry): Promise<void> {
  const { run, place } = work.site
  work.replaced = true
  change(work.site, '-/+')
  work.entry = undefined
  work.madeAt = work.mendedAt = undefined
  work.site = { ...work.site, known: undefined, mark: run.mark(place.node, old.generation + 1) }
  await Promise.all([
    run.ledger.put({ ...old, key: `${old.key}~${old.generation}`, superseded: true }),
    record(work, { status: 'intended', token: randomUUID() }),
  ])
}

/** Writes `ready`, unless the ledger says so already: a run with nothing to do writes nothing. */
export async function settle<Aws, Probe>(work: Work<Aws, Probe>, facts: Facts, origin: Entry['origin']): Promise<void> {
  const { entry, site, story } = work
  const next = { status: 'ready', facts, origin } as const
  const was = [entry?.status, entry?.facts, entry?.origin, entry?.inputs, entry?.dependsOn, entry?.usedBy]
  const is = [next.status, facts, origin, site.inputs, story.dependsOn, story.usedBy]
  if (JSON.stringify(was) !== JSON.stringify(is)) await record(work, next)
  progress(work.site, 'ready')
}

/** Drift as a sentence. */
export const told = (drift: readonly Drift[]): string =>
  drift.map(({ field, was, want }) => `${field} is ${short(was)}, want ${short(want)}`).join('; ')

const short = (value: unknown): string => {
  const json = JSON.stringify(value) ?? 'unset'
  return json.length > 120 ? `${json.slice(0, 117)}...` : json
}
