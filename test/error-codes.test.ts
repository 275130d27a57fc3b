import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorCodes } from '../src/error-codes.ts'

const root = resolve(import.meta.dirname, '..')
const codes = Object.keys(errorCodes)

describe('error codes', () => {
  it('stand in the order of the alphabet', () => {
    expect(codes).toEqual(codes.toSorted((a, b) => (a < b ? -1 : 1)))
  })

  it('have a page each in docs/errors.md, and no page has lost its code', () => {
    const page = readFileSync(resolve(root, 'docs/errors.md'), 'utf8')
    expect([...page.matchAll(/^### (\w+)$/gm)].map(([, code]) => code)).toEqual(codes)
  })

  it('are all used', () => {
    const files = readdirSync(resolve(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && file !== 'error-codes.ts')
      .map((file) => readFileSync(resolve(root, 'src', file), 'utf8'))
    expect(codes.filter((code) => !files.some((text) => text.includes(`'${code}'`)))).toEqual([])
  })

  it.each(Object.entries(errorCodes))(
    '%s says in sentences why it happens and what to do',
    (_code, { cause, action }) => {
      for (const text of [cause, action]) expect(text).toMatch(/^([A-Z`]|privlink ).*\.$/)
    },
  )
})
