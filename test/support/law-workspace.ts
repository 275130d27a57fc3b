import type { Aws } from '../../src/aws/aws.ts'
import { isReading } from '../../src/aws/limits.ts'
import type { Probe } from '../../src/aws/vantage.ts'
import { ensure } from '../../src/engine/ensure.ts'
import { gatherFacts } from '../../src/engine/gather-facts.ts'
import type { LedgerEntry } from '../../src/engine/ledger.ts'
import { type Facts, needed, resolve } from '../../src/engine/ref.ts'
import { dependenciesOf } from '../../src/engine/select.ts'
import { observe, contextOf, type NodeContext } from '../../src/engine/node-context.ts'
import type { Observation } from '../../src/engine/step.ts'
import { teardown } from '../../src/engine/teardown.ts'
import type { Node, Graph } from '../../src/engine/graph.ts'
import { compose, type Config } from '../../src/flows/config.ts'
import type { CallRecord } from '../../packages/sandbox/src/server/protocol/dispatch.ts'
import { stepById } from '../../src/steps/steps.ts'
import { deploy } from './deployment.ts'
import { disown } from './disown.ts'

export type StepNode = Node<Aws, Probe>

/** The nodes of a walk, each after all that it needs: what is shared may need what was written down later. */
export function inNeedOrder(graph: Graph<Aws, Probe>): StepNode[] {
  const ordered = new Set<StepNode>()
  const visit = (node: StepNode | undefined): void => {
    if (node === undefined || ordered.has(node)) return
    node.needs.forEach((need) => visit(graph.get(needed(need).node)))
    ordered.add(node)
  }
  graph.forEach(visit)
  return [...ordered]
}

/** A config's deployment, by its own walk unless another is given, in which one node at a time is looked at, brought about and removed, and its calls are kept. */
export async function openWorkspace(config: Config, graph = compose(config)) {
  const deployed = { ...(await deploy(config)), graph }
  const { sandbox, ledger } = deployed
  const { run, events } = deployed.start()
  const known = gatherFacts()
  const log = new Map<string, CallRecord[]>()
  await Promise.all([...new Set([...graph.values()].map(({ account }) => account))].map(run.accountClients))

  const siteAt = (node: StepNode, change: Partial<NodeContext<Aws, Probe>> = {}): Promise<NodeContext<Aws, Probe>> =>
    contextOf(run, node, resolve(node.inputs, known.of).inputs).then((site) => ({ ...site, ...change }))

  /** Keeps the calls of an act under the node's key; `changes` are those that are no mere looks. */
  const watch = async <T>(node: StepNode, act: () => Promise<T>): Promise<{ result: T; changes: string[] }> => {
    const from = sandbox.calls.length
    const callsSince = () => sandbox.calls.slice(from).filter(({ service }) => service !== 'sts')
    try {
      const result = await act()
      return {
        result,
        changes: callsSince()
          .map(({ operation }) => operation)
          .filter((name) => !isReading(name)),
      }
    } finally {
      log.set(node.key, [...(log.get(node.key) ?? []), ...callsSince()])
    }
  }

  /** The ledger forgets the node for the length of an act. */
  const forgotten = async (node: StepNode, act: (entry: LedgerEntry) => Promise<void>): Promise<void> => {
    const entry = ledger.get(node.key)
    if (entry === undefined) throw new Error(`the ledger does not have ${node.key}`)
    await ledger.remove(node.key)
    await act(entry).finally(() => ledger.put(entry))
  }

  return {
    ...deployed,
    run,
    events,
    /** The calls that were made for a node. */
    callsOf: (node: StepNode): readonly CallRecord[] => log.get(node.key) ?? [],
    watch,
    siteAt,
    factsOf: (node: StepNode): Facts => known.of(node.key) ?? {},
    look: (node: StepNode, change?: Partial<NodeContext<Aws, Probe>>) =>
      watch(node, async () => observe(await siteAt(node, change))),
    /** Brings the node about; what comes of it is known to the nodes after it. */
    ensure: (node: StepNode, change?: Partial<NodeContext<Aws, Probe>>) =>
      watch(node, async () => {
        const story = { dependsOn: dependenciesOf(graph, node), usedBy: node.integrations }
        const ensured = await ensure(await siteAt(node, change), story, false, () => undefined)
        known.ready(node.key, ensured.facts)
        return ensured
      }),
    teardown: (node: StepNode) => watch(node, () => teardown(run, stepById, { only: [node.key] })),
    forgotten,
    /** For the length of an act the world looks as if nothing in it were ours; `act` gets its inventory. */
    asAnothers: (node: StepNode, act: (strange: string[]) => Promise<void>): Promise<void> =>
      forgotten(node, () => {
        const own = disown(sandbox.world)
        return act(deployed.inventory()).finally(own)
      }),
    /** The drift that was seen, or the state in which there is none to be seen. */
    driftOf: (seen: Observation<Facts>) => (seen.state === 'ready' ? (seen.drift ?? []) : seen.state),
  }
}

export type Workspace = Awaited<ReturnType<typeof openWorkspace>>
