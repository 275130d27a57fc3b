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
