import { originOf, ownedByAnother } from './ensure.ts'
import type { Action } from './events.ts'
import type { RunOptions, Outcome, Run } from './run.ts'
import { select } from './select.ts'
import { labelOf } from './node-context.ts'
import type { Drift } from './step.ts'
import { observeAll, type ObservedNode } from './observe-all.ts'
import { startTally } from './tally.ts'
import type { Graph } from './graph.ts'

/**
 * Says what setup would do. It changes and writes nothing. Where an input is not yet known, the thing is read by ledger
 * and tag only, and `knownAfter` names the nodes that the input follows from. It counts the intended changes.
 */
export async function plan<Aws, Probe>(
  run: Run<Aws, Probe>,
  graph: Graph<Aws, Probe>,
  options: RunOptions,
): Promise<Outcome> {
  const tally = startTally(run)
  await observeAll(run, select(graph, options.only), async (seen) => {
    const { node, observation, waitsFor } = seen
    const isGate = node.step.create === undefined
    if (observation.state === 'unseen') {
      // A gate that reads a thing which does not exist yet is no failure yet.
      if (waitsFor.length === 0) tally.fail(observation.error, labelOf(node))
      return false
    }
    if (isGate) {
      if (observation.state === 'ready' && observation.warning) run.emit({ event: 'warning', ...observation.warning })
      return observation.state === 'ready'
    }
    const intended = intent(run, seen)
    if (intended === undefined) {
      tally.fail(ownedByAnother({ label: labelOf(node) }), labelOf(node))
      return false
    }
    const { action, drift } = intended
    if (action === '+' || action === '-/+') tally.counts.created += 1
    if (action === '~') tally.counts.changed += 1
    if (action === '-/+') tally.counts.deleted += 1
    run.emit({ event: 'change', ...labelOf(node), action, drift, knownAfter: waitsFor })
    return action === '=' || action === '~' || action === '<='
  })
  for (const entry of run.ledger.entries()) {
    if (graph.has(entry.key) || entry.origin === 'adopted') continue
    tally.counts.deleted += 1
    const label = { node: entry.key, title: entry.step, account: entry.account, article: entry.article }
    run.emit({ event: 'change', ...label, action: '-' })
  }
  return tally.outcome()
}

/** The action of setup; undefined if the thing is not ours and setup would refuse it. */
function intent<Aws, Probe>(
  run: Run<Aws, Probe>,
  { node, observation }: ObservedNode<Aws, Probe>,
): { action: Action; drift?: readonly Drift[] } | undefined {
  if (observation.state === 'absent' || observation.state === 'unseen') return { action: '+' }
  const entry = run.ledger.get(node.key)
  if (originOf(node.step, observation, entry) === 'adopted') {
    if (entry?.origin === 'adopted') return { action: '=' }
    return node.adopt !== undefined || node.step.relation === true ? { action: '<=' } : undefined
  }
  if (observation.state === 'broken') return { action: '-/+' }
  const drift = observation.state === 'ready' ? (observation.drift ?? []) : []
  if (drift.length === 0) return { action: '=' }
  return { action: drift.some(({ fix }) => fix === 'replace') ? '-/+' : '~', drift }
}
