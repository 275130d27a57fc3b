import type { EntryEvent } from './json-events.ts'
import type { Palette } from './palette.ts'
import { brief, count, inArticle } from './wording.ts'

const notWanted = 'no longer in the config'

/** The ledger's entries as a tree: by integration, then the shared ones, then those that left the config. */
export function statusTree(title: string, entries: readonly EntryEvent[], colour: Palette): string {
  const groups = new Map<string, EntryEvent[]>()
  for (const entry of entries) {
    const name = entry.wanted === false ? notWanted : groupOf(entry)
    groups.set(name, [...(groups.get(name) ?? []), entry])
  }
  const accounts = new Set(entries.map(({ account }) => account)).size
  const head = `${colour.strong(title)} – ${count(entries.length, 'thing')} in ${count(accounts, 'account')}`
  const names = [...groups.keys()].sort((a, b) => Number(a === notWanted) - Number(b === notWanted))
  return [
    head,
    ...names.flatMap((name, at) => branch(name, groups.get(name) ?? [], at === names.length - 1, colour)),
  ].join('\n')
}

const groupOf = ({ usedBy }: EntryEvent): string =>
  usedBy.length > 1 ? `shared by ${usedBy.join(', ')}` : (usedBy[0] ?? 'used by nobody')

function branch(name: string, entries: readonly EntryEvent[], last: boolean, colour: Palette): string[] {
  const sorted = entries.toSorted((a, b) => inArticle(a.article, b.article))
  const trunk = last ? '   ' : '│  '
  const width = (of: (entry: EntryEvent) => string) => Math.max(0, ...entries.map((entry) => of(entry).length))
  const [nodes, accounts] = [width(({ node }) => node), width(({ account }) => account)]
  const leaves = sorted.map((entry, at) => {
    const knot = at === entries.length - 1 ? '└─' : '├─'
    const state = entry.status === 'ready' ? colour.good(entry.status) : colour.careful(entry.status)
    const origin = entry.origin === 'adopted' ? `${colour.dim('adopted')} ` : ''
    const where = `${entry.article.padStart(4)}  ${entry.node.padEnd(nodes)}  ${entry.account.padEnd(accounts)}`
    return `${colour.dim(trunk + knot)}${where}  ${origin}${state}  ${colour.dim(idOf(entry))}`.trimEnd()
  })
  return [`${colour.dim(last ? '└─' : '├─')} ${colour.strong(name)}`, ...leaves]
}

/** The thing's id, which is the first fact of every step. Of an ARN, the part after account and Region. */
const idOf = ({ facts = {} }: EntryEvent): string => {
  const [first] = Object.values(facts).filter((fact) => typeof fact === 'string')
  return first === undefined ? '' : brief(/^arn:(?:[^:]*:){4}(.+)$/.exec(first)?.[1] ?? first, 100)
}
