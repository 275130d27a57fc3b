import { messageOf, PrivlinkError } from '../errors.ts'
import { needed, type Facts, resolve } from './ref.ts'
import type { Run } from './run.ts'
import { inOrder } from './order.ts'
import { gatherFacts } from './gathered.ts'
import { look, siteOf, type Site } from './site.ts'
import type { Sighting } from './step.ts'
import type { Node, Walk } from './walk.ts'

/** What a look at one node of the walk came to; changes nothing. */
export interface Seen<Aws, Probe> {
  node: Node<Aws, Probe>
  site: Site<Aws, Probe>
  sighting: Sighting<Facts> | { state: 'unseen'; error: PrivlinkError }
  /** Nodes whose facts are not known, so that the inputs are not all known either. */
  waitsFor: readonly string[]
}

/**
 * Looks at nodes side by side, each as soon as what it refers to has been looked at, and calls `visit` for each. Facts
 * flow from what exists; `visit` says whether those of its node are to be relied on.
 */
export async function survey<Aws, Probe>(
  run: Run<Aws, Probe>,
  nodes: readonly Node<Aws, Probe>[],
  visit: (seen: Seen<Aws, Probe>) => Promise<boolean>,
): Promise<void> {
  const facts = gatherFacts()
  await inOrder(nodes, looked(nodes), async (node) => {
    run.signal.throwIfAborted()
    const { inputs, waitsFor } = resolve(node.inputs, facts.of)
    const site = await siteOf(run, node, inputs)
    const sighting = await look(site).catch((thrown: unknown) => {
      if (thrown instanceof PrivlinkError) return { state: 'unseen', error: thrown } as const
      throw new Error(`${node.key}: ${messageOf(thrown)}`, { cause: thrown })
    })
    const reliable = await visit({ node, site, sighting, waitsFor })
    if (sighting.state === 'ready' && reliable) facts.ready(node.key, sighting.facts)
    else if (sighting.state === 'pending' && reliable && sighting.facts) facts.made(node.key, sighting.facts)
  })
}

/** For each of the nodes, all those among them that it refers to: facts flow once they have been looked at. */
function looked<Aws, Probe>(nodes: readonly Node<Aws, Probe>[]) {
  const byKey = new Map(nodes.map((node) => [node.key, node]))
  return (node: Node<Aws, Probe>): Node<Aws, Probe>[] =>
    node.needs.flatMap((need) => byKey.get(needed(need).node) ?? [])
}

/** The walk's nodes that the ledger has no entry of. */
export const unrecorded = <Aws, Probe>(run: Run<Aws, Probe>, walk: Walk<Aws, Probe>): Node<Aws, Probe>[] =>
  [...walk.values()].filter(({ key, step }) => step.create !== undefined && run.ledger.get(key) === undefined)
