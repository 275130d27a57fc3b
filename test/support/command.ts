import { PassThrough, Readable } from 'node:stream'
import { main } from '../../src/cli.ts'
import type { Clock } from '../../src/clock.ts'
import { capture } from './capture.ts'

export interface Circumstances {
  environment?: NodeJS.ProcessEnv
  signal?: AbortSignal
  clock?: Clock
  /** Told what is written to stderr, as it is written. */
  listen?: (said: string) => void
  /** Sits at a terminal, and types this once a question is asked. */
  types?: string
}

/** Runs the command line in this process, away from any terminal unless somebody types. */
export async function command(argv: readonly string[], circumstances: Circumstances = {}) {
  const { environment = {}, signal = new AbortController().signal, clock, listen, types } = circumstances
  const atTerminal = types !== undefined
  const keyboard = Object.assign(new PassThrough(), { isTTY: true })
  const hear = (said: string) => {
    listen?.(said)
    if (atTerminal && said.includes('?')) keyboard.write(types)
  }
  const [stdout, stderr] = [capture(atTerminal), capture(atTerminal, hear)]
  const exit = await main(argv, {
    stdin: atTerminal ? keyboard : Readable.from([]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    environment,
    signal,
    ...(clock && { clock }),
  })
  return { exit, stdout: stdout.text(), stderr: stderr.text() }
}
