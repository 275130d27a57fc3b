import { runningClock, type Clock } from '../clock.ts'
import type { Outcome } from '../engine/run.ts'
import { PrivlinkError, exits, type Exit } from '../errors.ts'
import { makeRenderer, type Renderer } from '../render/renderer.ts'
import type { Context, Options } from './context.ts'

/** A running command: its clock and its way to show itself. */
export interface RunningCommand {
  command: string
  options: Options
  context: Context
  clock: Clock
  /** How many times faster than the machine's the clock runs. */
  speed: number
  renderer: Renderer
}

/** What a command that changes nothing and finds nothing comes to. */
const nothing = (exit: Exit = exits.done): Outcome => ({
  exit,
  created: 0,
  changed: 0,
  deleted: 0,
  failed: 0,
  skipped: 0,
  findings: [],
})

/** In a rehearsal, a minute of AWS passes in a second. */
const rehearsalSpeed = 60

/**
 * Runs a command: shows what it does, turns what it throws into messages and exit codes. `work` may return an exit code
 * instead of an outcome when it has shown its result itself.
 */
export async function runCommand(
  command: string,
  options: Options,
  context: Context,
  work: (stage: RunningCommand) => Promise<Outcome | Exit>,
  defaultSpeed = options.sandbox === true ? rehearsalSpeed : 1,
): Promise<Exit> {
  const { stdout, stderr, environment, signal } = context
  const json = options.json === true
  const { speed, problem } = speedOf(options, environment, defaultSpeed)
  const clock = context.clock ?? runningClock(speed)
  const changesAreResult = command === 'plan'
  const verbose = options.verbose === true
  const renderer = makeRenderer({ json, verbose, stdout, stderr, environment, clock, changesAreResult })
  const began = clock.now()
  const end = (outcome: Outcome): Exit => {
    renderer.summary(command, outcome, clock.now() - began)
    return outcome.exit
  }
  try {
    if (problem !== undefined) throw problem
    const result = await work({ command, options, context, clock, speed, renderer })
    if (typeof result === 'object') return end(result)
    if (json) return end(nothing(result))
    return result
  } catch (thrown) {
    renderer.close()
    const exit = report(thrown, renderer, signal)
    return json ? end({ ...nothing(exit), failed: 1 }) : exit
  } finally {
    renderer.close()
  }
}

function report(thrown: unknown, renderer: Renderer, signal: AbortSignal): Exit {
  if (thrown instanceof PrivlinkError) {
    renderer.emit({ event: 'error', code: thrown.code, message: thrown.message, hint: thrown.hint })
    return thrown.exit
  }
  if (signal.aborted && thrown === signal.reason) {
    const hint = 'Run the same command again: it goes on from here.'
    renderer.emit({ event: 'error', code: 'Interrupted', message: 'stopped before it was done', hint })
    return exits.interrupted
  }
  const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  const hint = 'This is a bug in privlink. Please report it with these lines; the ledger tells what was made.'
  renderer.emit({ event: 'error', code: 'Bug', message, hint })
  return exits.failed
}

/** An explicit `--speed`, else that of a sandbox in another process, else the command's own. */
function speedOf(options: Options, environment: NodeJS.ProcessEnv, otherwise: number) {
  const warned = environment['PRIVLINK_CLOCK_SPEED'] ?? ''
  const speed = options.speed ?? (warned === '' ? otherwise : Number(warned))
  if (Number.isFinite(speed) && speed > 0) return { speed, problem: undefined }
  return {
    speed: 1,
    problem: new PrivlinkError('WrongClockSpeed', `PRIVLINK_CLOCK_SPEED is "${warned}", which is no number above 0`, {
      hint: 'Unset it, or give the speed of the sandbox that you talk to.',
      exit: exits.usage,
    }),
  }
}
