import { PrivlinkError } from '../errors.ts'
import {
  createPrivlink,
  exits,
  type CallOptions,
  type Exit,
  type Outcome,
  type Privlink,
  type PrivlinkEvent,
  type Result,
} from '../lib.ts'
import { makeRenderer, type Renderer } from '../render/renderer.ts'
import type { Context } from './context.ts'
import type { LedgerOptions, RunOptions } from './options.ts'

/** A command that is running: the library for its options, and its way to show itself. */
export interface RunningCommand {
  privlink: Privlink
  /** Shows events, and takes the command's signal along. */
  call: CallOptions
  renderer: Renderer
}

/** The end of a command: its exit code, and the outcome if it ran over the graph. */
type End = Pick<Result, 'exit' | 'errors'> & { outcome?: Outcome | undefined }

/** The outcome of a command that changes nothing and finds nothing. */
const nothing = (exit: Exit, failed: number): Outcome => ({
  exit,
  created: 0,
  changed: 0,
  deleted: 0,
  failed,
  skipped: 0,
  findings: [],
})

/**
 * Runs a command over the library: shows its events, and ends with a summary.
 *
 * @param options those of the command; `only` and others that are given to single calls are left to `work`.
 */
export async function runCommand(
  command: string,
  options: LedgerOptions & Pick<RunOptions, 'speed' | 'vantage' | 'verbose'>,
  context: Context,
  work: (running: RunningCommand) => Promise<End>,
): Promise<Exit> {
  const { stdout, stderr, environment, signal } = context
  const { config, ledger, sandbox, vantage, json = false, verbose = false } = options
  const { speed, problem } = speedOf(options, environment)
  const privlink = createPrivlink({ config, ledger, sandbox, speed, vantage, environment, clock: context.clock })
  const { clock } = privlink
  const changesAreResult = command === 'plan'
  const renderer = await makeRenderer({ json, verbose, stdout, stderr, environment, clock, changesAreResult })
  const began = clock.now()
  const end = (outcome: Outcome): Exit => {
    renderer.summary(command, outcome, clock.now() - began)
    return outcome.exit
  }
  try {
    if (problem !== undefined) throw problem
    const call = { signal, onEvent: (event: PrivlinkEvent) => show(event, renderer) }
    const { exit, errors, outcome } = await work({ privlink, call, renderer })
    if (outcome !== undefined) return end(outcome)
    return json ? end(nothing(exit, errors.length > 0 ? 1 : 0)) : exit
  } catch (thrown) {
    renderer.close()
    const exit = report(thrown, renderer)
    return json ? end(nothing(exit, 1)) : exit
  } finally {
    renderer.close()
  }
}

/** Says once that the first Ctrl-C does not stop at once, for commands that finish what is under way. */
export async function finishing<R>(
  { signal }: Context,
  { renderer }: RunningCommand,
  work: () => Promise<R>,
): Promise<R> {
  const say = () => renderer.note('finishing what is in the air; Ctrl-C again stops at once')
  if (signal.aborted) say()
  else signal.addEventListener('abort', say, { once: true })
  try {
    return await work()
  } finally {
    signal.removeEventListener('abort', say)
  }
}

function show(event: PrivlinkEvent, renderer: Renderer): void {
  if (event.event === 'rehearsal') {
    renderer.note(`rehearsing at ${event.url}, time passes ${event.speed} times faster`)
    return
  }
  // An error without a node ends the run: the lines that the renderer holds back go before it.
  if (event.event === 'error' && event.node === undefined) renderer.close()
  renderer.emit(event)
}

/** Reports a refusal of the command itself, or a bug. */
function report(thrown: unknown, renderer: Renderer): Exit {
  if (thrown instanceof PrivlinkError) {
    renderer.emit({ event: 'error', code: thrown.code, message: thrown.message, hint: thrown.hint })
    return thrown.exit
  }
  const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  const hint = 'This is a bug in privlink. Please report it with these lines; the ledger tells what was made.'
  renderer.emit({ event: 'error', code: 'Bug', message, hint })
  return exits.failed
}

/** An explicit `--speed`, else that of a sandbox in another process; undefined for the library's own. */
function speedOf({ speed }: { speed?: number }, environment: NodeJS.ProcessEnv) {
  const told = environment['PRIVLINK_CLOCK_SPEED'] ?? ''
  if (speed !== undefined || told === '') return { speed, problem: undefined }
  const wanted = Number(told)
  if (Number.isFinite(wanted) && wanted > 0) return { speed: wanted, problem: undefined }
  return {
    speed: undefined,
    problem: new PrivlinkError('WrongClockSpeed', `PRIVLINK_CLOCK_SPEED is "${told}", which is no number above 0`, {
      hint: 'Unset it, or give the speed of the sandbox that you talk to.',
      exit: exits.usage,
    }),
  }
}
