import { describe, expect, it } from 'vitest'
import { jumpingClock, runningClock } from 'privlink-sandbox'

describe('a jumping clock', () => {
  it('jumps to the next sleeper as soon as everybody waits, in the order of their times', async () => {
    const clock = jumpingClock(0)
    const woken: string[] = []
    await Promise.all(
      [3_600_000, 1_000, 60_000].map(async (ms) => {
        await clock.sleep(ms)
        woken.push(`${ms} at ${clock.now()}`)
      }),
    )
    expect(woken).toEqual(['1000 at 1000', '60000 at 60000', '3600000 at 3600000'])
  })

  it('stands still while work is under way', async () => {
    const clock = jumpingClock(0)
    const sleeper = clock.sleep(1_000)
    const seen = await clock.during(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return clock.now()
    })
    expect(seen).toBe(0)
    await sleeper
    expect(clock.now()).toBe(1_000)
  })

  it('moves on when the work under way is itself only waiting', async () => {
    const clock = jumpingClock(0)
    await clock.during(() => clock.aside(() => clock.sleep(30_000)))
    expect(clock.now()).toBe(30_000)
  })

  it('lets a sleeper go when it is called off', async () => {
    const clock = jumpingClock(0)
    const stop = new AbortController()
    const sleeper = clock.during(() => clock.sleep(1_000, stop.signal))
    stop.abort(new Error('enough'))
    await expect(sleeper).rejects.toThrow('enough')
    await expect(clock.sleep(1, AbortSignal.abort(new Error('at once')))).rejects.toThrow('at once')
  })
})

describe('a running clock', () => {
  it('runs as many times faster as it is told', async () => {
    const clock = runningClock(10_000, 0)
    const real = performance.now()
    await clock.sleep(6_000_000)
    // 100 minutes of the clock are 0.6 s, and stay less than 10 minutes on the slowest machine.
    expect(clock.now()).toBeGreaterThanOrEqual(5_900_000)
    expect(performance.now() - real).toBeLessThan(600_000)
  })

  it('lets a sleeper go when it is called off', async () => {
    const stop = new AbortController()
    const sleeper = runningClock().sleep(60_000, stop.signal)
    stop.abort(new Error('enough'))
    await expect(sleeper).rejects.toThrow('enough')
  })
})
