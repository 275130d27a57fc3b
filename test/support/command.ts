import { Readable } from 'node:stream'
import { main } from '../../src/cli.ts'
import { paper } from './paper.ts'

/** Runs the command line in this process, away from any terminal. */
export async function command(
  argv: readonly string[],
  {
    environment = {},
    signal = new AbortController().signal,
  }: { environment?: NodeJS.ProcessEnv; signal?: AbortSignal } = {},
) {
  const [stdout, stderr] = [paper(), paper()]
  const exit = await main(argv, {
    stdin: Readable.from([]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    environment,
    signal,
  })
  return { exit, stdout: stdout.text(), stderr: stderr.text() }
}
