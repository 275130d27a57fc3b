import { ensure } from './ensure.ts'
import { gatherFacts } from './gathered.ts'
import { inOrder } from './order.ts'
import { needed, resolve, type Facts } from './ref.ts'
import type { RunOptions, Run } from './run.ts'
import { dependenciesOf, readyBefore } from './select.ts'
import { labelOf, contextOf, type NodeContext } from './node-context.ts'
import { interrupted, type Tally } from './tally.ts'
import type { Node, Graph } from './graph.ts'

/** Nodes being brought about: what is known of them so far, and the means to bring about more. */
export interface NodeBuilder<Aws, Probe> {
  /** Facts of a node once it is ready. */
  factsOf(node: Node<Aws, Probe>): Facts | undefined
  /** A node at its place, with its inputs as far as they are known. */
  contextOf(node: Node<Aws, Probe>): Promise<NodeContext<Aws, Probe>>
  /** Brings nodes about, side by side as their references allow. */
  ensureNodes(nodes: readonly Node<Aws, Probe>[]): Promise<void>
}

/** Begins to build. `nodes` are all that will be brought about in the end. */
export function startNodeBuilder<Aws, Probe>(
  run: Run<Aws, Probe>,
  graph: Graph<Aws, Probe>,
  nodes: readonly Node<Aws, Probe>[],
  choice: RunOptions,
  tally: Tally,
): NodeBuilder<Aws, Probe> {
  const facts = gatherFacts()
  const made = new Map(nodes.map(({ key }) => [key, signal()]))
  const used = new Map<string, string>()
  const siteHere = (node: Node<Aws, Probe>) => contextOf(run, node, resolve(node.inputs, facts.of).inputs)

  const bringOne = async (node: Node<Aws, Probe>): Promise<void> => {
    await Promise.all(node.needs.map((need) => made.get(needed(need).node)?.raised))
    const missing = node.needs.filter((need) => facts.of(need) === undefined).map((need) => needed(need).node)
    if (missing.length > 0) return tally.skip(labelOf(node), `needs ${missing.join(', ')}`)
    if (run.signal.aborted) return tally.skip(labelOf(node), interrupted().message)
    try {
      const context = await siteHere(node)
      used.set(node.key, JSON.stringify(context.inputs))
      const edges = { dependsOn: dependenciesOf(graph, node), usedBy: node.integrations }
      const ensured = await ensure(context, edges, choice.replace?.includes(node.key) ?? false, (early) => {
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
  const bringAll = (some: readonly Node<Aws, Probe>[]) =>
    inOrder(some, readyBefore(some), (node) => bringOne(node).finally(made.get(node.key)?.raise))
  /** Begun with the first facts of something that was replaced on its way to ready. */
  const isOutdated = ({ key, inputs }: Node<Aws, Probe>) =>
    facts.of(key) !== undefined && JSON.stringify(resolve(inputs, facts.of).inputs) !== used.get(key)

  return {
    factsOf: ({ key }) => facts.of(key),
    contextOf: siteHere,
    ensureNodes: async (some) => {
      for (let late = some; late.length > 0 && tally.counts.failed === 0; late = some.filter(isOutdated)) {
        await bringAll(late)
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
