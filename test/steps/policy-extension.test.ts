import { describe, expect, it } from 'vitest'
import { checkPolicySize, extendPolicy, letsIn, mentions, takeBack } from '../../src/steps/shared/policy-extension.ts'
import type { Policy } from '../../src/steps/shared/resource-policy.ts'

const [theirs, ours] = ['vpce-0aaaaaaaaaaaaaaaa', 'vpce-0bbbbbbbbbbbbbbbb'] as const
const invoke = { Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' }
const allowAll = { Effect: 'Allow', ...invoke }
const denyBut = (...ids: string[]) => ({
  Sid: 'OnlyThese',
  Effect: 'Deny',
  ...invoke,
  Condition: { StringNotEquals: { 'aws:sourceVpce': ids } },
})
const allowOnly = (...ids: string[]) => ({
  Effect: 'Allow',
  ...invoke,
  Condition: { StringEquals: { 'aws:SourceVpce': ids } },
})
const policy = (...Statement: object[]): Policy => ({
  Version: '2012-10-17',
  Statement: Statement.map((one) => ({ ...one })),
})

describe('a policy is extended by one endpoint, and gets back to what it was', () => {
  it.each([
    [
      'the one Deny that shuts out all others',
      policy(allowAll, denyBut(theirs)),
      policy(allowAll, denyBut(theirs, ours)),
    ],
    ['the one Allow that names endpoints', policy(allowOnly(theirs)), policy(allowOnly(theirs, ours))],
    ['both', policy(allowOnly(theirs), denyBut(theirs)), policy(allowOnly(theirs, ours), denyBut(theirs, ours))],
  ])('in %s', (_, before, after) => {
    expect(extendPolicy(before, ours)).toEqual(after)
    expect(takeBack(after, ours)).toEqual(before)
    expect([letsIn(before, ours), letsIn(after, ours), letsIn(after, theirs)]).toEqual([false, true, true])
    expect([mentions(before, ours), mentions(after, ours)]).toEqual([false, true])
    expect(extendPolicy(after, ours)).toBe(after)
  })

  it('by a statement of its own where neither allows it', () => {
    const byVpc = { Effect: 'Allow', ...invoke, Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } }
    const before = policy(byVpc)
    const after = extendPolicy(before, ours)
    expect(after.Statement).toEqual([byVpc, { Sid: 'Privlinkvpce0bbbbbbbbbbbbbbbb', ...allowOnly(ours) }])
    expect(letsIn(after, ours)).toBe(true)
    expect(takeBack(after, ours)).toEqual(before)
  })

  it('and one that lets everybody in is left as it is', () => {
    const open = policy(allowAll)
    expect(extendPolicy(open, ours)).toBe(open)
    expect(mentions(open, ours)).toBe(false)
  })
})

it('what others have added meanwhile stays', () => {
  const later = policy(allowAll, denyBut(theirs, ours, 'vpce-0cccccccccccccccc'))
  expect(takeBack(later, ours)).toEqual(policy(allowAll, denyBut(theirs, 'vpce-0cccccccccccccccc')))
})

it('nobody is let in where ours was the last', () => {
  expect(takeBack(policy(allowAll, denyBut(ours)), ours)).toEqual(
    policy(allowAll, { Sid: 'OnlyThese', Effect: 'Deny', ...invoke }),
  )
  expect(takeBack(policy(allowOnly(ours)), ours)).toEqual(policy({ Effect: 'Deny', ...invoke }))
})

describe('what cannot be extended safely is refused:', () => {
  it.each([
    [
      'a Deny on addresses',
      policy(allowAll, { Effect: 'Deny', ...invoke, Condition: { NotIpAddress: { 'aws:VpcSourceIp': '10.0.0.0/8' } } }),
    ],
    ['a Deny on a path', policy(allowAll, { Effect: 'Deny', ...invoke, Resource: 'execute-api:/*/DELETE/*' })],
    [
      'a Deny on more than the endpoint',
      policy(allowAll, {
        Effect: 'Deny',
        ...invoke,
        Condition: { StringNotEquals: { 'aws:SourceVpce': theirs, 'aws:SourceVpc': 'vpc-1' } },
      }),
    ],
    ['two Denies', policy(allowAll, denyBut(theirs), denyBut(theirs))],
    ['named principals', policy({ Effect: 'Allow', ...invoke, Principal: { AWS: 'arn:aws:iam::014770000000:root' } })],
  ])('%s', (_, one) => {
    expect(() => extendPolicy(one, ours)).toThrow(expect.objectContaining({ code: 'PolicyNotExtendable', exit: 2 }))
    expect(letsIn(one, ours)).toBe(false)
  })

  it('more characters than API Gateway takes', () => {
    const ids = Array.from({ length: 400 }, (_, index) => `vpce-${String(index).padStart(17, '0')}`)
    expect(() => checkPolicySize(policy(allowAll, denyBut(...ids)), 'abc')).toThrow(
      expect.objectContaining({ code: 'PolicyTooLarge', exit: 2 }),
    )
  })
})
