import { PrivlinkError, exits } from '../errors.ts'
import { needed } from './ref.ts'
import type { Node, Graph } from './graph.ts'

/**
 * The nodes that a run acts on: those of the named integrations or with the named keys, and all that they need.
 *
 * @throws PrivlinkError UnknownName (exit 2) for a name that the graph does not have.
 */
export function select<Aws, Probe>(graph: Graph<Aws, Probe>, only: readonly string[] = []): Node<Aws, Probe>[] {
  const nodes = [...graph.values()]
  if (only.length === 0) return nodes
  const chosen = new Set<string>()
  const choose = (node: Node<Aws, Probe> | undefined): void => {
    if (node === undefined || chosen.has(node.key)) return
    chosen.add(node.key)
    node.needs.forEach((need) => choose(graph.get(needed(need).node)))
  }
  for (const name of only) {
    const named = nodes.filter((node) => node.key === name || node.integrations.includes(name))
    if (named.length === 0) throw unknownName(name, nodes)
    named.forEach(choose)
  }
  return nodes.filter(({ key }) => chosen.has(key))
}

const unknownName = <Aws, Probe>(name: string, nodes: readonly Node<Aws, Probe>[]): PrivlinkError =>
  new PrivlinkError('UnknownName', `there is no integration or step called "${name}"`, {
    exit: exits.usage,
    hint: `Known integrations: ${[...new Set(nodes.flatMap(({ integrations }) => integrations))].join(', ')}.`,
  })

/** The gates that need nothing but other gates: they are passed before anything is created. Proofs come last. */
export function independentGates<Aws, Probe>(nodes: readonly Node<Aws, Probe>[]): Node<Aws, Probe>[] {
  const byKey = new Map(nodes.map((node) => [node.key, node]))
  const isFoundation = ({ step, needs }: Node<Aws, Probe>): boolean =>
    step.create === undefined &&
    step.proof !== true &&
    needs.every((need) => {
      const other = byKey.get(needed(need).node)
      return other !== undefined && isFoundation(other)
    })
  return nodes.filter(isFoundation)
}

/** For each of the nodes, those among them that have to be ready before it. */
export function readyBefore<Aws, Probe>(nodes: readonly Node<Aws, Probe>[]) {
  const byKey = new Map(nodes.map((node) => [node.key, node]))
  return (node: Node<Aws, Probe>): Node<Aws, Probe>[] => node.needs.flatMap((need) => byKey.get(need) ?? [])
}

/** The keys that a node's entry depends on. Gates have no entry, so their own needs stand in for them. */
export function dependenciesOf<Aws, Probe>(graph: Graph<Aws, Probe>, node: Node<Aws, Probe>): string[] {
  const through = (key: string): string[] => {
    const other = graph.get(key)
    if (other === undefined) return []
    return other.step.create === undefined ? dependenciesOf(graph, other) : [key]
  }
  return [...new Set([...node.needs.map((need) => needed(need).node), ...node.holds].flatMap(through))]
}
