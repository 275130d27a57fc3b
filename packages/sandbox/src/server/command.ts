import { once } from 'node:events'
import { parseArgs } from 'node:util'

import { messageOf, SandboxError } from '../state/errors.ts'
import { readFaults } from './faults.ts'
import { readJson } from './read-json.ts'
import { type SandboxOptions, startSandbox } from './sandbox.ts'
import { readSeed } from './seed/read-seed.ts'

/** The streams that a command writes to, and the signal that stops it. */
interface Surroundings {
  out(line: string): void
  err(line: string): void
  signal: AbortSignal
}

const usage = `Usage: privlink-sandbox [options]

Serves a local AWS on 127.0.0.1 until it is told to stop, by Ctrl-C or SIGTERM.

  --port N       port to listen on; a free one without it
  --state FILE   JSON file that the world is read from and kept in
  --seed FILE    JSON file that says what exists at first; unused where --state has a world already
  --faults FILE  JSON list of what goes wrong on purpose
  --speed N      how many times faster than real time the clock runs; 1 without it
  --help         show this`

const options = {
  port: { type: 'string' },
  state: { type: 'string' },
  seed: { type: 'string' },
  faults: { type: 'string' },
  speed: { type: 'string' },
  help: { type: 'boolean' },
} as const

const askHelp = 'Run privlink-sandbox --help for what there is.'

/**
 * The command of the package: serves a sandbox until the signal aborts.
 *
 * @returns the exit code: 0, or 2 for what the user has to put right, which is said without a stack trace.
 */
export async function runCommand(argv: readonly string[], surroundings: Surroundings): Promise<0 | 2> {
  try {
    const values = readArguments(argv)
    if (values.help === true) surroundings.out(usage)
    else await serve(await readOptions(values), surroundings)
    return 0
  } catch (thrown) {
    if (!(thrown instanceof SandboxError)) throw thrown
    surroundings.err(`privlink-sandbox: ${thrown.message}`)
    if (thrown.hint !== undefined) surroundings.err(thrown.hint)
    return 2
  }
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options }).values
  } catch (thrown) {
    // Node adds advice on positional arguments, of which there are none here.
    const [reason = ''] = messageOf(thrown).split('. ')
    throw new SandboxError('InvalidArguments', reason, { hint: askHelp, cause: thrown })
  }
}

async function readOptions({ port, state, seed, faults, speed }: ReturnType<typeof readArguments>) {
  const read: SandboxOptions = {
    ...(port !== undefined && { port: numberIn('--port', port, /^\d{1,5}$/, 65_535) }),
    ...(speed !== undefined && { speed: numberIn('--speed', speed, /^(?!0*\.?0*$)\d+(\.\d+)?$/, 1_000_000) }),
    ...(state !== undefined && { stateFile: state }),
    ...(seed !== undefined && { seed: await readSeed(seed) }),
    ...(faults !== undefined && { faults: readFaults(await readJson(faults, '--faults')) }),
  }
  return read
}

function numberIn(option: string, text: string, form: RegExp, most: number): number {
  if (form.test(text) && Number(text) <= most) return Number(text)
  throw new SandboxError('InvalidArguments', `${option} ${text}: it is not a number up to ${most}`, { hint: askHelp })
}

async function serve(wanted: SandboxOptions, { out, err, signal }: Surroundings): Promise<void> {
  const sandbox = await startSandbox(wanted).catch((thrown: unknown) => {
    throw isTaken(thrown) ? portTaken(wanted.port ?? 0) : thrown
  })
  out(`AWS_ENDPOINT_URL=${sandbox.url}`)
  err('An access key id of 12 digits is that account, with any secret. Stop with Ctrl-C.')
  if (!signal.aborted) await once(signal, 'abort')
  await sandbox.close()
}

const isTaken = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE'

const portTaken = (port: number): SandboxError =>
  new SandboxError('PortTaken', `--port ${port}: another program listens on it`, {
    hint: 'Choose another port, or leave --port out to get a free one.',
  })
