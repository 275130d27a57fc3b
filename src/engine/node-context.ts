import { hasCode } from '../errors.ts'
import type { Action, Phase, NodeLabel } from './events.ts'
import type { LedgerEntry } from './ledger.ts'
import type { Facts } from './ref.ts'
import type { Run } from './run.ts'
import type { AnyStep, Drift, Identity, Observation } from './step.ts'
import type { Node } from './graph.ts'

/** All that a run knows of one node: its step, its account's clients, its identity, and its facts in the ledger. */
export interface NodeContext<Aws, Probe> {
  run: Run<Aws, Probe>
  label: NodeLabel
  step: AnyStep<Aws, Probe>
  aws: Aws
  identity: Identity
  inputs: Record<string, unknown>
  adopt: string | undefined
  known: Facts | undefined
}

/** Facts as the ledger remembers them, unless they no longer fit the step. */
export function knownFacts<Aws, Probe>(step: AnyStep<Aws, Probe>, entry: LedgerEntry | undefined): Facts | undefined {
  const parsed = step.facts.safeParse(entry?.facts)
  return parsed.success ? parsed.data : undefined
}

/**
 * Whether the observed thing is another than the one that the ledger knows: found by its name, or named by the config.
 * A relation has no id of its own.
 */
export function isAnother<Aws, Probe>(
  step: Pick<AnyStep<Aws, Probe>, 'facts' | 'relation'>,
  seen: Facts | undefined,
  known: Facts | undefined,
): boolean {
  const [name] = Object.keys(step.facts.shape)
  if (step.relation === true || name === undefined || seen === undefined || known === undefined) return false
  return seen[name] !== known[name]
}

/** Reads a node's thing. A thing that AWS does not show yet is pending, not an error. */
export async function observe<Aws, Probe>(context: NodeContext<Aws, Probe>): Promise<Observation<Facts>> {
  const { aws, inputs, known, identity, adopt, run, step } = context
  try {
    const seen = await step.read({ aws, inputs, known, identity, adopt, probe: run.probe })
    return seen.state === 'ready' ? { ...seen, facts: step.facts.parse(seen.facts) } : seen
  } catch (thrown) {
    if (hasCode(thrown, 'NotYet')) return { state: 'pending', owner: 'ours', why: thrown.message }
    throw thrown
  }
}

/**
 * Waits until the next read. Nodes with the same interval read at the same moments, so that their reads travel in one
 * call.
 *
 * @param least ms: the shortest wait, where more than a read is repeated.
 */
export const untilNextRead = <Aws, Probe>({ run, step }: NodeContext<Aws, Probe>, least = 0): Promise<void> => {
  const { clock, signal } = run
  const every = Math.max(step.patience.every, least)
  return clock.sleep(every - (clock.now() % every), signal)
}

export function progress<Aws, Probe>({ run, label }: NodeContext<Aws, Probe>, phase: Phase, detail?: string): void {
  run.emit({ event: 'progress', ...label, phase, detail })
}

export function change<Aws, Probe>(
  { run, label }: NodeContext<Aws, Probe>,
  action: Action,
  drift?: readonly Drift[],
): void {
  run.emit({ event: 'change', ...label, action, drift })
}

export const labelOf = <Aws, Probe>({ key, step, account, article }: Node<Aws, Probe>): NodeLabel => ({
  node: key,
  title: step.title,
  account,
  article,
})

/** Makes the context of a node: opens its account, and takes its facts from the ledger. */
export async function contextOf<Aws, Probe>(
  run: Run<Aws, Probe>,
  node: Node<Aws, Probe>,
  inputs: Record<string, unknown>,
): Promise<NodeContext<Aws, Probe>> {
  const entry = run.ledger.get(node.key)
  return {
    run,
    label: labelOf(node),
    step: node.step,
    aws: await run.accountClients(node.account),
    identity: run.identity(node.key, entry?.generation ?? 0),
    inputs,
    adopt: node.adopt,
    known: knownFacts(node.step, entry),
  }
}
