import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const src = resolve(import.meta.dirname, '../src')

/** A variable of a module that can change: it would outlive the run, and another run in the same process would see it. */
const changeable = [
  /^(export )?let /,
  /^(export )?const \w+ = new (Map|Set|WeakMap|WeakSet)\b/,
  /^(export )?const \w+: (Weak)?(Map|Set)</,
  /^(export )?const \w+: [^=]*\[\] = \[\]/,
  /^(export )?const \w+: Record<[^=]* = \{\}$/,
]

const isChangeable = (line: string): boolean => changeable.some((pattern) => pattern.test(line))

it('no module of src keeps anything that can change, since nothing may live longer than a run', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const found = files.flatMap((file) =>
    readFileSync(resolve(src, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (isChangeable(line) ? [`src/${file}:${index + 1}: ${line}`] : [])),
  )
  expect(found).toEqual([])
})

it.each([
  ['let made: Promise<string> | undefined', true],
  ['const turns = new Map<string, Promise<unknown>>()', true],
  ['export const seen: Set<string> = new Set()', true],
  ['const told: string[] = []', true],
  ["const harmless: ReadonlySet<string> = new Set(['GET'])", false],
  ['  const own = new Map<string, string>()', false],
  ['const ours = perRun(() => new Map<string, Set<string>>())', false],
])('the rule judges `%s`: %s', (line, expected) => {
  expect(isChangeable(line)).toBe(expected)
})
