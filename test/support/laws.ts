import { expect } from 'vitest'
import { openProbe } from '../../src/aws/probe.ts'
import { plan } from '../../src/engine/plan.ts'
import { minutes } from '../../src/engine/step.ts'
import { PrivlinkError } from '../../src/errors.ts'
import type { Workspace, StepNode } from './law-workspace.ts'
import type { OutsideChange } from './outside-changes.ts'

/** Something that is true of every node of every walk. */
export type Law = (workspace: Workspace, node: StepNode) => Promise<void>

export const isGate = ({ step }: StepNode): boolean => step.create === undefined
export const isMade = (node: StepNode): boolean => !isGate(node) && node.adopt === undefined

/** Steps whose things have a name, or a place, that AWS gives only once: somebody else's is in the way. */
const unique = [
  'security-group',
  'load-balancer',
  'target-group',
  'listener',
  'stage',
  'secret',
  'log-group',
  'ecs-cluster',
  'task-definition',
  'ecs-service',
  'role',
  'lambda-function',
  'proxy-load-balancer',
  'alb-target-group',
  'mtls-listener',
  'health-listener',
  'rewrite-rule',
  'trust-store',
]

/** Every step's first fact is what its thing is known by. */
const idOf = (facts: Record<string, unknown>): string => String(Object.values(facts)[0])

/** What comes of an act, be it that it throws. */
const outcomeOf = <T>(act: Promise<T>): Promise<unknown> => act.catch((thrown: unknown) => thrown)

/** A gate may see what is there already; what it cannot see yet is an error for the user, never a bug. */
export const absentInTheBeginning: Law = async (workspace, node) => {
  const { result, changes } = await workspace.watch(node, () =>
    outcomeOf(workspace.look(node).then((seen) => seen.result.state)),
  )
  if (isMade(node)) expect(result).toBe('absent')
  else if (result instanceof Error) expect(result).toBeInstanceOf(PrivlinkError)
  else expect(['absent', 'ready']).toContain(result)
  expect(changes).toEqual([])
}

export const absentBeforeItIsMade: Law = async (workspace, node) => {
  const { result, changes } = await workspace.look(node)
  expect(result).toEqual({ state: 'absent' })
  expect(changes).toEqual([])
}

export const readyOnceEnsured: Law = async (workspace, node) => {
  const { facts } = (await workspace.ensure(node)).result
  expect(node.step.facts.parse(JSON.parse(JSON.stringify(facts)))).toEqual(facts)
  const { result, changes } = await workspace.look(node)
  expect(result).toMatchObject({ state: 'ready', owner: isMade(node) ? 'ours' : 'other', facts })
  expect(workspace.driftOf(result)).toEqual([])
  expect(changes).toEqual([])
  const entry = workspace.ledger.get(node.key)
  if (isGate(node)) expect(entry).toBeUndefined()
  else expect(entry).toMatchObject({ status: 'ready', origin: isMade(node) ? 'created' : 'adopted', facts })
}

export const leftAloneWhenEnsuredTwice: Law = async (workspace, node) => {
  const written = workspace.writes.length
  const { result, changes } = await workspace.ensure(node)
  expect(result).toMatchObject({ created: false, changed: false })
  expect(changes).toEqual([])
  expect(workspace.writes.length).toBe(written)
}

export const foundByTheLedgerAlone: Law = async (workspace, node) => {
  const { result, changes } = await workspace.look(node, { inputs: {}, adopt: undefined })
  expect(result).toMatchObject({ state: 'ready', facts: workspace.factsOf(node) })
  expect(changes).toEqual([])
}

export const foundAfterADeath: Law = async (workspace, node) => {
  const facts = workspace.factsOf(node)
  await workspace.forgotten(node, async ({ facts: _facts, ...entry }) => {
    await workspace.ledger.put({ ...entry, status: 'intended' })
    expect(await workspace.ensure(node)).toEqual({ result: { facts, created: false, changed: false }, changes: [] })
    expect(workspace.ledger.get(node.key)).toMatchObject({ origin: 'created', status: 'ready', facts })
  })
}

export const foundWithoutALedger: Law = async (workspace, node) => {
  const facts = workspace.factsOf(node)
  await workspace.forgotten(node, async () => {
    expect(await workspace.ensure(node)).toEqual({ result: { facts, created: false, changed: false }, changes: [] })
    expect(workspace.ledger.get(node.key)).toMatchObject({ origin: 'created', status: 'ready', facts })
  })
}

export const notTouchedWhenAnothers: Law = async (workspace, node) => {
  const before = workspace.inventory()
  await workspace.asAnothers(node, async (strange) => {
    const outcome = await outcomeOf(workspace.ensure(node).then(({ changes }) => changes))
    if (unique.includes(node.step.id)) {
      expect(outcome).toMatchObject({ code: 'SomebodyElses' })
      expect(workspace.ledger.get(node.key)).toBeUndefined()
    } else if (node.step.relation === true) expect(outcome).toEqual([])
    // Ours stands beside the other one, or AWS has no room for it.
    else if (outcome instanceof Error) expect(outcome).toBeInstanceOf(PrivlinkError)
    else expect(outcome).not.toEqual([])
    expect(workspace.inventory()).toEqual(expect.arrayContaining(strange))

    expect((await workspace.teardown(node)).result).toMatchObject({ exit: 0 })
    expect(workspace.inventory()).toEqual(strange)
  })
  expect((await workspace.ensure(node)).changes).toEqual([])
  expect(workspace.inventory()).toEqual(before)
}

export const adoptedWhenNamed: Law = async (workspace, node) => {
  const id = idOf(workspace.factsOf(node))
  await workspace.asAnothers(node, async (strange) => {
    const { result, changes } = await workspace.ensure(node, { adopt: id })
    expect(idOf(result.facts)).toBe(id)
    expect(changes).toEqual([])
    expect(workspace.ledger.get(node.key)).toMatchObject({ origin: 'adopted', status: 'ready', facts: result.facts })
    expect((await workspace.teardown(node)).changes).toEqual([])
    expect(workspace.ledger.get(node.key)).toBeUndefined()
    expect(workspace.inventory()).toEqual(strange)
  })
  expect((await workspace.ensure(node)).changes).toEqual([])
}

/** Somebody changes a thing of ours: plan says so, and ensuring it once brings it back. */
export async function broughtBack(workspace: Workspace, node: StepNode, { field, act }: OutsideChange): Promise<void> {
  const id = idOf(workspace.factsOf(node))
  const { aws } = await workspace.siteAt(node)
  const clients = workspace.clients(aws.accountId, aws.region)
  await act({ world: workspace.sandbox.world, clients, facts: workspace.factsOf(node) })
  // A change may take a moment to show.
  if (workspace.driftOf((await workspace.look(node)).result) === 'pending') await workspace.clock.sleep(minutes(2))

  const [told, written] = [workspace.events.length, workspace.writes.length]
  const outcome = await plan(workspace.run, workspace.graph, { only: [node.key] })
  expect(outcome, JSON.stringify(workspace.events.slice(told))).toMatchObject({ exit: 0, changed: 1 })
  expect(workspace.events.slice(told)).toContainEqual(
    expect.objectContaining({
      event: 'change',
      node: node.key,
      action: '~',
      drift: [expect.objectContaining({ field: expect.stringMatching(field), fix: 'update' })],
    }),
  )
  expect(workspace.writes.length).toBe(written)

  const { result } = await workspace.ensure(node)
  expect(result).toMatchObject({ created: false, changed: true })
  expect(idOf(result.facts)).toBe(id)
  expect(workspace.driftOf((await workspace.look(node)).result)).toEqual([])
  expect((await workspace.ensure(node)).changes).toEqual([])
}

export const standsItsCheck: Law = async (workspace, node) => {
  const before = workspace.inventory()
  const { aws, inputs, step, run } = await workspace.siteAt(node)
  const facts = workspace.factsOf(node)
  const environment = { AWS_ENDPOINT_URL: workspace.sandbox.url }
  const blind = await openProbe({ vantage: 'control-plane', environment, clock: workspace.clock })
  for (const probe of [run.probe, blind]) {
    const { result = [] } = await workspace.watch(node, async () => step.check?.({ aws, inputs, facts, probe }))
    expect(result.filter(({ verdict }) => verdict === 'failed')).toEqual([])
  }
  expect(workspace.inventory()).toEqual(before)
}

export const removedQuietlyTwice: Law = async (workspace, node) => {
  const entry = workspace.ledger.get(node.key)
  if (entry === undefined) throw new Error('it is not in the ledger')
  const { aws, inputs, identity } = await workspace.siteAt(node)
  expect((await workspace.teardown(node)).result).toMatchObject({ exit: 0, deleted: 1 })
  expect(workspace.ledger.get(node.key)).toBeUndefined()

  await workspace.ledger.put(entry)
  const again = await workspace.teardown(node)
  expect(again).toMatchObject({ result: { exit: 0 }, changes: [] })
  expect(workspace.ledger.get(node.key)).toBeUndefined()

  const { result } = await workspace.watch(node, () =>
    outcomeOf(Promise.resolve(node.step.delete?.({ aws, known: workspace.factsOf(node), inputs, identity }))),
  )
  // What the engine takes for gone, and what it waits out.
  if (result !== undefined) expect(['NotFound', 'NotYet']).toContain(Object(result).code)
}

export const keptToItsOwnPlace: Law = async (workspace, node) => {
  const { accountId, region } = (await workspace.siteAt(node)).aws
  const places = workspace.callsOf(node).map((call) => `${call.account} ${call.region}`)
  expect(places.filter((place) => place !== `${accountId} ${region}`)).toEqual([])
}
