import type { Outcome } from '../engine/run.ts'
import type { Verdict } from '../engine/step.ts'
import type { Palette } from './palette.ts'
import type { EventOf } from './progress.ts'
import { count, driftLine, duration, inArticle, labelText } from './wording.ts'

const symbols: Record<Verdict, [keyof Palette, string]> = {
  ok: ['good', '✔'],
  failed: ['bad', '✖'],
  unproved: ['careful', '?'],
  skipped: ['dim', '↷'],
}

/** The findings, by integration; those of a shared node stand under all its users. */
export function findingsReport(findings: readonly EventOf<'finding'>[], colour: Palette): string {
  const groups = new Map<string, string[]>()
  for (const finding of findings.toSorted(inOrder)) {
    const name = finding.integrations.join(', ') || 'all'
    groups.set(name, [...(groups.get(name) ?? [colour.strong(name)]), findingLine(finding, colour)])
  }
  return [...groups.values()].flat().join('\n')
}

/** Shared nodes come after those of one integration; otherwise the article's order holds: `4` before `10`. */
const inOrder = (a: EventOf<'finding'>, b: EventOf<'finding'>): number =>
  a.integrations.length - b.integrations.length ||
  a.integrations.join().localeCompare(b.integrations.join(), 'en') ||
  inArticle(a.article, b.article) ||
  a.node.localeCompare(b.node, 'en')

function findingLine(finding: EventOf<'finding'>, colour: Palette): string {
  const { check, verdict, hop, evidence, hint, node, article, account } = finding
  const [meaning, symbol] = symbols[verdict]
  const said = [...(verdict === 'ok' ? [] : [verdict]), ...(hop === undefined ? [] : [`at ${hop}`])].join(' ')
  const because = [said, evidence ?? ''].filter((part) => part !== '').join(': ')
  const head = `  ${colour[meaning](symbol)} ${check} ${colour.dim(`(${node}, step ${article}, ${account})`)}`
  const way = hint === undefined || verdict === 'ok' ? [] : [`      ${colour.dim('→')} ${hint}`]
  return [`${head}${because === '' ? '' : ` – ${because}`}`, ...way].join('\n')
}

/** The plan, in the order in which setup would act. Nodes without a change are only counted, unless `verbose`. */
export function planReport(changes: readonly EventOf<'change'>[], colour: Palette, verbose: boolean): string {
  const shown = changes.filter(({ action }) => verbose || action !== '=')
  const lines = shown.flatMap(({ action, drift = [], knownAfter = [], ...place }) => [
    `${colour[action === '-' || action === '-/+' ? 'bad' : 'change'](action.padStart(3))} ${labelText(place)}  ${place.title}`,
    ...drift.map((one) => `      ${driftLine(one)}`),
    ...(knownAfter.length === 0 ? [] : [colour.dim(`      known after ${knownAfter.join(', ')}`)]),
  ])
  const number = (...actions: string[]) => changes.filter(({ action }) => actions.includes(action)).length
  const total = [
    `${number('+')} to create`,
    `${number('~')} to change`,
    `${number('-/+')} to replace`,
    `${number('<=')} to adopt`,
    `${number('-')} no longer wanted`,
    `${number('=')} as wanted`,
  ].join(', ')
  return [...lines, total].join('\n')
}

/** The last line of a run. `ms` is of the run's own clock. */
export function summaryLine(command: string, outcome: Outcome, ms: number, colour: Palette): string {
  const troubles = [
    [outcome.failed, 'failed'],
    [outcome.skipped, 'skipped'],
  ] as const
  const changes = [
    [outcome.created, 'created'],
    [outcome.changed, 'changed'],
    [outcome.deleted, 'deleted'],
  ] as const
  // The counts of a plan are intentions, and the plan itself reports them.
  const isPlan = command === 'plan'
  const counts = isPlan ? troubles : [...changes, ...troubles]
  const done = counts.flatMap(([n, word]) => (n > 0 ? [`${n} ${word}`] : []))
  const checks = (verdict: Verdict) => outcome.findings.filter((finding) => finding.verdict === verdict).length
  const proofs =
    outcome.findings.length === 0 ? [] : [`${checks('ok')} of ${count(outcome.findings.length, 'check')} ok`]
  const unproved = checks('unproved') > 0 ? [`${checks('unproved')} unproved`] : []
  const parts = [...done, ...proofs, ...unproved]
  const isHalfDone = outcome.created + outcome.changed + outcome.deleted > 0
  const word =
    isPlan && outcome.exit === 3 ? 'found changes' : words[outcome.exit === 2 && isHalfDone ? 1 : outcome.exit]
  const idle = outcome.exit === 0 && !isPlan ? ': nothing to do' : ''
  const came = parts.length > 0 ? `: ${parts.join(', ')}` : idle
  const said = `${command} ${word} in ${duration(ms)}${came}`
  return outcome.exit === 0 ? colour.good(said) : colour.bad(said)
}

const words: Record<Outcome['exit'], string> = {
  0: 'done',
  1: 'failed',
  2: 'was refused',
  3: 'found something that is not as it should be',
  4: 'lacked credentials or permissions',
  130: 'was interrupted',
}
