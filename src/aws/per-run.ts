/** A value that the steps of one run share: it is made at its first use and goes with the run. */
export interface PerRun<T> {
  make(): T
}

export const perRun = <T>(make: () => T): PerRun<T> => ({ make })

/** Returns a run's own value; the same one whenever it is asked for. */
export type RunMemory = <T>(value: PerRun<T>) => T

/** The memory of one run: nothing in it is seen by another run of the same process. */
export function openRunMemory(): RunMemory {
  const held = new Map<PerRun<unknown>, unknown>()
  return <T>(value: PerRun<T>): T => {
    if (!held.has(value)) held.set(value, value.make())
    // Only the line above fills it, with what this very value makes.
    return held.get(value) as T
  }
}
