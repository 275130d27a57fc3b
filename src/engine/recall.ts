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
 */
export async function recall<Aws, Probe>(run: Run<Aws, Probe>, walk: Walk<Aws, Probe>): Promise<number> {
  const missing = new Set(unrecorded(run, walk).map(({ key }) => key))
  if (missing.size === 0) return 0
  let found = 0
  await survey(run, [...walk.values()], async ({ node, site, sighting }) => {
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
