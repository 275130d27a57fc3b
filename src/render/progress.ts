import type { EngineEvent } from '../engine/events.ts'
import type { Palette } from './palette.ts'
import { driftLine, placed } from './wording.ts'

export type Told<E extends EngineEvent['event']> = Extract<EngineEvent, { event: E }>

/** How the course of a run is shown while it runs. */
export interface Course {
  progress(event: Told<'progress'>): void
  /** A line that stays. */
  line(text: string): void
  /** Gives the terminal back. */
  close(): void
}

/** An error or a warning with its way out, as lines. */
export function trouble(event: Told<'error'> | Told<'warning'>, colour: Palette): string {
  const where =
    event.event === 'error' && event.node !== undefined
      ? `${placed({ node: event.node, title: event.title ?? '', account: event.account ?? '?', article: event.article ?? '?' })}: `
      : ''
  const head = event.event === 'error' ? colour.bad('error') : colour.careful('warning')
  const hint = event.hint === undefined ? [] : [`  ${colour.dim('→')} ${event.hint}`]
  // A list of problems begins on a line of its own, so that each can be clicked on.
  const gap = event.message.includes('\n') ? '\n' : ' '
  return [`${head}:${gap}${where}${event.message}`, ...hint].join('\n')
}

/** What is worth a line of a change that is being made; creating and deleting are told by their progress. */
export function changeInPassing({ action, drift = [], ...place }: Told<'change'>, colour: Palette): string | undefined {
  if (action === '=' || action === '+' || action === '-') return undefined
  const what = drift.map(driftLine).join(', ')
  return `${colour.change(action)} ${placed(place)}${what === '' ? '' : `: ${what}`}`
}
