import { originOf, somebodyElses } from './ensure.ts'
import type { Action } from './events.ts'
import type { Choice, Outcome, Run } from './run.ts'
import { select } from './select.ts'
import { placeOf } from './site.ts'
import type { Drift } from './step.ts'
import { survey, type Seen } from './survey.ts'
import { startTally } from './tally.ts'
import type { Walk } from './walk.ts'

/**
 * Says what setup would do. Changes nothing and writes nothing. Where an input is not yet known, the thing is looked for
 * by ledger and tag only, and `knownAfter` names the nodes that it waits for. Counts are those of the intended changes.
 */
export async function plan<Aws, Probe>(run: Run<Aws, Probe>, walk: Walk<Aws, Probe>, choice: Choice): Promise<Outcome> {
  const tally = startTally(run)
  await survey(run, select(walk, choice.only), async (seen) => {
    const { node, sighting, waitsFor } = seen
    const isGate = node.step.create === undefined
    if (sighting.state === 'unseen') {
      // A gate that looks at what will only be made is no trouble yet.
      if (waitsFor.length === 0) tally.fail(sighting.error, placeOf(node))
      return false
    }
    if (isGate) {
      if (sighting.state === 'ready' && sighting.beware) run.tell({ event: 'warning', ...sighting.beware })
      return sighting.state === 'ready'
    }
    const intended = intent(run, seen)
    if (intended === undefined) {
      tally.fail(somebodyElses({ place: placeOf(node) }), placeOf(node))
      return false
    }
    const { action, drift } = intended
    if (action === '+' || action === '-/+') tally.counts.created += 1
    if (action === '~') tally.counts.changed += 1
    if (action === '-/+') tally.counts.deleted += 1
    run.tell({ event: 'change', ...placeOf(node), action, drift, knownAfter: waitsFor })
    return action === '=' || action === '~' || action === '<='
  })
  for (const entry of run.ledger.entries()) {
    if (walk.has(entry.key) || entry.origin === 'adopted') continue
    tally.counts.deleted += 1
    const place = { node: entry.key, title: entry.step, account: entry.account, article: entry.article }
    run.tell({ event: 'change', ...place, action: '-' })
  }
  return tally.outcome()
}

/** What setup would do about it; nothing that it may do if it is somebody else's. */
function intent<Aws, Probe>(
  run: Run<Aws, Probe>,
  { node, sighting }: Seen<Aws, Probe>,
): { action: Action; drift?: readonly Drift[] } | undefined {
  if (sighting.state === 'absent' || sighting.state === 'unseen') return { action: '+' }
  const entry = run.ledger.get(node.key)
  if (originOf(node.step, sighting, entry) === 'adopted') {
    if (entry?.origin === 'adopted') return { action: '=' }
    return node.adopt !== undefined || node.step.relation === true ? { action: '<=' } : undefined
  }
  if (sighting.state === 'broken') return { action: '-/+' }
  const drift = sighting.state === 'ready' ? (sighting.drift ?? []) : []
  if (drift.length === 0) return { action: '=' }
  return { action: drift.some(({ fix }) => fix === 'replace') ? '-/+' : '~', drift }
}
