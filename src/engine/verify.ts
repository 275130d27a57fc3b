import { exits } from '../errors.ts'
import { told } from './work.ts'
import type { Choice, Outcome, Run } from './run.ts'
import { select } from './select.ts'
import { placeOf } from './site.ts'
import type { Finding } from './step.ts'
import { survey, type Seen } from './survey.ts'
import { startTally } from './tally.ts'
import type { Walk } from './walk.ts'

/**
 * Proves the walk: every node ready and without drift, then its own checks, then the test calls. Changes nothing.
 * What cannot be proved from here is `unproved`, never `ok`.
 */
export async function verify<Aws, Probe>(
  run: Run<Aws, Probe>,
  walk: Walk<Aws, Probe>,
  choice: Choice,
): Promise<Outcome> {
  const tally = startTally(run)
  const nodes = select(walk, choice.only)
  await survey(run, nodes, async (seen) => {
    const { node, site, sighting, waitsFor } = seen
    const place = placeOf(node)
    if (sighting.state === 'unseen' && sighting.error.exit === exits.credentials) {
      tally.fail(sighting.error, place)
      return false
    }
    if (waitsFor.length > 0) {
      const evidence = `not looked at: ${waitsFor.join(', ')} is not there`
      tally.find({ check: node.step.title, verdict: 'skipped', evidence }, node.integrations, place)
      return false
    }
    const own = state(seen)
    if (node.step.proof !== true) tally.find(own, node.integrations, place)
    if (sighting.state !== 'ready') return false
    const { aws, inputs } = site
    const checks = (await node.step.check?.({ aws, inputs, facts: sighting.facts, probe: run.probe })) ?? []
    for (const finding of checks)
      tally.find({ hop: finding.verdict === 'failed' ? node.key : undefined, ...finding }, node.integrations, place)
    return true
  })
  return tally.outcome(choice)
}

/** The finding about the thing itself. */
function state<Aws, Probe>({ node, site, sighting }: Seen<Aws, Probe>): Finding {
  const check = node.step.title
  const failed = (evidence: string, hint = 'Run setup: it brings this back.'): Finding => ({
    check,
    verdict: 'failed',
    hop: node.key,
    evidence,
    hint,
  })
  switch (sighting.state) {
    case 'absent':
      return failed('does not exist')
    case 'unseen':
      return failed(sighting.error.message, sighting.error.hint)
    case 'pending':
      return failed(sighting.why, 'Wait a little and verify again.')
    case 'broken':
      return failed(sighting.why, sighting.hint)
    case 'ready': {
      const drift = sighting.drift ?? []
      if (drift.length === 0) return { check, verdict: 'ok' }
      const adopted = site.run.ledger.get(node.key)?.origin === 'adopted'
      return failed(told(drift), adopted ? 'It is adopted: change it where it was made.' : undefined)
    }
  }
}
