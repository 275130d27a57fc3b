import type { NodeLabel } from '../engine/events.ts'
import type { Drift } from '../engine/step.ts'

/** `850ms` is `0s`, 72 s is `1m12s`, 3700 s is `1h01m`. */
export function duration(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000))
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor((all % 3600) / 60), all % 60]
  const two = (n: number) => String(n).padStart(2, '0')
  if (hours > 0) return `${hours}h${two(minutes)}m`
  return minutes > 0 ? `${minutes}m${two(seconds)}s` : `${seconds}s`
}

/** A node with its place in the article and its account. */
export const labelText = ({ node, account, article }: NodeLabel): string =>
  `${node} (step ${article}, account ${account})`

/** The order of the article's step numbers: `4` before `10`. */
export const inArticle = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })

/** A value on one line, cut where it gets long. */
export function brief(value: unknown, longest = 60): string {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : (JSON.stringify(value) ?? '?')
  return cut(text, longest)
}

export const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, Math.max(0, longest - 1))}…`

export const driftLine = ({ field, was, want }: Drift): string => `${field}: ${brief(was)} → ${brief(want)}`

export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
