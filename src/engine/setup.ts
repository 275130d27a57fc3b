import { gatherFacts } from './gathered.ts'
import type { Facts } from './ref.ts'
import { needed, resolve } from './ref.ts'
import { ensure } from './ensure.ts'
import type { Place } from './events.ts'
import { inOrder } from './order.ts'
import type { Choice, Outcome, Run } from './run.ts'
import { dependenciesOf, readyBefore, select } from './select.ts'
import { knownFacts, type Site } from './site.ts'
import { interrupted, startTally } from './tally.ts'
import { removeEntries } from './teardown.ts'
import type { AnyStep, Finding } from './step.ts'
import type { Node, Walk } from './walk.ts'

export const placeOf = <Aws, Probe>({ key, step, account, article }: Node<Aws, Probe>): Place => ({
  node: key,
  title: step.title,
  account,
  article,
})

/**
 * Brings the walk about. A node starts as soon as what it refers to is ready; a failure skips what needs it and lets the
 * rest finish. Ends with the proofs: the test calls.
 */
export async function setup<Aws, Probe>(
  run: Run<Aws, Probe>,
  walk: Walk<Aws, Probe>,
  choice: Choice,
): Promise<Outcome> {
  const tally = startTally(run)
  const facts = gatherFacts()
  const nodes = select(walk, choice.only)
  const made = new Map(nodes.map(({ key }) => [key, signal()]))
  const used = new Map<string, string>()
  const siteHere = (node: Node<Aws, Probe>) => siteOf(run, node, resolve(node.inputs, facts.of).inputs)

  const bring = async (node: Node<Aws, Probe>): Promise<void> => {
    await Promise.all(node.needs.map((need) => made.get(needed(need).node)?.raised))
    const missing = node.needs.filter((need) => facts.of(need) === undefined).map((need) => needed(need).node)
    if (missing.length > 0) return tally.skip(placeOf(node), `needs ${missing.join(', ')}`)
    if (run.signal.aborted) return tally.skip(placeOf(node), interrupted().message)
    try {
      const site = await siteHere(node)
      used.set(node.key, JSON.stringify(site.inputs))
      const story = { dependsOn: dependenciesOf(walk, node), usedBy: node.integrations }
      const ensured = await ensure(site, story, choice.replace?.includes(node.key) ?? false, (early) => {
        facts.made(node.key, early)
        made.get(node.key)?.raise()
      })
      facts.ready(node.key, ensured.facts)
      if (ensured.created) tally.counts.created += 1
      if (ensured.changed) tally.counts.changed += 1
    } catch (thrown) {
      tally.fail(thrown, placeOf(node))
    }
  }
  const bringAndSay = (node: Node<Aws, Probe>) => bring(node).finally(made.get(node.key)?.raise)
  await inOrder(nodes, readyBefore(nodes), bringAndSay)
  // What was made may have been replaced on its way to ready: whatever began with its first facts is looked at again.
  const outdated = ({ key, inputs }: Node<Aws, Probe>) =>
    facts.of(key) !== undefined && JSON.stringify(resolve(inputs, facts.of).inputs) !== used.get(key)
  for (let late = nodes.filter(outdated); late.length > 0 && tally.counts.failed === 0; late = nodes.filter(outdated)) {
    await inOrder(late, readyBefore(late), bringAndSay)
  }
  if (tally.counts.failed === 0 && !run.signal.aborted) await removeSuperseded(run, walk, tally)
  await Promise.all(
    nodes.map(async (node) => {
      const its = facts.of(node.key)
      if (node.step.proof !== true || its === undefined || run.signal.aborted) return
      for (const finding of await proved(await siteHere(node), its))
        tally.find(finding, node.integrations, placeOf(node))
    }),
  )
  return tally.outcome()
}

/** Something that happens once, for others to wait for. */
function signal(): { raise: () => void; raised: Promise<void> } {
  let raise = (): void => undefined
  const raised = new Promise<void>((resolve) => {
    raise = resolve
  })
  return { raise, raised }
}

/** A proof may need a moment after the last change, until targets are healthy and the deployment is served. */
async function proved<Aws, Probe>(site: Site<Aws, Probe>, facts: Facts): Promise<Finding[]> {
  const { run, step, aws, inputs } = site
  const until = run.clock.now() + step.patience.upTo
  for (;;) {
    const findings = (await step.check?.({ aws, inputs, facts, probe: run.probe })) ?? []
    const untrue = findings.find(({ verdict }) => verdict === 'failed')
    if (untrue === undefined || run.clock.now() >= until || run.signal.aborted) return findings
    run.tell({ event: 'progress', ...site.place, phase: 'waiting', detail: untrue.evidence ?? untrue.check })
    await run.clock.sleep(step.patience.every)
  }
}

/** A node at its place: its account's door open, its marks and what the ledger knows of it at hand. */
export async function siteOf<Aws, Probe>(
  run: Run<Aws, Probe>,
  node: Node<Aws, Probe>,
  inputs: Record<string, unknown>,
): Promise<Site<Aws, Probe>> {
  const entry = run.ledger.get(node.key)
  return {
    run,
    place: placeOf(node),
    step: node.step,
    aws: await run.doorTo(node.account),
    mark: run.mark(node.key, entry?.generation ?? 0),
    inputs,
    adopt: node.adopt,
    known: knownFacts(node.step, entry),
  }
}

/** Nothing points at what has been superseded any more: everything that did has been brought about anew. */
async function removeSuperseded<Aws, Probe>(
  run: Run<Aws, Probe>,
  walk: Walk<Aws, Probe>,
  tally: ReturnType<typeof startTally>,
): Promise<void> {
  const old = run.ledger.entries().filter(({ superseded }) => superseded === true)
  const steps = new Map<string, AnyStep<Aws, Probe>>([...walk.values()].map(({ step }) => [step.id, step]))
  await removeEntries(run, steps, old, tally)
}
