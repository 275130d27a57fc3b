/**
 * The one source of time. The engine's patience, the pacer and the sandbox all read it, so that a rehearsal runs faster
 * than AWS without any of them knowing.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms` milliseconds of this clock; rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Marks work that is under way in real time, such as a request: a clock that jumps does not jump over it. */
  during<T>(work: () => Promise<T>): Promise<T>
  /** The opposite, inside work that is under way elsewhere: a server that lets a request hang is only waiting. */
  aside<T>(work: () => Promise<T>): Promise<T>
}

/** A clock that runs `speed` times as fast as the machine's, starting at `origin` (ms since the epoch). */
export function runningClock(speed = 1, origin = Date.now()): Clock {
  const started = performance.now()
  return {
    now: () => Math.round(origin + (performance.now() - started) * speed),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', stop)
          resolve()
        }, ms / speed)
        const stop = () => {
          clearTimeout(timer)
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', stop, { once: true })
      }),
    during: (work) => work(),
    aside: (work) => work(),
  }
}

/**
 * A clock that stands still while something is happening and jumps to the next sleeper's time as soon as everybody
 * waits. For tests and benchmarks: an hour of AWS takes no longer than its requests.
 */
export function jumpingClock(origin = Date.UTC(2026, 0, 1)): Clock {
  let now = origin
  let underWay = 0
  let scheduled = false
  const sleepers = new Set<{ at: number; wake: () => void }>()

  const settle = () => {
    if (scheduled) return
    scheduled = true
    // Two turns of the event loop, so that what a finished request set going has begun before time moves.
    setImmediate(() => setImmediate(jump))
  }
  const jump = () => {
    scheduled = false
    if (underWay > 0 || sleepers.size === 0) return
    now = Math.max(now, Math.min(...[...sleepers].map((sleeper) => sleeper.at)))
    for (const sleeper of sleepers) {
      if (sleeper.at <= now) {
        sleepers.delete(sleeper)
        sleeper.wake()
      }
    }
    settle()
  }
  const counted = async <T>(by: number, work: () => Promise<T>): Promise<T> => {
    underWay += by
    settle()
    try {
      return await work()
    } finally {
      underWay -= by
      settle()
    }
  }
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const stop = () => {
          sleepers.delete(sleeper)
          reject(signal?.reason)
        }
        const wake = () => {
          signal?.removeEventListener('abort', stop)
          resolve()
        }
        const sleeper = { at: now + Math.max(0, ms), wake }
        signal?.addEventListener('abort', stop, { once: true })
        sleepers.add(sleeper)
        settle()
      }),
    during: (work) => counted(1, work),
    aside: (work) => counted(-1, work),
  }
}
