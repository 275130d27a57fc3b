import type { Clock } from '../clock.ts'
import type { EngineEvent, Listener } from '../engine/events.ts'
import type { Outcome } from '../engine/run.ts'
import { jsonEventOf, jsonLine, type JsonEvent } from './json-events.ts'
import { paletteFor, wantsColour } from './palette.ts'
import { plainProgress } from './plain.ts'
import { groupSkips } from './skips.ts'
import { changeLine, problemLines, type ProgressView, type EventOf } from './progress.ts'
import { findingsReport, planReport, summaryLine } from './report.ts'

/** Shows a run: results on stdout, progress on stderr. */
export interface Renderer {
  emit: Listener
  /** A result, for people; with `--json` its events. */
  result(text: (colour: ReturnType<typeof paletteFor>) => string, events: readonly JsonEvent[]): void
  /** A line beside the results, for people only. */
  note(text: string): void
  /** Reports the findings and the outcome; nothing follows it. `ms` is of the run's own clock. */
  summary(command: string, outcome: Outcome, ms: number): void
  /** Gives the terminal back. */
  close(): void
}

export interface RendererOptions {
  json: boolean
  verbose: boolean
  stdout: NodeJS.WritableStream & { isTTY?: boolean }
  stderr: NodeJS.WritableStream & { isTTY?: boolean }
  environment: NodeJS.ProcessEnv
  clock: Clock
  /** The changes of a plan are its result; those of other commands are progress. */
  changesAreResult?: boolean
}

export async function makeRenderer(options: RendererOptions): Promise<Renderer> {
  return options.json ? jsonRenderer(options) : humanRenderer(options)
}

function jsonRenderer({ stdout }: RendererOptions): Renderer {
  const write = (event: JsonEvent) => void stdout.write(jsonLine(event))
  return {
    emit: (event) => write(jsonEventOf(event)),
    result: (_text, events) => events.forEach(write),
    note: () => undefined,
    summary: (command, outcome, ms) => {
      const { findings: _, ...counts } = outcome
      write({ event: 'summary', command, ok: outcome.exit === 0, ...counts, seconds: Math.round(ms / 100) / 10 })
    },
    close: () => undefined,
  }
}

async function humanRenderer(options: RendererOptions): Promise<Renderer> {
  const { stdout, stderr, environment, verbose, changesAreResult = false } = options
  const resultColour = paletteFor(wantsColour(stdout, environment))
  const progressColour = paletteFor(wantsColour(stderr, environment))
  const everything = await progressViewFor(options, progressColour)
  const progressView = verbose ? everything : groupSkips(everything)
  const findings: EventOf<'finding'>[] = []
  const changes: EventOf<'change'>[] = []
  const warned = new Set<string>()

  const handlers: { [E in EngineEvent['event']]: (event: EventOf<E>) => void } = {
    progress: progressView.progress,
    change: (event) => {
      changes.push(event)
      const line = changesAreResult ? undefined : changeLine(event, progressColour)
      if (line !== undefined) progressView.line(line)
    },
    finding: (event) => void findings.push(event),
    error: (event) => progressView.line(problemLines(event, progressColour)),
    warning: (event) => {
      // Every node that meets the same problem reports it; people need to read it once.
      if (!warned.has(event.message)) progressView.line(problemLines(event, progressColour))
      warned.add(event.message)
    },
  }
  return {
    // The listener is picked by the very event that it is given.
    emit: (event) => (handlers[event.event] as Listener)(event),
    result: (text) => void stdout.write(`${text(resultColour)}\n`),
    note: progressView.line,
    summary: (command, outcome, ms) => {
      progressView.close()
      if (changesAreResult) stdout.write(`${planReport(changes, resultColour, verbose)}\n`)
      if (findings.length > 0) stdout.write(`${findingsReport(findings, resultColour)}\n`)
      stdout.write(`${summaryLine(command, outcome, ms, resultColour)}\n`)
    },
    close: progressView.close,
  }
}

/** The spinner is loaded only for a terminal: most runs of a pipeline never see one. */
async function progressViewFor(
  { stderr, clock, verbose, environment }: RendererOptions,
  colour: ReturnType<typeof paletteFor>,
): Promise<ProgressView> {
  const isQuiet = environment['TERM'] === 'dumb' || (environment['CI'] ?? '') !== ''
  if (!isTerminal(stderr) || isQuiet) return plainProgress(stderr, verbose)
  const { terminalProgress } = await import('./terminal.ts')
  return terminalProgress(stderr, { clock, colour, coloured: wantsColour(stderr, environment) })
}

const isTerminal = (stream: NodeJS.WritableStream): stream is NodeJS.WriteStream =>
  'isTTY' in stream && stream.isTTY === true
