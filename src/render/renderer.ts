import type { Clock } from '../clock.ts'
import type { EngineEvent, Listener } from '../engine/events.ts'
import type { Outcome } from '../engine/run.ts'
import { jsonEventOf, jsonLine, type JsonEvent } from './json-events.ts'
import { paletteFor, wantsColour } from './palette.ts'
import { plainCourse } from './plain.ts'
import { gatherSkips } from './skips.ts'
import { changeInPassing, trouble, type Course, type Told } from './progress.ts'
import { findingsReport, planReport, summaryLine } from './report.ts'
import { terminalCourse } from './terminal.ts'

/** Where a run shows itself: results on stdout, its course on stderr. */
export interface Renderer {
  emit: Listener
  /** A result, for people; with `--json` its events. */
  result(text: (colour: ReturnType<typeof paletteFor>) => string, events: readonly JsonEvent[]): void
  /** A line beside the results, for people only. */
  note(text: string): void
  /** Reports what was found and ends the run's account of itself. `ms` is of the run's own clock. */
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
  /** A plan's changes are its result; those of other commands happen in passing. */
  changesAreResult?: boolean
}

export function makeRenderer(options: RendererOptions): Renderer {
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

function humanRenderer(options: RendererOptions): Renderer {
  const { stdout, stderr, environment, verbose, changesAreResult = false } = options
  const resultColour = paletteFor(wantsColour(stdout, environment))
  const ink = paletteFor(wantsColour(stderr, environment))
  const course = verbose ? courseOf(options, ink) : gatherSkips(courseOf(options, ink))
  const findings: Told<'finding'>[] = []
  const changes: Told<'change'>[] = []
  const told = new Set<string>()

  const hear: { [E in EngineEvent['event']]: (event: Told<E>) => void } = {
    progress: course.progress,
    change: (event) => {
      changes.push(event)
      const line = changesAreResult ? undefined : changeInPassing(event, ink)
      if (line !== undefined) course.line(line)
    },
    finding: (event) => void findings.push(event),
    error: (event) => course.line(trouble(event, ink)),
    warning: (event) => {
      // Every node that meets the same trouble says so; once is enough for people.
      if (!told.has(event.message)) course.line(trouble(event, ink))
      told.add(event.message)
    },
  }
  return {
    // The listener is picked by the very event that it is given.
    emit: (event) => (hear[event.event] as Listener)(event),
    result: (text) => void stdout.write(`${text(resultColour)}\n`),
    note: course.line,
    summary: (command, outcome, ms) => {
      course.close()
      if (changesAreResult) stdout.write(`${planReport(changes, resultColour, verbose)}\n`)
      if (findings.length > 0) stdout.write(`${findingsReport(findings, resultColour)}\n`)
      stdout.write(`${summaryLine(command, outcome, ms, resultColour)}\n`)
    },
    close: course.close,
  }
}

const courseOf = (
  { stderr, clock, verbose, environment }: RendererOptions,
  colour: ReturnType<typeof paletteFor>,
): Course =>
  isTerminal(stderr) && environment['TERM'] !== 'dumb' && (environment['CI'] ?? '') === ''
    ? terminalCourse(stderr, { clock, colour, coloured: wantsColour(stderr, environment) })
    : plainCourse(stderr, verbose)

const isTerminal = (stream: NodeJS.WritableStream): stream is NodeJS.WriteStream =>
  'isTTY' in stream && stream.isTTY === true
