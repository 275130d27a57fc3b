import { exits } from '../errors.ts'
import { dependenciesOf } from './select.ts'
import { labelOf } from './node-context.ts'
import type { Run } from './run.ts'
import { observeAll, unrecorded } from './observe-all.ts'
import type { Graph } from './graph.ts'

/**
 * Recovers a lost ledger by the second witness: writes an entry for every thing that exists, carries our tags and has
 * no entry. It reads nothing if no entry is missing.
 *
 * @returns the number of things that were recovered.
 * @throws PrivlinkError when a permission to read is missing (exit 4).
 */
export async function recoverFromTags<Aws, Probe>(run: Run<Aws, Probe>, graph: Graph<Aws, Probe>): Promise<number> {
  const missing = new Set(unrecorded(run, graph).map(({ key }) => key))
  if (missing.size === 0) return 0
  let found = 0
  await observeAll(run, [...graph.values()], async ({ node, context, observation }) => {
    // A thing that we may not read may exist all the same: to go on would leave it behind.
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
