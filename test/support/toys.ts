import { z } from 'zod'
import { jumpingClock } from 'privlink-sandbox'
import type { EngineEvent } from '../../src/engine/events.ts'
import type { LedgerEntry, Ledger } from '../../src/engine/ledger.ts'
import type { Run } from '../../src/engine/run.ts'
import { differs, minutes, seconds, type Step, type Finding, type Identity } from '../../src/engine/step.ts'
import { PrivlinkError } from '../../src/errors.ts'

/** A thing of the toy world. It is pending for a while after it was made, and lingers while others use it. */
export interface Toy {
  id: string
  name: string
  tags: Record<string, string>
  size: number
  readyAt: number
  uses: string[]
  broken?: string
}

/** A cloud of toys: what engine tests act on, and the faults they ask for. */
export interface ToyCloud {
  toys: Map<string, Toy>
  /** Every call, as `create orders/a`. */
  calls: string[]
  /** Failures to throw before or after an operation takes effect, by call, each once. */
  before: Map<string, () => void>
  after: Map<string, () => void>
  now: () => number
  serial: number
}

const step =
  <I extends object>() =>
  <F extends object>(one: Step<ToyCloud, I, F, undefined>): Step<ToyCloud, I, F, undefined> =>
    one

export interface ToyInputs {
  size: number
  uses: string[]
}

const strike = (faults: Map<string, () => void>, call: string): void => {
  const fault = faults.get(call)
  faults.delete(call)
  fault?.()
}

/** Makes a toy that is ready after `lasts` ms. */
export const toyStep = (id: string, lasts = 0) =>
  step<ToyInputs>()({
    id,
    title: `Toy ${id}`,
    facts: z.object({ id: z.string() }),
    patience: { upTo: minutes(10), every: seconds(5) },
    mergedInputs: ['uses'],
    async read({ aws, inputs, known, identity, adopt }) {
      aws.calls.push(`find ${identity.node}`)
      const toys = [...aws.toys.values()]
      const toy =
        toys.find(({ id }) => id === (adopt ?? known?.id)) ??
        toys.find(({ tags }) => identity.matches(tags)) ??
        toys.find(({ name }) => name === identity.name)
      if (toy === undefined) return { state: 'absent' }
      const owner = identity.matches(toy.tags) ? 'ours' : 'other'
      const facts = { id: toy.id }
      if (toy.broken !== undefined) return { state: 'broken', owner, why: toy.broken, fix: 'replace', facts }
      if (toy.readyAt > aws.now()) return { state: 'pending', owner, why: 'being made', facts }
      const drift = [
        ...differs('size', toy.size, inputs.size, (inputs.size ?? 0) > 100 ? 'replace' : 'update'),
        ...differs('uses', toy.uses, inputs.uses),
      ]
      return { state: 'ready', owner, facts, drift }
    },
    async create({ aws, inputs, identity }) {
      const call = `create ${identity.node}`
      aws.calls.push(call)
      strike(aws.before, call)
      aws.serial += 1
      const toy = { id: `toy-${aws.serial}`, name: identity.name, tags: { ...identity.tags }, uses: inputs.uses }
      aws.toys.set(toy.id, { ...toy, size: inputs.size, readyAt: aws.now() + lasts })
      strike(aws.after, call)
      return { id: toy.id }
    },
    async update({ aws, inputs, facts, identity }) {
      const call = `mend ${identity.node}`
      aws.calls.push(call)
      strike(aws.before, call)
      const toy = aws.toys.get(facts.id)
      if (toy !== undefined) aws.toys.set(facts.id, { ...toy, size: inputs.size, uses: inputs.uses })
    },
    async delete({ aws, known, identity }) {
      const call = `destroy ${identity.node}`
      aws.calls.push(call)
      strike(aws.before, call)
      const isBroken = aws.toys.get(known.id)?.broken !== undefined
      if (!isBroken && [...aws.toys.values()].some(({ uses }) => uses.includes(known.id))) {
        throw new PrivlinkError('InUse', `${known.id} is in use`)
      }
      aws.toys.delete(known.id)
      strike(aws.after, call)
    },
    async check({ facts }): Promise<Finding[]> {
      return [{ check: 'plays', verdict: 'ok', evidence: facts.id }]
    },
  })

/** A gate that sees a toy by its id. */
export const toyGate = step<{ id: string }>()({
  id: 'toy-gate',
  title: 'Toy is there',
  facts: z.object({ size: z.number() }),
  patience: { upTo: minutes(1), every: seconds(5) },
  async read({ aws, inputs }) {
    const toy = inputs.id === undefined ? undefined : aws.toys.get(inputs.id)
    return toy === undefined ? { state: 'absent' } : { state: 'ready', owner: 'other', facts: { size: toy.size } }
  },
})

const toyMark = (node: string, generation: number): Identity => {
  const tags = { node, ...(generation > 0 && { generation: String(generation) }) }
  return {
    deployment: 'toys',
    node,
    generation,
    name: generation > 0 ? `${node}-g${generation}` : node,
    tags,
    matches: (others) => others['node'] === node && Number(others['generation'] ?? 0) >= generation,
  }
}

/** A ledger in memory that can be told to die: from then on nothing reaches it. */
export function toyLedger(entries: LedgerEntry[] = []) {
  const held = new Map(entries.map((entry) => [entry.key, entry]))
  const writes: string[] = []
  const ledger: Ledger = {
    deployment: 'toys',
    entries: () => [...held.values()],
    get: (key) => held.get(key),
    put: async (entry) => {
      writes.push(`${entry.key} ${entry.status}`)
      // What cannot be written as JSON would not survive the disk.
      held.set(entry.key, JSON.parse(JSON.stringify(entry)) as LedgerEntry)
    },
    remove: async (key) => {
      writes.push(`${key} removed`)
      held.delete(key)
    },
  }
  return { ledger, writes }
}

/** A run over a toy cloud, with its events gathered. */
export function toyRun(cloud: ToyCloud = emptyCloud(), ledger: ReturnType<typeof toyLedger> = toyLedger()) {
  // Time goes on where the cloud's last run left it.
  const clock = jumpingClock(cloud.now() || undefined)
  cloud.now = clock.now
  const events: EngineEvent[] = []
  const stop = new AbortController()
  const run: Run<ToyCloud, undefined> = {
    clock,
    ledger: ledger.ledger,
    accountClients: async () => cloud,
    identity: toyMark,
    probe: undefined,
    emit: (event) => events.push(event),
    signal: stop.signal,
  }
  return { run, cloud, clock, events, stop, ledger: ledger.ledger, writes: ledger.writes }
}

export const emptyCloud = (): ToyCloud => ({
  toys: new Map(),
  calls: [],
  before: new Map(),
  after: new Map(),
  now: () => 0,
  serial: 0,
})

/** Somebody changes a toy behind our back. */
export function alter(cloud: ToyCloud, id: string, change: Partial<Toy>): void {
  const toy = cloud.toys.get(id)
  if (toy === undefined) throw new Error(`there is no ${id}`)
  cloud.toys.set(id, { ...toy, ...change })
}
