import { messageOf, PrivlinkError } from '../errors.ts'
import { needed, type Facts, resolve } from './ref.ts'
import type { Run } from './run.ts'
import { inOrder } from './in-order.ts'
import { gatherFacts } from './gather-facts.ts'
import { observe, contextOf, type NodeContext } from './node-context.ts'
import type { Observation } from './step.ts'
import type { Node, Graph } from './graph.ts'

/** The observation of one node of the graph. */
export interface ObservedNode<Aws, Probe> {
  node: Node<Aws, Probe>
  context: NodeContext<Aws, Probe>
  observation: Observation<Facts> | { state: 'unseen'; error: PrivlinkError }
  /** Nodes whose facts are not known, so that the inputs are not all known either. */
  waitsFor: readonly string[]
}

/**
 * Reads nodes side by side, each as soon as the nodes that it refers to have been read, and calls `visit` for each.
 * Facts flow from things that exist; `visit` says whether the facts of its node may be relied on. It changes nothing.
 */
export async function observeAll<Aws, Probe>(
  run: Run<Aws, Probe>,
  nodes: readonly Node<Aws, Probe>[],
  visit: (seen: ObservedNode<Aws, Probe>) => Promise<boolean>,
): Promise<void> {
  const facts = gatherFacts()
  await inOrder(nodes, referencedBy(nodes), async (node) => {
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

/** For each of the nodes, those among them that it refers to. */
function referencedBy<Aws, Probe>(nodes: readonly Node<Aws, Probe>[]) {
  const byKey = new Map(nodes.map((node) => [node.key, node]))
  return (node: Node<Aws, Probe>): Node<Aws, Probe>[] =>
    node.needs.flatMap((need) => byKey.get(needed(need).node) ?? [])
}

/** The graph's nodes that have no entry in the ledger. */
export const unrecorded = <Aws, Probe>(run: Run<Aws, Probe>, graph: Graph<Aws, Probe>): Node<Aws, Probe>[] =>
  [...graph.values()].filter(({ key, step }) => step.create !== undefined && run.ledger.get(key) === undefined)
