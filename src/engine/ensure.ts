import { PrivlinkError, exits } from '../errors.ts'
import type { Entry } from './ledger.ts'
import type { Facts } from './ref.ts'
import { change, isAnother, look, progress, type Site } from './site.ts'
import type { AnyStep, Sighting } from './step.ts'
import { createOnce, mend, pause, record, settle, startOver, startWork, supersede, told, type Work } from './work.ts'

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
  site: Site<Aws, Probe>,
  story: Work<Aws, Probe>['story'],
  mayReplace: boolean,
  onMade: (facts: Facts) => void,
): Promise<Ensured> {
  const work = startWork(site, story)
  progress(site, 'looking')
  for (;;) {
    const seen = await look(work.site)
    const facts = await (site.step.create === undefined ? observe(work, seen) : act(work, seen, mayReplace))
    if (work.site.known !== undefined && work.entry?.status !== 'intended') onMade(work.site.known)
    if (facts !== undefined) return { facts, created: work.created, changed: work.changed }
  }
}

/** A gate only looks: it is ready, worth waiting for, or an error. */
async function observe<Aws, Probe>(work: Work<Aws, Probe>, seen: Sighting<Facts>): Promise<Facts | undefined> {
  const { title, account } = work.site.place
  switch (seen.state) {
    case 'absent':
      throw new PrivlinkError('NotThere', `${title}: there is none in account ${account}`)
    case 'broken':
      throw broken(work.site, seen)
    case 'pending':
      await pause(work, seen.why)
      return undefined
    case 'ready':
      if (seen.beware !== undefined) work.site.run.tell({ event: 'warning', ...seen.beware })
      // A proof has yet to be made.
      if (work.site.step.proof !== true) progress(work.site, 'ready')
      return seen.facts
  }
}

/** The next thing to do about what was seen; facts when nothing is left to do. */
async function act<Aws, Probe>(
  work: Work<Aws, Probe>,
  seen: Sighting<Facts>,
  mayReplace: boolean,
): Promise<Facts | undefined> {
  if (seen.state === 'absent') {
    refuseToMove(work)
    await createOnce(work)
    return undefined
  }
  const origin = originOf(work.site.step, seen, work.entry)
  if (origin === 'adopted') {
    refuseUnlessNamed(work)
    if (isMade(work.entry) && work.site.step.relation !== true) await handOver(work, mayReplace)
  }
  switch (seen.state) {
    case 'pending':
      if (seen.facts !== undefined && seen.going !== true && work.entry?.status !== 'made') {
        await record(work, { status: 'made', facts: seen.facts, origin })
      }
      await pause(work, seen.why)
      return undefined
    case 'broken':
      // What was made just now would break again.
      if ((seen.denied === true || seen.lasting === true) && work.created) throw broken(work.site, seen)
      if (origin === 'adopted' || work.replaced || (seen.fix === 'ask' && !mayReplace)) throw broken(work.site, seen)
      if (seen.facts !== undefined) await record(work, { facts: seen.facts })
      await startOver(work, seen.why)
      return undefined
    case 'ready':
      return arrive(work, seen, origin, mayReplace)
  }
}

/** It is ready: what differs from the config is brought back, if it is ours. */
async function arrive<Aws, Probe>(
  work: Work<Aws, Probe>,
  { facts, drift = [] }: Sighting<Facts> & { state: 'ready' },
  origin: Entry['origin'],
  mayReplace: boolean,
): Promise<Facts | undefined> {
  const { run, place } = work.site
  if (origin === 'created' && drift.length > 0) {
    if (drift.every(({ fix }) => fix === 'mend')) await mend(work, facts, drift)
    else if (mayReplace && !work.replaced && work.entry !== undefined) await supersede(work, work.entry)
    else {
      throw new PrivlinkError('NeedsReplacement', `cannot be changed in place: ${told(drift)}`, {
        hint: `Allow a new one with --replace ${place.node}, or take the change back.`,
      })
    }
    return undefined
  }
  if (drift.length > 0) {
    run.tell({
      event: 'warning',
      message: `${place.node} is adopted and differs from the config: ${told(drift)}`,
      hint: 'privlink changes nothing that it did not make. Change it yourself if you want it so.',
    })
  }
  if (origin === 'adopted' && work.entry === undefined) change(work.site, '<=')
  await settle(work, facts, origin)
  return facts
}

type Present = Exclude<Sighting<Facts>, { state: 'absent' }>

/**
 * Whose it is, by two witnesses: the ledger, once it says that we made it, and until then the tags. Of another thing than
 * the one that it knows, the ledger says nothing. A relation carries no tags: where we intended it after seeing it absent,
 * it is ours.
 */
export function originOf<Aws, Probe>(
  step: Pick<AnyStep<Aws, Probe>, 'facts' | 'relation'>,
  seen: Present,
  entry: Entry | undefined,
): Entry['origin'] {
  if (entry !== undefined && (entry.status !== 'intended' || step.relation === true)) {
    return seen.owner === 'other' && isAnother(step, seen.facts, entry.facts) ? 'adopted' : entry.origin
  }
  return seen.owner === 'ours' ? 'created' : 'adopted'
}

/** Somebody else's thing is used only if the config names it; a membership that was there before is used as it is. */
function refuseUnlessNamed<Aws, Probe>({ site, entry }: Work<Aws, Probe>): void {
  if (site.adopt === undefined && site.step.relation !== true && entry?.origin !== 'adopted') throw somebodyElses(site)
}

const isMade = (entry: Entry | undefined): entry is Entry =>
  entry !== undefined && entry.origin === 'created' && entry.status !== 'intended'

/** The config names somebody else's thing where we have made one: ours goes once nothing points at it any more. */
async function handOver<Aws, Probe>(work: Work<Aws, Probe>, mayReplace: boolean): Promise<void> {
  const { entry, site } = work
  if (entry === undefined) return
  if (!mayReplace) {
    throw new PrivlinkError('NeedsReplacement', `has been made here, but the config now names ${site.adopt}`, {
      hint: `Allow what privlink made to be removed with --replace ${site.place.node}, or take the change back.`,
    })
  }
  await supersede(work, entry)
}

/**
 * A thing cannot follow to another account or Region, and to forget the old one would leave it behind.
 *
 * @throws PrivlinkError MadeElsewhere
 */
function refuseToMove<Aws, Probe>({ entry, site: { place } }: Work<Aws, Probe>): void {
  if (!isMade(entry) || entry.account === place.account) return
  throw new PrivlinkError(
    'MadeElsewhere',
    `made in account ${entry.account}, but the config wants it in ${place.account}`,
    {
      hint: `Remove it there first with teardown --only ${entry.usedBy.join(' ')}, or take the change back.`,
    },
  )
}

export const somebodyElses = <Aws, Probe>({ place }: Pick<Site<Aws, Probe>, 'place'>): PrivlinkError =>
  new PrivlinkError(
    'SomebodyElses',
    `${place.title} exists in account ${place.account} already, and privlink did not make it`,
    {
      hint: `Rename the deployment, or take it as it is with "adopt: { ${place.node}: <its id> }" in the config.`,
    },
  )

const broken = <Aws, Probe>({ place, step }: Site<Aws, Probe>, seen: Present & { state: 'broken' }): PrivlinkError =>
  new PrivlinkError(seen.denied === true ? 'Denied' : 'Broken', seen.why, {
    exit: seen.denied === true ? exits.credentials : exits.failed,
    hint: seen.hint ?? (step.create === undefined ? undefined : `Allow a new one with --replace ${place.node}.`),
  })
