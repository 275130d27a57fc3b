import { describe, expect, it } from 'vitest'
import { plan } from '../../src/engine/plan.ts'
import { recoverFromTags } from '../../src/engine/recover-from-tags.ts'
import { together } from '../../src/engine/ref.ts'
import { select } from '../../src/engine/select.ts'
import { setup } from '../../src/engine/setup.ts'
import type { AnyStep } from '../../src/engine/step.ts'
import { teardown, type Steps } from '../../src/engine/teardown.ts'
import { verify } from '../../src/engine/verify.ts'
import { startGraph, type Graph } from '../../src/engine/graph.ts'
import { PrivlinkError } from '../../src/errors.ts'
import { alter, emptyCloud, toyGate, toyLedger, toyRun, toyStep, type ToyCloud } from '../support/toys.ts'

const quick = toyStep('quick')
const slow = toyStep('slow', 60_000)

const stepsOf = (graph: Graph<ToyCloud, undefined>): Steps<ToyCloud, undefined> =>
  new Map<string, AnyStep<ToyCloud, undefined>>([...graph.values()].map(({ step }) => [step.id, step]))

/** base <- gate <- top, and side, which needs nothing. */
function sample({ size = 1, adopt = {} }: { size?: number; adopt?: Record<string, string> } = {}) {
  const { graph, builder } = startGraph<ToyCloud, undefined>(adopt)
  const orders = builder('orders')
  const base = orders.step('1', 'base', slow, 'here', { size, uses: [] })
  const gate = orders.step('2', 'gate', toyGate, 'here', { id: base.facts.id })
  const uses = together<[string, number]>([base.facts.id, gate.facts.size]).map(([id]) => [id])
  orders.step('3', 'top', quick, 'here', { size: 2, uses })
  builder('stock').step('1', 'side', slow, 'there', { size: 1, uses: [] })
  return graph
}

const actions = (events: readonly { event: string }[]) =>
  events.flatMap((event) =>
    event.event === 'change' && 'action' in event && 'node' in event ? [`${event.action} ${event.node}`] : [],
  )

describe('setup', () => {
  it('makes what is missing, side by side, each thing as soon as what it refers to is ready', async () => {
    const { run, cloud, clock, ledger } = toyRun()
    const before = clock.now()
    const outcome = await setup(run, sample(), {})
    expect(outcome).toMatchObject({ exit: 0, created: 3, failed: 0, skipped: 0 })
    expect(clock.now() - before).toBe(60_000)
    expect(cloud.calls.filter((call) => call.startsWith('create'))).toEqual([
      'create orders/base',
      'create stock/side',
      'create orders/top',
    ])
    expect(ledger.get('orders/top')).toMatchObject({
      status: 'ready',
      dependsOn: ['orders/base'],
      inputs: { uses: ['toy-1'] },
    })
  })

  it('writes the intent before and the facts after every create', async () => {
    const { run, writes } = toyRun()
    await setup(run, sample(), { only: ['stock'] })
    expect(writes).toEqual(['stock/side intended', 'stock/side made', 'stock/side ready'])
  })

  it('has nothing to write and nothing to do the second time', async () => {
    const first = toyRun()
    await setup(first.run, sample(), {})
    const second = toyRun(first.cloud, first)
    first.writes.length = 0
    expect(await setup(second.run, sample(), {})).toMatchObject({ exit: 0, created: 0, changed: 0 })
    expect(first.writes).toEqual([])
  })

  it.each(['before', 'after'] as const)(
    'goes on from a death just %s a create takes effect, without a twin',
    async (when) => {
      const first = toyRun()
      first.cloud[when].set('create orders/base', () => {
        throw new Error('killed')
      })
      await expect(setup(first.run, sample(), {})).rejects.toThrow('killed')
      first.stop.abort()
      const second = toyRun(first.cloud, first)
      expect(await setup(second.run, sample(), {})).toMatchObject({ exit: 0, failed: 0 })
      expect([...first.cloud.toys.values()].map(({ name }) => name).sort()).toEqual([
        'orders/base',
        'orders/top',
        'stock/side',
      ])
      expect(first.ledger.get('orders/base')).toMatchObject({ origin: 'created', status: 'ready' })
    },
  )

  it.each(['before', 'after'] as const)(
    'looks again when an answer is lost %s the create took effect',
    async (when) => {
      const { run, cloud } = toyRun()
      cloud[when].set('create stock/side', () => {
        throw new PrivlinkError('AnswerLost', 'socket hang up')
      })
      expect(await setup(run, sample(), { only: ['stock'] })).toMatchObject({ exit: 0, failed: 0 })
      expect(cloud.toys.size).toBe(1)
    },
  )

  it('skips what needs a failed node, lets the rest finish, and reports the failure once', async () => {
    const { run, cloud, events, ledger } = toyRun()
    cloud.before.set('create orders/base', () => {
      throw new PrivlinkError('Quota', 'no more toys', { hint: 'Ask for more.' })
    })
    const outcome = await setup(run, sample(), {})
    expect(outcome).toMatchObject({ exit: 1, created: 1, failed: 1, skipped: 2 })
    expect(events.filter(({ event }) => event === 'error')).toEqual([
      expect.objectContaining({ code: 'Quota', node: 'orders/base', hint: 'Ask for more.' }),
    ])
    expect(ledger.get('orders/base')).toBeUndefined()
    expect(ledger.get('stock/side')).toMatchObject({ status: 'ready' })
  })

  it('lets missing permissions win over other failures in the exit code', async () => {
    const { run, cloud } = toyRun()
    cloud.before.set('create orders/base', () => {
      throw new PrivlinkError('Quota', 'no more toys')
    })
    cloud.before.set('create stock/side', () => {
      throw new PrivlinkError('Denied', 'not allowed', { exit: 4 })
    })
    expect((await setup(run, sample(), {})).exit).toBe(4)
  })

  it('brings drift back, and says so', async () => {
    const { run, cloud, events } = toyRun()
    await setup(run, sample(), {})
    alter(cloud, 'toy-2', { size: 9 })
    expect(await setup(run, sample(), {})).toMatchObject({ exit: 0, changed: 1 })
    expect(cloud.toys.get('toy-2')?.size).toBe(1)
    expect(actions(events)).toContain('~ stock/side')
  })

  it('makes no twin of what the last run made just before it died, although it does not show yet', async () => {
    const first = toyRun()
    await setup(first.run, sample(), { only: ['stock'] })
    const entry = first.ledger.get('stock/side')
    if (entry === undefined) throw new Error('there is no entry')
    const { run, cloud } = toyRun(first.cloud, toyLedger())
    const showsAt = cloud.now() + 8000
    const late: typeof quick = {
      ...quick,
      read: async (sight) => (cloud.now() < showsAt ? { state: 'absent' } : quick.read(sight)),
    }
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    builder('stock').step('1', 'side', late, 'there', { size: 1, uses: [] })
    await run.ledger.put({ ...entry, status: 'made', at: new Date(cloud.now()).toISOString() })
    expect(await setup(run, graph, {})).toMatchObject({ exit: 0, created: 0 })
    expect([...cloud.toys.keys()]).toEqual(['toy-1'])
  })

  it('makes a new one at once where one that it has just made turns out to be broken', async () => {
    const { run, cloud, clock } = toyRun()
    cloud.after.set('create stock/side', () => alter(cloud, 'toy-1', { broken: 'it fell down' }))
    const before = clock.now()
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    builder('stock').step('1', 'side', quick, 'there', { size: 1, uses: [] })
    expect(await setup(run, graph, {})).toMatchObject({ exit: 0, failed: 0 })
    expect([...cloud.toys.keys()]).toEqual(['toy-2'])
    expect(clock.now() - before).toBeLessThan(60_000)
  })

  it('says at once what breaks in a way that a new one would share, and makes a new one in the next run', async () => {
    const { run, cloud } = toyRun()
    cloud.after.set('create stock/side', () => alter(cloud, 'toy-1', { broken: 'nobody lets it out' }))
    const lasting: typeof quick = {
      ...quick,
      read: async (sight) => {
        const seen = await quick.read(sight)
        return seen.state === 'broken' ? { ...seen, lasting: true } : seen
      },
    }
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    builder('stock').step('1', 'side', lasting, 'there', { size: 1, uses: [] })
    expect(await setup(run, graph, {})).toMatchObject({ exit: 1, failed: 1 })
    expect([...cloud.toys.keys()]).toEqual(['toy-1'])
    expect(await setup(run, graph, {})).toMatchObject({ exit: 0, failed: 0 })
    expect([...cloud.toys.keys()]).toEqual(['toy-2'])
  })

  it('gives a change time to show before it makes it again', async () => {
    const { run, cloud } = toyRun()
    const changes: { at: number; size: number }[] = []
    const lagging: typeof quick = {
      ...quick,
      read: (sight) => {
        for (const { at, size } of changes) if (cloud.now() >= at) alter(cloud, 'toy-1', { size })
        return quick.read(sight)
      },
      update: async ({ aws, inputs }) => {
        aws.calls.push('mend')
        changes.push({ at: cloud.now() + 7000, size: inputs.size })
      },
    }
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    builder('stock').step('1', 'side', lagging, 'there', { size: 1, uses: [] })
    await setup(run, graph, {})
    alter(cloud, 'toy-1', { size: 9 })
    expect(await setup(run, graph, {})).toMatchObject({ exit: 0, changed: 1 })
    expect(cloud.calls.filter((call) => call === 'mend')).toEqual(['mend'])
  })

  it('waits with a change for which it is too early', async () => {
    const { run, cloud } = toyRun()
    let early = 2
    const hesitant: typeof quick = {
      ...quick,
      update: async (hand) => {
        early -= 1
        if (early >= 0) throw new PrivlinkError('NotYet', 'somebody else is at it')
        await quick.update?.(hand)
      },
    }
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    builder('stock').step('1', 'side', hesitant, 'there', { size: 1, uses: [] })
    await setup(run, graph, {})
    alter(cloud, 'toy-1', { size: 9 })
    expect(await setup(run, graph, {})).toMatchObject({ exit: 0, changed: 1 })
    expect(cloud.toys.get('toy-1')).toMatchObject({ size: 1 })
  })

  it('makes every proof that it can, whatever becomes of another', async () => {
    const { run, events } = toyRun()
    const impossible: typeof quick = {
      ...quick,
      proof: true,
      check: () => Promise.reject(new PrivlinkError('Denied', 'no way to call')),
    }
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    builder('stock').step('1', 'bad', impossible, 'there', { size: 1, uses: [] })
    builder('stock').step('1', 'good', { ...quick, proof: true }, 'there', { size: 1, uses: [] })
    const { exit, findings } = await setup(run, graph, {})
    expect(exit).not.toBe(0)
    expect(findings).toMatchObject([{ check: 'plays', verdict: 'ok' }])
    expect(events).toContainEqual(expect.objectContaining({ code: 'Denied' }))
  })

  it('refuses a replacement that the user has not allowed', async () => {
    const { run, events } = toyRun()
    await setup(run, sample(), {})
    expect((await setup(run, sample({ size: 200 }), {})).exit).toBe(1)
    expect(events.at(-1)).not.toMatchObject({ event: 'change' })
    expect(events).toContainEqual(
      expect.objectContaining({ code: 'NeedsReplacement', hint: expect.stringContaining('--replace orders/base') }),
    )
  })

  it('makes the new one beside the old, moves what points at it, and removes the old last', async () => {
    const { run, cloud, ledger } = toyRun()
    await setup(run, sample(), {})
    cloud.calls.length = 0
    expect(await setup(run, sample({ size: 200 }), { replace: ['orders/base'] })).toMatchObject({
      exit: 0,
      created: 1,
      deleted: 1,
    })
    const hands = cloud.calls.filter((call) => !call.startsWith('find'))
    expect(hands).toEqual(['create orders/base', 'mend orders/top', 'destroy orders/base'])
    expect([...cloud.toys.values()].map(({ name }) => name).sort()).toEqual([
      'orders/base-g1',
      'orders/top',
      'stock/side',
    ])
    expect(
      ledger
        .entries()
        .map(({ key }) => key)
        .sort(),
    ).toEqual(['orders/base', 'orders/top', 'stock/side'])
  })

  it('replaces what is broken and ours', async () => {
    const { run, cloud } = toyRun()
    await setup(run, sample(), { only: ['stock'] })
    alter(cloud, 'toy-1', { broken: 'it fell down' })
    expect(await setup(run, sample(), { only: ['stock'] })).toMatchObject({ exit: 0, created: 1 })
    expect([...cloud.toys.keys()]).toEqual(['toy-2'])
  })

  it("refuses somebody else's twin, adopts it when the config names it, and never destroys it", async () => {
    const cloud = emptyCloud()
    cloud.toys.set('theirs', { id: 'theirs', name: 'stock/side', tags: {}, size: 1, readyAt: 0, uses: [] })
    const refused = toyRun(cloud)
    expect((await setup(refused.run, sample(), { only: ['stock'] })).exit).toBe(1)
    expect(refused.events).toContainEqual(expect.objectContaining({ code: 'SomebodyElses' }))
    expect(refused.ledger.entries()).toEqual([])

    const adopted = toyRun(cloud)
    const graph = sample({ adopt: { 'stock/side': 'theirs' } })
    expect(await setup(adopted.run, graph, { only: ['stock'] })).toMatchObject({ exit: 0, created: 0 })
    expect(adopted.ledger.get('stock/side')?.origin).toBe('adopted')
    await teardown(adopted.run, stepsOf(graph), {})
    expect(cloud.toys.has('theirs')).toBe(true)
    expect(adopted.ledger.entries()).toEqual([])
  })

  it("takes nothing of somebody else's for ours because it has the name of one that is gone", async () => {
    const { run, cloud, events, ledger } = toyRun()
    await setup(run, sample(), { only: ['stock'] })
    cloud.toys.clear()
    cloud.toys.set('theirs', { id: 'theirs', name: 'stock/side', tags: {}, size: 9, readyAt: 0, uses: [] })
    expect((await setup(run, sample(), { only: ['stock'] })).exit).toBe(1)
    expect(events).toContainEqual(expect.objectContaining({ code: 'SomebodyElses' }))
    expect(cloud.toys.get('theirs')?.size).toBe(9)

    await teardown(run, stepsOf(sample()), {})
    expect(cloud.toys.has('theirs')).toBe(true)
    expect(ledger.entries()).toEqual([])
  })

  it('goes over from its own to one that the config names only with leave, and removes only its own', async () => {
    const { run, cloud, events, ledger } = toyRun()
    await setup(run, sample(), {})
    // Not ready for a while.
    const readyAt = cloud.now() + 20_000
    cloud.toys.set('theirs', { id: 'theirs', name: 'x', tags: {}, size: 7, readyAt, uses: [] })
    const graph = sample({ adopt: { 'orders/base': 'theirs' } })
    expect((await setup(run, graph, {})).exit).toBe(1)
    expect(events).toContainEqual(expect.objectContaining({ code: 'NeedsReplacement' }))

    expect(await setup(run, graph, { replace: ['orders/base'] })).toMatchObject({ exit: 0, created: 0, deleted: 1 })
    expect(cloud.toys.get('theirs')).toMatchObject({ size: 7 })
    expect(ledger.get('orders/base')).toMatchObject({ origin: 'adopted', facts: { id: 'theirs' } })
    expect([...cloud.toys.values()].find(({ name }) => name === 'orders/top')?.uses).toEqual(['theirs'])
    expect([...cloud.toys.values()].map(({ name }) => name).sort()).toEqual(['orders/top', 'stock/side', 'x'])

    await teardown(run, stepsOf(graph), {})
    expect([...cloud.toys.keys()]).toEqual(['theirs'])
  })

  it('keeps what was replaced for as long as something that the run left out may point at it', async () => {
    const { run, cloud, events } = toyRun()
    await setup(run, sample(), {})
    cloud.calls.length = 0
    const only = { only: ['orders/base'], replace: ['orders/base'] }
    expect(await setup(run, sample({ size: 200 }), only)).toMatchObject({ exit: 0, created: 1, deleted: 0 })
    expect(cloud.calls.filter((call) => call.startsWith('destroy'))).toEqual([])
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'warning', message: expect.stringContaining('orders/base~0') }),
    )
    expect(await setup(run, sample({ size: 200 }), {})).toMatchObject({ exit: 0, deleted: 1 })
    expect(cloud.calls.filter((call) => /^(mend|destroy)/.test(call))).toEqual([
      'mend orders/top',
      'destroy orders/base',
    ])
  })

  it('keeps what was replaced while anything of the run has failed: what failed may still point at the old one', async () => {
    const { run, cloud, ledger } = toyRun()
    await setup(run, sample(), {})
    cloud.calls.length = 0
    cloud.before.set('mend orders/top', () => {
      throw new PrivlinkError('AwsFailed', 'the cloud refuses the change')
    })
    const replace = { replace: ['orders/base'] }
    expect(await setup(run, sample({ size: 200 }), replace)).toMatchObject({ created: 1, deleted: 0, failed: 1 })
    expect(cloud.calls.filter((call) => call.startsWith('destroy'))).toEqual([])
    expect(ledger.get('orders/base~0')).toMatchObject({ superseded: true })
    expect(await setup(run, sample({ size: 200 }), {})).toMatchObject({ exit: 0, deleted: 1 })
    expect([...cloud.toys.values()].map(({ name }) => name)).not.toContain('orders/base')
  })

  it('asks with a new token when the config has changed since the intent', async () => {
    const { run, ledger } = toyRun()
    await setup(run, sample(), { only: ['stock'] })
    const entry = ledger.get('stock/side')
    if (entry === undefined) throw new Error('there is no entry')
    const { facts: _, ...rest } = entry
    const tokenAfter = async (size: number) => {
      const { run, ledger } = toyRun(emptyCloud(), toyLedger([{ ...rest, status: 'intended', token: 'first' }]))
      const { graph, builder } = startGraph<ToyCloud, undefined>()
      builder('stock').step('1', 'side', slow, 'there', { size, uses: [] })
      await setup(run, graph, {})
      return ledger.get('stock/side')?.token
    }
    expect(await tokenAfter(1)).toBe('first')
    expect(await tokenAfter(2)).not.toBe('first')
  })

  it('leaves nothing behind in an account from which the config has moved away', async () => {
    const { run, cloud, events, ledger } = toyRun()
    await setup(run, sample(), { only: ['stock'] })
    cloud.toys.clear()
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    builder('stock').step('1', 'side', slow, 'elsewhere', { size: 1, uses: [] })
    expect((await setup(run, graph, {})).exit).toBe(1)
    expect(events).toContainEqual(expect.objectContaining({ code: 'MadeElsewhere' }))
    expect(ledger.get('stock/side')?.account).toBe('there')
  })

  it('does not change an adopted thing that differs, but warns', async () => {
    const cloud = emptyCloud()
    cloud.toys.set('theirs', { id: 'theirs', name: 'x', tags: {}, size: 7, readyAt: 0, uses: [] })
    const { run, events } = toyRun(cloud)
    await setup(run, sample({ adopt: { 'stock/side': 'theirs' } }), { only: ['stock'] })
    expect(cloud.toys.get('theirs')?.size).toBe(7)
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'warning', message: expect.stringContaining('size is 7, want 1') }),
    )
  })

  it('starts nothing new once it is interrupted, and goes on later', async () => {
    const { run, cloud, stop, events } = toyRun()
    cloud.after.set('create orders/base', () => stop.abort())
    const outcome = await setup(run, sample(), { only: ['orders'] })
    expect(outcome.exit).toBe(130)
    expect(cloud.toys.size).toBe(1)
    expect(events).toContainEqual(expect.objectContaining({ phase: 'skipped', node: 'orders/top' }))
  })

  it('lets what only needs an id begin as soon as the thing is made', async () => {
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    const base = builder('orders').step('1', 'base', slow, 'here', { size: 1, uses: [] })
    builder('orders').step('2', 'top', slow, 'here', { size: 1, uses: [base.made.id] })
    const { run, clock, ledger } = toyRun()
    const before = clock.now()
    expect(await setup(run, graph, {})).toMatchObject({ exit: 0, created: 2 })
    expect(clock.now() - before).toBe(60_000)
    expect(ledger.get('orders/top')?.dependsOn).toEqual(['orders/base'])
  })

  it('looks again at what began with an id that had to be replaced on the way to ready', async () => {
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    const base = builder('orders').step('1', 'base', slow, 'here', { size: 1, uses: [] })
    builder('orders').step('2', 'top', quick, 'here', { size: 1, uses: [base.made.id] })
    const { run, cloud } = toyRun()
    cloud.after.set('create orders/top', () => alter(cloud, 'toy-1', { broken: 'it fell down' }))
    expect(await setup(run, graph, {})).toMatchObject({ exit: 0 })
    expect([...cloud.toys.values()].map(({ name, uses }) => [name, ...uses])).toEqual([
      ['orders/top', 'toy-3'],
      ['orders/base'],
    ])
  })

  it('makes nothing before every gate that can be looked at has been', async () => {
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    builder('orders').step('1', 'top', quick, 'here', { size: 1, uses: [] })
    builder('orders').step('2', 'gate', toyGate, 'here', { id: 'missing' })
    const { run, cloud, events, ledger } = toyRun()
    expect(await setup(run, graph, {})).toMatchObject({ exit: 1, created: 0, failed: 1, skipped: 1 })
    expect(events).toContainEqual(expect.objectContaining({ code: 'NotThere', node: 'orders/gate' }))
    expect(cloud.calls).toEqual([])
    expect(ledger.entries()).toEqual([])
  })

  it('makes nothing before every account has been entered', async () => {
    const { run, cloud } = toyRun()
    const accountClients = async (account: string) => {
      if (account === 'there') throw new PrivlinkError('WrongAccount', 'it is another account', { exit: 4 })
      return cloud
    }
    await expect(setup({ ...run, accountClients }, sample(), {})).rejects.toThrow('it is another account')
    expect(cloud.calls).toEqual([])
  })

  it('does not wait for ever', async () => {
    const { run, cloud, events } = toyRun()
    await setup(run, sample(), { only: ['stock'] })
    alter(cloud, 'toy-1', { readyAt: Number.POSITIVE_INFINITY })
    expect((await setup(run, sample(), { only: ['stock'] })).exit).toBe(1)
    expect(events).toContainEqual(expect.objectContaining({ code: 'OutOfPatience' }))
  })
})

describe('select', () => {
  it('adds to the chosen node all that it needs, through gates, and nothing else', () => {
    const keys = (only?: string[]) => select(sample(), only).map(({ key }) => key)
    expect(keys(['orders/top'])).toEqual(['orders/base', 'orders/gate', 'orders/top'])
    expect(keys(['orders/gate'])).toEqual(['orders/base', 'orders/gate'])
    expect(keys(['orders/base'])).toEqual(['orders/base'])
    expect(keys(['stock'])).toEqual(['stock/side'])
    expect(keys()).toEqual(['orders/base', 'orders/gate', 'orders/top', 'stock/side'])
  })

  it('lets a setup of one node make what that node needs', async () => {
    const { run, cloud } = toyRun()
    expect(await setup(run, sample(), { only: ['orders/top'] })).toMatchObject({ exit: 0, created: 2 })
    expect(cloud.calls.filter((call) => call.startsWith('create'))).toEqual(['create orders/base', 'create orders/top'])
  })
})

describe('plan', () => {
  it('says what would be made and what is known only later, and changes and writes nothing', async () => {
    const { run, cloud, events, writes } = toyRun()
    expect(await plan(run, sample(), {})).toMatchObject({ exit: 0, created: 3 })
    expect(actions(events).sort()).toEqual(['+ orders/base', '+ orders/top', '+ stock/side'])
    expect(events).toContainEqual(
      expect.objectContaining({ node: 'orders/top', knownAfter: ['orders/base', 'orders/gate'] }),
    )
    expect(cloud.calls.every((call) => call.startsWith('find'))).toBe(true)
    expect(writes).toEqual([])
  })

  it('lists what has vanished from the config, as setup does, which leaves it there', async () => {
    const { run, events, cloud } = toyRun()
    await setup(run, sample(), {})
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    builder('stock').step('1', 'side', slow, 'there', { size: 3, uses: [] })
    events.length = 0
    await setup(run, graph, {})
    expect(events).toContainEqual(
      expect.objectContaining({
        message: expect.stringContaining('orders/base, orders/top'),
        hint: expect.stringContaining('--only orders/base orders/top,'),
      }),
    )
    expect(cloud.toys.size).toBe(3)
    alter(cloud, 'toy-2', { size: 9 })
    events.length = 0
    expect(await plan(run, graph, {})).toMatchObject({ changed: 1, deleted: 2 })
    expect(actions(events).sort()).toEqual(['- orders/base', '- orders/top', '~ stock/side'])
  })

  it("says that somebody else's thing is in the way", async () => {
    const cloud = emptyCloud()
    cloud.toys.set('theirs', { id: 'theirs', name: 'stock/side', tags: {}, size: 1, readyAt: 0, uses: [] })
    expect((await plan(toyRun(cloud).run, sample(), {})).exit).toBe(1)
  })
})

describe('verify', () => {
  it('finds everything well after setup', async () => {
    const { run } = toyRun()
    await setup(run, sample(), {})
    const outcome = await verify(run, sample(), {})
    expect(outcome.exit).toBe(0)
    expect(outcome.findings.filter(({ check }) => check === 'plays')).toHaveLength(3)
  })

  it('fails what is missing or differs and skips what hangs on it', async () => {
    const { run, cloud } = toyRun()
    await setup(run, sample(), {})
    cloud.toys.delete('toy-1')
    alter(cloud, 'toy-2', { size: 9 })
    const outcome = await verify(run, sample(), {})
    expect(outcome.exit).toBe(3)
    expect(outcome.findings).toContainEqual(
      expect.objectContaining({ verdict: 'failed', hop: 'orders/base', evidence: 'does not exist' }),
    )
    expect(outcome.findings).toContainEqual(
      expect.objectContaining({ verdict: 'failed', evidence: 'size is 9, want 1' }),
    )
    expect(outcome.findings.some(({ verdict }) => verdict === 'skipped')).toBe(true)
  })
})

describe('teardown', () => {
  it('removes in the reverse of the edges, leaves nothing, and is quiet when repeated', async () => {
    const { run, cloud, ledger } = toyRun()
    const graph = sample()
    await setup(run, graph, {})
    cloud.calls.length = 0
    expect(await teardown(run, stepsOf(graph), {})).toMatchObject({ exit: 0, deleted: 3 })
    const hands = cloud.calls.filter((call) => !call.startsWith('find'))
    expect(hands.indexOf('destroy orders/top')).toBeLessThan(hands.indexOf('destroy orders/base'))
    expect(cloud.toys.size).toBe(0)
    expect(ledger.entries()).toEqual([])
    expect(await teardown(run, stepsOf(graph), {})).toMatchObject({ exit: 0, deleted: 0 })
  })

  it("keeps another's thing of the same name where the ledger only has the intent to make one", async () => {
    const first = toyRun()
    await setup(first.run, sample(), { only: ['stock'] })
    const { facts: _, ...entry } = first.ledger.get('stock/side') ?? expect.fail('there is no entry')
    const { run, cloud, ledger } = toyRun(emptyCloud(), toyLedger([{ ...entry, status: 'intended' }]))
    const theirs = { id: 'theirs', name: 'stock/side', tags: {}, size: 1, readyAt: 0, uses: [] }
    cloud.toys.set('theirs', theirs)
    expect(await teardown(run, stepsOf(sample()), {})).toMatchObject({ exit: 0, deleted: 0, failed: 0 })
    expect([...cloud.toys.values()]).toEqual([theirs])
    expect(ledger.entries()).toEqual([])
  })

  it('keeps what another integration still uses', async () => {
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    for (const name of ['orders', 'stock']) {
      const hub = builder(name).shared('hub').step('6', 'endpoint', quick, 'here', { size: 1, uses: [] })
      builder(name).step('7', 'api', quick, 'here', { size: 1, uses: [hub.facts.id] })
    }
    const { run, cloud, ledger } = toyRun()
    await setup(run, graph, {})
    await teardown(run, stepsOf(graph), { only: ['orders'] })
    expect([...cloud.toys.values()].map(({ name }) => name).sort()).toEqual(['hub/endpoint', 'stock/api'])
    expect(ledger.get('hub/endpoint')?.usedBy).toEqual(['stock'])
  })

  it('tries again what is in use, then says what holds it, and keeps the ledger true', async () => {
    const { run, cloud, ledger, events } = toyRun()
    const graph = sample()
    await setup(run, graph, {})
    cloud.toys.set('theirs', { id: 'theirs', name: 'theirs', tags: {}, size: 1, readyAt: 0, uses: ['toy-2'] })
    expect((await teardown(run, stepsOf(graph), {})).exit).toBe(1)
    expect(events).toContainEqual(
      expect.objectContaining({ code: 'DoesNotGo', message: expect.stringContaining('toy-2 is in use') }),
    )
    expect(ledger.entries().map(({ key, status }) => `${key} ${status}`)).toEqual(['stock/side going'])
  })

  it('waits for what a thing leaves behind before it removes what that was made with', async () => {
    const { run, cloud, clock, events } = toyRun()
    let goneAt = 0
    const lingering = {
      ...quick,
      id: 'lingering',
      leftovers: async () => {
        goneAt ||= clock.now() + 30 * 60_000
        return clock.now() < goneAt ? 'its shadow is still there' : undefined
      },
    }
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    const base = builder('orders').step('1', 'base', quick, 'here', { size: 1, uses: [] })
    builder('orders').step('2', 'top', lingering, 'here', { size: 1, uses: [base.facts.id] })
    await setup(run, graph, {})
    const from = cloud.calls.length
    expect(await teardown(run, stepsOf(graph), {})).toMatchObject({ exit: 0, deleted: 2 })
    expect(cloud.calls.slice(from).filter((call) => call.startsWith('destroy'))).toEqual([
      'destroy orders/top',
      'destroy orders/base',
    ])
    expect(clock.now()).toBeGreaterThanOrEqual(goneAt)
    expect(cloud.toys.size).toBe(0)
    expect(events).toContainEqual(
      expect.objectContaining({ node: 'orders/top', phase: 'waiting', detail: 'its shadow is still there' }),
    )
  })

  it('says what does not go although the thing itself has gone', async () => {
    const { run, events, ledger } = toyRun()
    const lingering = { ...quick, id: 'lingering', leftovers: async () => 'its shadow is still there' }
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    builder('orders').step('1', 'top', lingering, 'here', { size: 1, uses: [] })
    await setup(run, graph, {})
    expect((await teardown(run, stepsOf(graph), {})).exit).toBe(1)
    const message = expect.stringContaining('its shadow is still there')
    expect(events).toContainEqual(expect.objectContaining({ code: 'DoesNotGo', message }))
    expect(ledger.entries()).toMatchObject([{ key: 'orders/top', status: 'going' }])
  })

  it('finds again by tag what a lost ledger has forgotten', async () => {
    const first = toyRun()
    const graph = sample()
    await setup(first.run, graph, {})
    const second = toyRun(first.cloud, toyLedger())
    expect(await recoverFromTags(second.run, graph)).toBe(3)
    expect(second.ledger.get('orders/top')).toMatchObject({ origin: 'created', dependsOn: ['orders/base'] })
    await teardown(second.run, stepsOf(graph), {})
    expect(first.cloud.toys.size).toBe(0)
  })
})

describe('a shared node', () => {
  it('unites lists and refuses different single values, naming both places', () => {
    const { graph, builder } = startGraph<ToyCloud, undefined>()
    builder('orders')
      .shared('hub')
      .step('6', 'group', quick, 'here', { size: 1, uses: ['a', 'b'] })
    builder('stock')
      .shared('hub')
      .step('6', 'group', quick, 'here', { size: 1, uses: ['b', 'c'] })
    expect(graph.get('hub/group')).toMatchObject({
      inputs: { uses: ['a', 'b', 'c'] },
      integrations: ['orders', 'stock'],
    })
    expect(() => builder('bills').shared('hub').step('6', 'group', quick, 'here', { size: 2, uses: [] })).toThrow(
      /orders, stock and bills share hub\/group .* different size/,
    )
  })
})
