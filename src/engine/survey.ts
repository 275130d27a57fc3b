import { messageOf, PrivlinkError } from '../errors.ts'
import { type Facts, resolve } from './ref.ts'
import type { Run } from './run.ts'
import { inOrder } from './order.ts'
import { needed } from './select.ts'
import { siteOf } from './setup.ts'
import { look, type Site } from './site.ts'
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
  const facts = new Map<string, Facts>()
  await inOrder(nodes, needed(nodes), async (node) => {
    run.signal.throwIfAborted()
    const { inputs, waitsFor } = resolve(node.inputs, (key) => facts.get(key))
    const site = await siteOf(run, node, inputs)
    const sighting = await look(site).catch((thrown: unknown) => {
      if (thrown instanceof PrivlinkError) return { state: 'unseen', error: thrown } as const
      throw new Error(`${node.key}: ${messageOf(thrown)}`, { cause: thrown })
    })
    const reliable = await visit({ node, site, sighting, waitsFor })
    if (sighting.state === 'ready' && reliable) facts.set(node.key, sighting.facts)
  })
}

/** The walk's nodes that the ledger has no entry of. */
export const unrecorded = <Aws, Probe>(run: Run<Aws, Probe>, walk: Walk<Aws, Probe>): Node<Aws, Probe>[] =>
  [...walk.values()].filter(({ key, step }) => step.create !== undefined && run.ledger.get(key) === undefined)
