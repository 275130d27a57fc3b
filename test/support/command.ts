import { Readable } from 'node:stream'
import { main } from '../../src/cli.ts'
import type { Clock } from '../../src/clock.ts'
import { paper } from './paper.ts'

interface Circumstances {
  environment?: NodeJS.ProcessEnv
  signal?: AbortSignal
  clock?: Clock
  /** Told what is written to stderr, as it is written. */
  listen?: (said: string) => void
}

/** Runs the command line in this process, away from any terminal. */
export async function command(argv: readonly string[], circumstances: Circumstances = {}) {
  const { environment = {}, signal = new AbortController().signal, clock, listen } = circumstances
  const [stdout, stderr] = [paper(), paper(false, listen)]
  const exit = await main(argv, {
    stdin: Readable.from([]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    environment,
    signal,
    ...(clock && { clock }),
  })
  return { exit, stdout: stdout.text(), stderr: stderr.text() }
}
