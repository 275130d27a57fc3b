import { exits } from '../errors.ts'
import { driftText } from './work.ts'
import type { RunOptions, Outcome, Run } from './run.ts'
import { select } from './select.ts'
import { labelOf } from './node-context.ts'
import type { Finding } from './step.ts'
import { observeAll, type ObservedNode } from './observe-all.ts'
import { startTally } from './tally.ts'
import type { Graph } from './graph.ts'

/**
 * Proves the graph: every node ready and without drift, then its own checks, then the test calls. It changes nothing. A
 * check that cannot be decided from here is `unproved`, never `ok`.
 */
export async function verify<Aws, Probe>(
  run: Run<Aws, Probe>,
  graph: Graph<Aws, Probe>,
  options: RunOptions,
): Promise<Outcome> {
  const tally = startTally(run)
  const nodes = select(graph, options.only)
  await observeAll(run, nodes, async (seen) => {
    const { node, context, observation, waitsFor } = seen
    const label = labelOf(node)
    if (observation.state === 'unseen' && observation.error.exit === exits.credentials) {
      tally.fail(observation.error, label)
      return false
    }
    if (waitsFor.length > 0) {
      const evidence = `not looked at: ${waitsFor.join(', ')} is not there`
      tally.find({ check: node.step.title, verdict: 'skipped', evidence }, node.integrations, label)
      return false
    }
    const own = state(seen)
    if (node.step.proof !== true) tally.find(own, node.integrations, label)
    if (observation.state !== 'ready') return false
    const { aws, inputs } = context
    const checks = (await node.step.check?.({ aws, inputs, facts: observation.facts, probe: run.probe })) ?? []
    for (const finding of checks)
      tally.find({ hop: finding.verdict === 'failed' ? node.key : undefined, ...finding }, node.integrations, label)
    return true
  })
  return tally.outcome(options)
}

/** The finding about the state of the thing itself. */
function state<Aws, Probe>({ node, context, observation }: ObservedNode<Aws, Probe>): Finding {
  const check = node.step.title
  const failed = (evidence: string, hint = 'Run setup: it brings this back.'): Finding => ({
    check,
    verdict: 'failed',
    hop: node.key,
    evidence,
    hint,
  })
  switch (observation.state) {
    case 'absent':
      return failed('does not exist')
    case 'unseen':
      return failed(observation.error.message, observation.error.hint)
    case 'pending':
      return failed(observation.why, 'Wait a little and verify again.')
    case 'broken':
      return failed(observation.why, observation.hint)
    case 'ready': {
      const drift = observation.drift ?? []
      if (drift.length === 0) return { check, verdict: 'ok' }
      const adopted = context.run.ledger.get(node.key)?.origin === 'adopted'
      return failed(driftText(drift), adopted ? 'It is adopted: change it where it was made.' : undefined)
    }
  }
}
