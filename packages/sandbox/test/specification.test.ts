import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { services } from '../src/services/services.ts'

/** The specification without sources, code and quotations, which name operations that the sandbox may not have. */
const specification = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  .replaceAll(/\[[^\][]*\](\([^)]*\))?/g, '')
  .replaceAll(/`[^`]*`|"[^"]*"/g, '')

/** Each bullet is one sentence or more, about what is in the section that it stands in. */
const sentences = specification.split(/\n(?=- |\n|#)/).map((text) => text.replaceAll(/\s+/g, ' '))

const named = (text: string): string[] => text.match(/\b[A-Z]\w+/g) ?? []

const operations = new Set(services.flatMap((service) => Object.keys(service.operations)))

const verbs = [...operations].map((name) => /^[A-Z][a-z]+/.exec(name)?.[0] ?? name)
const looksLikeOperation = new RegExp(`^(${[...new Set(verbs)].join('|')})[A-Z]`)

describe('the specification', () => {
  it.each(services.map((service) => [service.id, service] as const))('names every operation of %s', (_, service) => {
    const said = new Set(sentences.flatMap(named))
    expect(Object.keys(service.operations).filter((name) => !said.has(name))).toEqual([])
  })

  it('names no operation that the sandbox does not have, but to say so', () => {
    const claimed = sentences
      .filter((sentence) => !/not modelled/.test(sentence))
      .flatMap((sentence) => named(sentence).filter((name) => looksLikeOperation.test(name) && !operations.has(name)))
    expect(claimed).toEqual([])
  })
})
