import type { EngineEvent } from '../engine/events.ts'
import type { Palette } from './palette.ts'
import { driftLine, labelText } from './wording.ts'

export type EventOf<E extends EngineEvent['event']> = Extract<EngineEvent, { event: E }>

/** Shows the progress of a run while it runs. */
export interface ProgressView {
  progress(event: EventOf<'progress'>): void
  /** A line that stays. */
  line(text: string): void
  /** Gives the terminal back. */
  close(): void
}

/** An error or a warning with its hint, as lines. */
export function problemLines(event: EventOf<'error'> | EventOf<'warning'>, colour: Palette): string {
  const where =
    event.event === 'error' && event.node !== undefined
      ? `${labelText({ node: event.node, title: event.title ?? '', account: event.account ?? '?', article: event.article ?? '?' })}: `
      : ''
  const head = event.event === 'error' ? colour.bad('error') : colour.careful('warning')
  const hint = event.hint === undefined ? [] : [`  ${colour.dim('→')} ${event.hint}`]
  // A list of problems begins on a line of its own, so that each can be clicked on.
  const gap = event.message.includes('\n') ? '\n' : ' '
  return [`${head}:${gap}${where}${event.message}`, ...hint].join('\n')
}

/** The line of an update, a replacement or an adoption; the progress reports creates and deletes already. */
export function changeLine({ action, drift = [], ...place }: EventOf<'change'>, colour: Palette): string | undefined {
  if (action === '=' || action === '+' || action === '-') return undefined
  const what = drift.map(driftLine).join(', ')
  return `${colour.change(action)} ${labelText(place)}${what === '' ? '' : `: ${what}`}`
}
