import { exits } from '../errors.ts'
import { dependenciesOf } from './select.ts'
import { labelOf } from './node-context.ts'
import type { Run } from './run.ts'
import { observeAll, unrecorded } from './observe-all.ts'
import type { Graph } from './graph.ts'

/**
 * Writes into the ledger what exists and carries our marks but is not there: the second witness, for a ledger that was
 * lost. Looks only where an entry is missing.
 *
 * @returns how many things were found again.
 * @throws PrivlinkError when something may not be looked at (exit 4).
 */
export async function recoverFromTags<Aws, Probe>(run: Run<Aws, Probe>, graph: Graph<Aws, Probe>): Promise<number> {
  const missing = new Set(unrecorded(run, graph).map(({ key }) => key))
  if (missing.size === 0) return 0
  let found = 0
  await observeAll(run, [...graph.values()], async ({ node, context, observation }) => {
    // What may not be looked at may be there all the same: to go on would be to leave it behind.
    if (observation.state === 'unseen' && observation.error.exit === exits.credentials) throw observation.error
    if (observation.state === 'unseen' || observation.state === 'absent') return false
    if (missing.has(node.key) && observation.owner === 'ours') {
      const { title: _, ...label } = labelOf(node)
      await run.ledger.put({
        key: label.node,
        article: label.article,
        account: label.account,
        step: node.step.id,
        inputs: context.inputs,
        dependsOn: dependenciesOf(graph, node),
        usedBy: node.integrations,
        origin: 'created',
        status: 'made',
        generation: 0,
        ...(observation.facts && { facts: observation.facts }),
        at: new Date(run.clock.now()).toISOString(),
      })
      found += 1
    }
    return true
  })
  return found
}
