import { describe, expect, it } from 'vitest'
import { pageFrom } from '../src/services/pages.ts'

const refuse = () => new Error('no page gave that')
const read = (token?: string) => pageFrom(['a', 'b', 'c'], token, 2, refuse)

describe('a page of a list', () => {
  it('leads to the next one, and the last to none', () => {
    const first = read()
    expect(first.items).toEqual(['a', 'b'])
    expect(read(first.next)).toEqual({ items: ['c'] })
    expect(pageFrom([], undefined, 2, refuse)).toEqual({ items: [] })
  })

  it.each(['', 'bm8', Buffer.from('-1').toString('base64url'), '2'])('is not led to by %j', (token) => {
    expect(() => read(token)).toThrow('no page gave that')
  })
})
