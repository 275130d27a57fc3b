import type { Clock } from '../clock.ts'
import { exits, type Exit, type PrivlinkError } from '../errors.ts'
import { errorOf, type Failure, failureIn } from './failure.ts'
import type { CallOptions, PrivlinkEvent, PrivlinkOptions } from './options.ts'
import type { Result } from './results.ts'

/** One call of the library while it is under way. */
export interface Call {
  options: PrivlinkOptions
  clock: Clock
  /** How many times faster than the machine's the clock runs. */
  speed: number
  emit: (event: PrivlinkEvent) => void
  /** Never aborted where the caller gives none. */
  signal: AbortSignal
}

/**
 * Makes a call, and turns what it throws into its result.
 *
 * @param work returns its exit code and the rest of the result.
 * @param otherwise the rest of the result where `work` throws.
 * @throws only bugs.
 */
export async function makeCall<R extends object>(
  { options, clock, speed }: Pick<Call, 'options' | 'clock' | 'speed'>,
  { onEvent, signal = new AbortController().signal }: CallOptions,
  otherwise: R,
  work: (call: Call) => Promise<R & { exit: Exit }>,
): Promise<Result & R> {
  const errors: Failure[] = []
  const emit = (event: PrivlinkEvent): void => {
    if (event.event === 'error') errors.push(failureIn(event))
    onEvent?.(event)
  }
  const end = (rest: R & { exit: Exit }): Result & R => ({ ...rest, ok: rest.exit === exits.done, errors })
  try {
    return end(await work({ options, clock, speed, emit, signal }))
  } catch (thrown) {
    const { code, message, hint, exit }: PrivlinkError = errorOf(thrown, signal)
    emit({ event: 'error', code, message, hint })
    return end({ ...otherwise, exit })
  }
}
