import ora from 'ora'
import type { Clock } from '../clock.ts'
import type { Phase } from '../engine/events.ts'
import type { Palette } from './palette.ts'
import type { ProgressView, EventOf } from './progress.ts'
import { cut, duration } from './wording.ts'

/** The interval at which the elapsed time is written anew, in real ms. */
const tick = 200

const symbols: Partial<Record<Phase, [keyof Palette, string]>> = {
  ready: ['good', '✔'],
  gone: ['good', '✔'],
  kept: ['dim', '∙'],
  skipped: ['careful', '↷'],
  failed: ['bad', '✖'],
}

const doing: Partial<Record<Phase, string>> = { looking: 'looking', waiting: 'waiting' }

/**
 * One spinner that says which node is waited for and since when; above it, a line for every node that is done.
 */
export function terminalProgress(
  stderr: NodeJS.WriteStream,
  { clock, colour, coloured }: { clock: Clock; colour: Palette; coloured: boolean },
): ProgressView {
  const active = new Map<string, { event: EventOf<'progress'>; since: number }>()
  const spinner = ora({ stream: stderr, isEnabled: true, discardStdin: false, color: coloured && 'cyan' })
  let ticking: NodeJS.Timeout | undefined

  const show = () => {
    // The run waits for the node that has been under way longest.
    const [oldest] = active.values()
    if (oldest === undefined) return
    const { event, since } = oldest
    const what = `${event.title} (${event.account}, step ${event.article})`
    const state = [doing[event.phase] ?? event.phase, ...(event.detail === undefined ? [] : [event.detail])].join(': ')
    const others = active.size > 1 ? ` · ${active.size - 1} more` : ''
    const tail = ` · ${duration(clock.now() - since)}${others}`
    // A line that wraps cannot be erased again.
    spinner.text = cut(`${what} – ${state}`, Math.max(20, (stderr.columns ?? 80) - tail.length - 4)) + colour.dim(tail)
  }
  const rest = () => {
    clearInterval(ticking)
    ticking = undefined
    if (spinner.isSpinning) spinner.stop()
  }
  const spin = () => {
    show()
    if (!spinner.isSpinning) spinner.start()
    ticking ??= setInterval(show, tick).unref()
  }
  const line = (text: string) => {
    const spinning = spinner.isSpinning
    if (spinning) spinner.clear()
    stderr.write(`${text}\n`)
    if (spinning) spinner.render()
  }
  return {
    progress: (event) => {
      const since = active.get(event.node)?.since ?? clock.now()
      const symbol = symbols[event.phase]
      if (symbol === undefined) {
        active.set(event.node, { event, since })
        return spin()
      }
      active.delete(event.node)
      line(done(event, clock.now() - since, symbol, colour))
      if (active.size === 0) rest()
      else show()
    },
    line,
    close: () => {
      active.clear()
      rest()
    },
  }
}

function done(
  event: EventOf<'progress'>,
  ms: number,
  [meaning, symbol]: [keyof Palette, string],
  colour: Palette,
): string {
  const took = ms >= 1000 ? ` ${duration(ms)}` : ''
  // The reason of a failure follows as an error of its own.
  const why = event.detail === undefined || event.phase === 'failed' ? '' : ` – ${event.detail}`
  const where = `${event.account.padEnd(14)} ${event.article.padStart(4)}`
  return `${colour[meaning](symbol)} ${where}  ${event.title} ${colour.dim(`${event.node}${took}${why}`)}`
}
