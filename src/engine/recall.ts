import { exits } from '../errors.ts'
import { dependenciesOf } from './select.ts'
import { placeOf } from './site.ts'
import type { Run } from './run.ts'
import { survey, unrecorded } from './survey.ts'
import type { Walk } from './walk.ts'

/**
 * Writes into the ledger what exists and carries our marks but is not there: the second witness, for a ledger that was
 * lost. Looks only where an entry is missing.
 *
 * @returns how many things were found again.
 * @throws PrivlinkError when something may not be looked at (exit 4).
 */
export async function recall<Aws, Probe>(run: Run<Aws, Probe>, walk: Walk<Aws, Probe>): Promise<number> {
  const missing = new Set(unrecorded(run, walk).map(({ key }) => key))
  if (missing.size === 0) return 0
  let found = 0
  await survey(run, [...walk.values()], async ({ node, site, sighting }) => {
    // What may not be looked at may be there all the same: to go on would be to leave it behind.
    if (sighting.state === 'unseen' && sighting.error.exit === exits.credentials) throw sighting.error
    if (sighting.state === 'unseen' || sighting.state === 'absent') return false
    if (missing.has(node.key) && sighting.owner === 'ours') {
      const { title: _, ...place } = placeOf(node)
      await run.ledger.put({
        key: place.node,
        article: place.article,
        account: place.account,
        step: node.step.id,
        inputs: site.inputs,
        dependsOn: dependenciesOf(walk, node),
        usedBy: node.integrations,
        origin: 'created',
        status: 'made',
        generation: 0,
        ...(sighting.facts && { facts: sighting.facts }),
        at: new Date(run.clock.now()).toISOString(),
      })
      found += 1
    }
    return true
  })
  return found
}
