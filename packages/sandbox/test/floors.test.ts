import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const src = resolve(import.meta.dirname, '../src')

/** From the ground up: a file may import from its own floor and from those below. */
const floors = ['state', 'reads', 'writes', 'network', 'services', 'server', 'index.ts', 'main.ts']

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const floorOf = (file: string): number => floors.indexOf(file.split('/')[0] ?? file)

/** Types are imports as well: a floor that has to know the types of a higher one does not stand by itself. */
const importsOf = (file: string): string[] =>
  [...readFileSync(join(src, file), 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path = '']) =>
    relative(src, resolve(src, dirname(file), path)),
  )

const forbidden = (isForbidden: (file: string, other: string) => boolean): string[] =>
  files.flatMap((file) =>
    importsOf(file)
      .filter((other) => isForbidden(file, other))
      .map((other) => `${file} -> ${other}`),
  )

/** The folder of a service that a file belongs to; none for what all services share. */
const serviceOf = (file: string): string | undefined => /^services\/([^/]+)\//.exec(file)?.[1]

describe('imports of the sandbox', () => {
  it('belong to files of a known floor', () => {
    expect(files.filter((file) => floorOf(file) === -1)).toEqual([])
  })

  it('go down only', () => {
    expect(forbidden((file, other) => floorOf(other) > floorOf(file))).toEqual([])
  })

  it('stay inside the package', () => {
    expect(forbidden((_, other) => other.startsWith('..'))).toEqual([])
  })

  it('never lead from one service to another', () => {
    const other = (file: string, to: string): boolean => {
      const [from, target] = [serviceOf(file), serviceOf(to)]
      return from !== undefined && target !== undefined && from !== target
    }
    expect(forbidden(other)).toEqual([])
  })

  it('form no cycle', () => {
    const state = new Map<string, 'open' | 'done'>()
    const cycles: string[] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'done') return
      if (state.get(file) === 'open') {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
        return
      }
      state.set(file, 'open')
      importsOf(file).forEach((other) => visit(other, [...path, file]))
      state.set(file, 'done')
    }
    files.forEach((file) => visit(file, []))
    expect(cycles).toEqual([])
  })
})

it('Every file of the network says in its first line why it is there.', () => {
  const silent = files.filter(
    (file) => file.startsWith('network/') && !/^\/\/ [A-Z].{20,}\.\n/.test(readFileSync(join(src, file), 'utf8')),
  )
  expect(silent).toEqual([])
})
