import { startNodeBuilder } from './node-builder.ts'
import type { LedgerEntry } from './ledger.ts'
import type { Facts } from './ref.ts'
import type { RunOptions, Outcome, Run } from './run.ts'
import { independentGates, select } from './select.ts'
import { labelOf, progress, type NodeContext } from './node-context.ts'
import type { AnyStep, Finding } from './step.ts'
import { startTally, type Tally } from './tally.ts'
import { removeEntries } from './teardown.ts'
import type { Node, Graph } from './graph.ts'

/**
 * Creates and updates all nodes of the graph. Before the first write, it proves every account's id and passes every
 * gate that needs nothing new. Then a node starts as soon as its inputs are known; a failure skips the nodes that need
 * it and lets the rest finish. It ends with the proofs: the test calls.
 *
 * @throws PrivlinkError when an account's role cannot be assumed.
 */
export async function setup<Aws, Probe>(
  run: Run<Aws, Probe>,
  graph: Graph<Aws, Probe>,
  options: RunOptions,
): Promise<Outcome> {
  const tally = startTally(run)
  const nodes = select(graph, options.only)
  await Promise.all([...new Set(nodes.map(({ account }) => account))].map(run.accountClients))
  const build = startNodeBuilder(run, graph, nodes, options, tally)

  const first = independentGates(nodes)
  await build.ensureNodes(first)
  const rest = nodes.filter((node) => !first.includes(node))
  if (tally.counts.failed > 0) {
    for (const node of rest) tally.skip(labelOf(node), 'nothing is made before the above is put right')
    return tally.outcome()
  }
  await build.ensureNodes(rest)
  if (tally.counts.failed === 0 && !run.signal.aborted) await removeSuperseded(run, graph, nodes, tally)
  warnOfEntriesWithoutConfig(run, graph)

  await Promise.all(
    nodes.map(async (node) => {
      const facts = build.factsOf(node)
      if (node.step.proof !== true || facts === undefined || run.signal.aborted) return
      try {
        const context = await build.contextOf(node)
        const findings = await prove(context, facts)
        if (findings.every(({ verdict }) => verdict === 'ok')) progress(context, 'ready')
        for (const finding of findings) tally.find(finding, node.integrations, labelOf(node))
      } catch (thrown) {
        // The other proofs go on.
        tally.fail(thrown, labelOf(node))
      }
    }),
  )
  return tally.outcome()
}

/** Things that left the config stay until the user asks for their removal. */
function warnOfEntriesWithoutConfig<Aws, Probe>(run: Run<Aws, Probe>, graph: Graph<Aws, Probe>): void {
  const unwanted = run.ledger.entries().filter(({ key, superseded }) => !graph.has(key) && superseded !== true)
  if (unwanted.length === 0) return
  // By key: an integration that has lost one node may still have others.
  const keys = unwanted.map(({ key }) => key)
  run.emit({
    event: 'warning',
    message: `no longer in the config, but still there: ${keys.join(', ')}`,
    hint: `Remove it with teardown --only ${keys.join(' ')}, or put it back into the config.`,
  })
}

/** A proof may need a moment after the last change, until targets are healthy and the deployment is served. */
async function prove<Aws, Probe>(context: NodeContext<Aws, Probe>, facts: Facts): Promise<Finding[]> {
  const { run, step, aws, inputs } = context
  const until = run.clock.now() + step.patience.upTo
  for (;;) {
    const findings = (await step.check?.({ aws, inputs, facts, probe: run.probe })) ?? []
    const untrue = findings.find(({ verdict }) => verdict === 'failed')
    if (untrue === undefined || run.clock.now() >= until || run.signal.aborted) return findings
    run.emit({ event: 'progress', ...context.label, phase: 'waiting', detail: untrue.evidence ?? untrue.check })
    await run.clock.sleep(step.patience.every)
  }
}

/**
 * Removes superseded things, once all nodes that may point at them lead to the new ones. A node that this run left out
 * may still point at the old one, and AWS deletes some things while they are in use.
 */
async function removeSuperseded<Aws, Probe>(
  run: Run<Aws, Probe>,
  graph: Graph<Aws, Probe>,
  nodes: readonly Node<Aws, Probe>[],
  tally: Tally,
): Promise<void> {
  const ensured = new Set(nodes.map(({ key }) => key))
  const left = run.ledger.entries().filter(({ key, superseded }) => superseded !== true && !ensured.has(key))
  const old = run.ledger.entries().filter(({ superseded }) => superseded === true)
  const isStillReferenced = ({ key }: LedgerEntry) =>
    left.some(({ dependsOn }) => dependsOn.includes(key.replace(/~\d+$/, '')))
  const steps = new Map<string, AnyStep<Aws, Probe>>([...graph.values()].map(({ step }) => [step.id, step]))
  await removeEntries(
    run,
    steps,
    old.filter((entry) => !isStillReferenced(entry)),
    tally,
  )
  const kept = old.filter(isStillReferenced)
  if (kept.length === 0) return
  run.emit({
    event: 'warning',
    message: `replaced, but kept for what this run left out: ${kept.map(({ key }) => key).join(', ')}`,
    hint: 'Run setup without --only: it moves the rest to the new one and removes the old.',
  })
}
