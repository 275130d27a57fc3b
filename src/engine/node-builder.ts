import { ensure } from './ensure.ts'
import { gatherFacts } from './gather-facts.ts'
import { inOrder } from './in-order.ts'
import { needed, resolve, type Facts } from './ref.ts'
import type { RunOptions, Run } from './run.ts'
import { dependenciesOf, readyBefore } from './select.ts'
import { labelOf, contextOf, type NodeContext } from './node-context.ts'
import { interrupted, type Tally } from './tally.ts'
import type { Node, Graph } from './graph.ts'

/** Makes nodes ready, and keeps the facts that are known of them so far. */
export interface NodeBuilder<Aws, Probe> {
  /** Facts of a node once it is ready. */
  factsOf(node: Node<Aws, Probe>): Facts | undefined
  /** The context of a node, with its inputs as far as they are known. */
  contextOf(node: Node<Aws, Probe>): Promise<NodeContext<Aws, Probe>>
  /** Makes nodes ready, side by side as their references allow. */
  ensureNodes(nodes: readonly Node<Aws, Probe>[]): Promise<void>
}

/** @param nodes all nodes that the run will make ready in the end. */
export function startNodeBuilder<Aws, Probe>(
  run: Run<Aws, Probe>,
  graph: Graph<Aws, Probe>,
  nodes: readonly Node<Aws, Probe>[],
  options: RunOptions,
  tally: Tally,
): NodeBuilder<Aws, Probe> {
  const facts = gatherFacts()
  const made = new Map(nodes.map(({ key }) => [key, signal()]))
  const used = new Map<string, string>()
  const contextHere = (node: Node<Aws, Probe>) => contextOf(run, node, resolve(node.inputs, facts.of).inputs)

  const ensureOne = async (node: Node<Aws, Probe>): Promise<void> => {
    await Promise.all(node.needs.map((need) => made.get(needed(need).node)?.raised))
    const missing = node.needs.filter((need) => facts.of(need) === undefined).map((need) => needed(need).node)
    if (missing.length > 0) return tally.skip(labelOf(node), `needs ${missing.join(', ')}`)
    if (run.signal.aborted) return tally.skip(labelOf(node), interrupted().message)
    try {
      const context = await contextHere(node)
      used.set(node.key, JSON.stringify(context.inputs))
      const edges = { dependsOn: dependenciesOf(graph, node), usedBy: node.integrations }
      const ensured = await ensure(context, edges, options.replace?.includes(node.key) ?? false, (early) => {
        facts.made(node.key, early)
        made.get(node.key)?.raise()
      })
      facts.ready(node.key, ensured.facts)
      if (ensured.created) tally.counts.created += 1
      if (ensured.changed) tally.counts.changed += 1
    } catch (thrown) {
      tally.fail(thrown, labelOf(node))
    }
  }
  const ensureAll = (some: readonly Node<Aws, Probe>[]) =>
    inOrder(some, readyBefore(some), (node) => ensureOne(node).finally(made.get(node.key)?.raise))
  /** Whether it was made ready with facts that have changed since: a node that it needs was replaced meanwhile. */
  const isOutdated = ({ key, inputs }: Node<Aws, Probe>) =>
    facts.of(key) !== undefined && JSON.stringify(resolve(inputs, facts.of).inputs) !== used.get(key)

  return {
    factsOf: ({ key }) => facts.of(key),
    contextOf: contextHere,
    ensureNodes: async (some) => {
      for (let late = some; late.length > 0 && tally.counts.failed === 0; late = some.filter(isOutdated)) {
        await ensureAll(late)
      }
    },
  }
}

/** Something that happens once, for others to wait for. */
function signal(): { raise: () => void; raised: Promise<void> } {
  let raise = (): void => undefined
  const raised = new Promise<void>((resolve) => {
    raise = resolve
  })
  return { raise, raised }
}
