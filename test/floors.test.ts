import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const src = resolve(import.meta.dirname, '../src')

/** From the ground up; a file may import from its own floor and from those below. */
const floors = [
  ['error-codes.ts', 'errors.ts', 'clock.ts'],
  ['engine'],
  ['aws', 'disk'],
  ['steps'],
  ['flows'],
  ['library'],
  ['lib.ts'],
  ['render'],
  ['commands'],
  ['cli.ts'],
  ['main.ts'],
]
/** The steps would be tested against their own reflection. */
const neverFromSandbox = ['engine', 'aws', 'disk', 'steps', 'flows', 'render']

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const roomOf = (file: string): string => file.split('/')[0] ?? file
const floorOf = (file: string): number => floors.findIndex((rooms) => rooms.includes(roomOf(file)))

const importsOf = (file: string): string[] =>
  [...readFileSync(join(src, file), 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path = '']) =>
    relative(src, resolve(src, dirname(file), path)),
  )

describe('imports', () => {
  it('know every folder of the program', () => {
    expect(files.filter((file) => floorOf(file) === -1)).toEqual([])
  })

  it('go down only', () => {
    const upward = files.flatMap((file) =>
      importsOf(file)
        .filter((other) => floorOf(other) > floorOf(file))
        .map((other) => `${file} -> ${other}`),
    )
    expect(upward).toEqual([])
  })

  it('never lead from the sandbox to what it is there to test', () => {
    const forbidden = files
      .filter((file) => roomOf(file) === 'sandbox')
      .flatMap((file) =>
        importsOf(file)
          .filter((other) => neverFromSandbox.includes(roomOf(other)))
          .map((other) => `${file} -> ${other}`),
      )
    expect(forbidden).toEqual([])
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
