import type { Clock } from '../clock.ts'
import { type Bucket, bucketsFor, type Limits, limits as published, type ServiceName } from './limits.ts'

/** Where a request queues: operations of other accounts, Regions and services do not hinder each other. */
export interface Lane {
  /** Twelve digits. */
  accountId: string
  region: string
  service: ServiceName
  operation: string
}

export interface Pacer {
  /**
   * Resolves when AWS's limits allow the next request of this lane, in the order of asking. With `again`, at the head
   * of the queue.
   */
  enter(lane: Lane, again?: boolean): Promise<void>
  /** Lets nothing through this lane for `ms`, and then no burst: AWS has less to give than its limits say. */
  slow(lane: Lane, ms: number): void
}

/** A bucket's level at a time; `at` may lie ahead, and nothing is to be had before it. */
interface Level {
  bucket: Bucket
  tokens: number
  at: number
}

interface Queue {
  /** The buckets that the operation draws from: its own, and those that it shares with others of its service. */
  levels: Level[]
  /** The level that is the operation's own; it stands still while the lane is slowed. */
  own: Level
  waiting: { turn: number; go: () => void }[]
}

/** All lanes that can share a bucket: one service of one account in one Region. */
interface Group {
  levels: Map<string, Level>
  queues: Map<string, Queue>
  /** Ends the sleep towards the next slot when an earlier one turns up. */
  asleep?: AbortController
}

/**
 * Token buckets on the clock. Whoever is first in a lane goes as soon as all its buckets have a token. Only one timer
 * runs for each account, Region and service, towards the next slot, so that a thousand that wait cost no more than one.
 */
export function openPacer(clock: Clock, limits: Limits = published): Pacer {
  const groups = new Map<string, Group>()
  let turns = 0

  const groupOf = ({ accountId, region, service }: Lane): Group => {
    const key = `${accountId}/${region}/${service}`
    const group = groups.get(key) ?? { levels: new Map(), queues: new Map() }
    groups.set(key, group)
    return group
  }
  const queueOf = (lane: Lane): Queue => {
    const group = groupOf(lane)
    const queue = group.queues.get(lane.operation) ?? makeQueue(group, limits, lane, clock.now())
    group.queues.set(lane.operation, queue)
    return queue
  }
  const release = (group: Group): void => {
    group.asleep?.abort()
    delete group.asleep
    for (;;) {
      const now = clock.now()
      const next = earliest(group, now)
      if (!next) return
      if (next.at > now) return void sleepUntil(group, next.at)
      for (const level of next.queue.levels) draw(level, now)
      next.queue.waiting.shift()?.go()
    }
  }
  const sleepUntil = async (group: Group, at: number): Promise<void> => {
    const asleep = new AbortController()
    group.asleep = asleep
    try {
      await clock.sleep(at - clock.now(), asleep.signal)
    } catch (thrown) {
      if (asleep.signal.aborted) return
      throw thrown
    }
    if (group.asleep === asleep) release(group)
  }
  return {
    enter: (lane, again = false) =>
      new Promise((go) => {
        const { waiting } = queueOf(lane)
        const ahead = again ? waiting.findIndex(({ turn }) => turn >= 0) : -1
        waiting.splice(ahead < 0 ? waiting.length : ahead, 0, { turn: again ? -1 : turns++, go })
        release(groupOf(lane))
      }),
    slow: (lane, ms) => {
      const { own } = queueOf(lane)
      Object.assign(own, { tokens: 1, at: Math.max(clock.now() + ms, own.at) })
      release(groupOf(lane))
    },
  }
}

function makeQueue(group: Group, limits: Limits, { service, operation }: Lane, now: number): Queue {
  const levels = bucketsFor(limits[service], operation).map(([name, bucket]) => {
    const level = group.levels.get(name) ?? full(bucket, now)
    group.levels.set(name, level)
    return { name, level }
  })
  const own = levels.find(({ name }) => name === operation)?.level ?? full(unlimited, now)
  return { levels: [...new Set([...levels.map(({ level }) => level), own])], own, waiting: [] }
}

const unlimited: Bucket = { capacity: Infinity, refill: Infinity }

const full = (bucket: Bucket, now: number): Level => ({ bucket, tokens: bucket.capacity, at: now })

/** The head of a queue that may go first, and when; of several at once the one that asked first. */
function earliest(group: Group, now: number): { queue: Queue; at: number } | undefined {
  const heads = [...group.queues.values()].flatMap((queue) => {
    const [head] = queue.waiting
    return head ? [{ queue, turn: head.turn, at: Math.max(...queue.levels.map((level) => readyAt(level, now))) }] : []
  })
  return heads.sort((a, b) => a.at - b.at || a.turn - b.turn)[0]
}

/** Rounds up to whole milliseconds, so that the token is there when the sleep ends. */
function readyAt(level: Level, now: number): number {
  if (level.at > now) return level.at + Math.ceil(lacking(level.tokens, level.bucket))
  return now + Math.ceil(lacking(levelAt(level, now), level.bucket))
}

/** Milliseconds until there is a whole token. Floating point may be off by a billionth of one. */
const lacking = (tokens: number, { refill }: Bucket): number =>
  tokens >= 1 - 1e-9 ? 0 : ((1 - tokens) / refill) * 1000 - 1e-6

const levelAt = ({ bucket, tokens, at }: Level, now: number): number =>
  bucket.capacity === Infinity ? Infinity : Math.min(bucket.capacity, tokens + ((now - at) / 1000) * bucket.refill)

function draw(level: Level, now: number): void {
  Object.assign(level, { tokens: levelAt(level, now) - 1, at: now })
}
