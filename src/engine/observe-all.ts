import { messageOf, PrivlinkError } from '../errors.ts'
import { needed, type Facts, resolve } from './ref.ts'
import type { Run } from './run.ts'
import { inOrder } from './order.ts'
import { gatherFacts } from './gathered.ts'
import { observe, contextOf, type NodeContext } from './node-context.ts'
import type { Observation } from './step.ts'
import type { Node, Graph } from './graph.ts'

/** What a look at one node of the walk came to; changes nothing. */
export interface ObservedNode<Aws, Probe> {
  node: Node<Aws, Probe>
  context: NodeContext<Aws, Probe>
  observation: Observation<Facts> | { state: 'unseen'; error: PrivlinkError }
  /** Nodes whose facts are not known, so that the inputs are not all known either. */
  waitsFor: readonly string[]
}

/**
 * Looks at nodes side by side, each as soon as what it refers to has been looked at, and calls `visit` for each. Facts
 * flow from what exists; `visit` says whether those of its node are to be relied on.
 */
export async function observeAll<Aws, Probe>(
  run: Run<Aws, Probe>,
  nodes: readonly Node<Aws, Probe>[],
  visit: (seen: ObservedNode<Aws, Probe>) => Promise<boolean>,
): Promise<void> {
  const facts = gatherFacts()
  await inOrder(nodes, looked(nodes), async (node) => {
    run.signal.throwIfAborted()
    const { inputs, waitsFor } = resolve(node.inputs, facts.of)
    const context = await contextOf(run, node, inputs)
    const observation = await observe(context).catch((thrown: unknown) => {
      if (thrown instanceof PrivlinkError) return { state: 'unseen', error: thrown } as const
      throw new Error(`${node.key}: ${messageOf(thrown)}`, { cause: thrown })
    })
    const reliable = await visit({ node, context, observation, waitsFor })
    if (observation.state === 'ready' && reliable) facts.ready(node.key, observation.facts)
    else if (observation.state === 'pending' && reliable && observation.facts) facts.made(node.key, observation.facts)
  })
}

/** For each of the nodes, all those among them that it refers to: facts flow once they have been looked at. */
function looked<Aws, Probe>(nodes: readonly Node<Aws, Probe>[]) {
  const byKey = new Map(nodes.map((node) => [node.key, node]))
  return (node: Node<Aws, Probe>): Node<Aws, Probe>[] =>
    node.needs.flatMap((need) => byKey.get(needed(need).node) ?? [])
}

/** The walk's nodes that the ledger has no entry of. */
export const unrecorded = <Aws, Probe>(run: Run<Aws, Probe>, graph: Graph<Aws, Probe>): Node<Aws, Probe>[] =>
  [...graph.values()].filter(({ key, step }) => step.create !== undefined && run.ledger.get(key) === undefined)
