import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identityFor, tagList, tagMap, tagSpecification } from '../../src/aws/tags.ts'

const word = fc.stringMatching(/^[a-zA-Z0-9]{1,12}(-[a-z0-9]{1,10}){0,3}$/)
const deployment = fc.oneof(word, fc.constantFrom('internal', 'internal-internal-x', 'acme', 'acme-apis'))
const node = fc
  .array(fc.oneof(word, fc.constantFrom('g1', 'link-g1', 'gateway:vpc-0a1b2c3d4e5f60718', '--', 'ü')), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join('/'))
const generation = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1200 }))

describe('the name of a node', () => {
  test('is legal for every service', () => {
    fc.assert(
      fc.property(deployment, node, generation, (...of) => {
        const { name } = identityFor(...of)
        expect(name).toMatch(/^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/)
        expect(name.startsWith('internal-')).toBe(false)
      }),
    )
  })

  test('belongs to no other node, deployment or generation', () => {
    const parts = fc.constantFrom('a', 'b', 'a-b', 'b-a', 'g1', 'a-g1', 'internal', 'A', 'a:b')
    const alike = fc.tuple(
      parts,
      fc.array(parts, { minLength: 1, maxLength: 3 }).map((p) => p.join('/')),
      fc.integer({ min: 0, max: 2 }),
    )
    fc.assert(
      fc.property(alike, alike, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other))
        expect(identityFor(...one).name).not.toBe(identityFor(...other).name)
      }),
      { numRuns: 2000 },
    )
  })

  test('reads well where it can', () => {
    expect(identityFor('acme', 'orders/vpc-link').name).toBe('acme-orders-vpc-link')
    expect(identityFor('acme', 'orders/vpc-link', 2).name).toBe('acme-orders-vpc-link-g2')
    expect(identityFor('acme-apis', 'orders/vpc-link').name).toMatch(/^acme-apis-orders-vpc-li-[0-9a-f]{8}$/)
  })

  test('is the same in every run', () => {
    fc.assert(fc.property(deployment, node, generation, (...of) => identityFor(...of).name === identityFor(...of).name))
  })
})

describe('a mark', () => {
  const identity = identityFor('acme', 'orders/link')

  test('is on what carries deployment and node', () => {
    expect(identity.matches(identity.tags)).toBe(true)
    expect(identity.matches({ ...identity.tags, Name: 'renamed by hand' })).toBe(true)
    expect(identity.matches({ ...identity.tags, 'privlink:node': 'orders/api' })).toBe(false)
    expect(identity.matches({ ...identity.tags, 'privlink:deployment': undefined })).toBe(false)
    expect(identity.matches({})).toBe(false)
  })

  test('is on later generations but not on earlier ones', () => {
    const next = identityFor('acme', 'orders/link', 1)
    expect(next.tags).toHaveProperty('privlink:generation', '1')
    expect(identity.tags).not.toHaveProperty('privlink:generation')
    expect(identity.matches(next.tags)).toBe(true)
    expect(next.matches(identity.tags)).toBe(false)
  })

  test('survives AWS as a list of tags', () => {
    expect(tagMap(tagList(identity.tags))).toEqual(identity.tags)
    expect(tagMap(tagSpecification('vpc-endpoint', identity).Tags)).toEqual(identity.tags)
    expect(tagMap(undefined)).toEqual({})
  })
})
