import { describe, expect, it } from 'vitest'
import type { Reply, Vantage } from '../../src/aws/vantage.ts'
import { testCall } from '../../src/steps/test-call.ts'
import { scriptedAccount, probeOf } from './scripted-account.ts'

const request = { apiId: 'abc123', stageName: 'test', from: 'shop', method: 'GET', path: '/', statuses: [] as number[] }
const answered = (status: number, body = '', vantage: Vantage = 'sandbox'): Reply => ({
  reached: true,
  vantage,
  status,
  headers: {},
  body,
  ms: 12,
})
const call = (reply: Reply, change: { allowed?: boolean; endpointId?: string | null; statuses?: number[] } = {}) => {
  const inputs = { ...request, endpointId: 'vpce-0a', endpointName: null, allowed: true, ...change }
  return testCall.check?.({
    aws: scriptedAccount().aws,
    inputs,
    facts: { endpointId: 'vpce-0a' },
    probe: probeOf(reply),
  })
}
const lost: Reply = { reached: false, vantage: 'sandbox', why: 'connection timed out' }
const cannot: Reply = { reached: undefined, why: 'this machine is outside', hint: 'run it inside' }

describe('a call through an allowed endpoint', () => {
  it('is ok with any 2xx, or with what the config expects', async () => {
    expect(await call(answered(204))).toMatchObject([{ verdict: 'ok' }])
    expect(await call(answered(404), { statuses: [404] })).toMatchObject([{ verdict: 'ok' }])
    expect(await call(answered(200), { statuses: [404] })).toMatchObject([{ verdict: 'failed', hop: 'backend' }])
  })

  it.each([
    [403, 'is not authorized to perform: execute-api:Invoke on resource: x with an explicit deny', 'resource policy'],
    [403, 'User: anonymous is not authorized to perform: execute-api:Invoke on resource: x', 'resource policy'],
    [403, '{"message":"Missing Authentication Token"}', 'method'],
    [403, '{"message":"Forbidden"}', 'endpoint'],
    [500, '{"message": "Internal server error"}', 'VPC link'],
    [503, 'Service Unavailable', 'load balancer'],
    [504, 'Endpoint request timed out', 'target'],
    [418, 'teapot', 'backend'],
  ])('that gets %i %s has ended at the %s', async (status, body, hop) => {
    expect(await call(answered(status, body))).toMatchObject([{ verdict: 'failed', hop }])
  })

  it('proves only link and backend when the control plane made it', async () => {
    expect(await call(answered(200, '', 'control-plane'))).toMatchObject([
      { check: 'Link and backend', verdict: 'ok' },
      { verdict: 'unproved' },
    ])
  })

  it('has failed when the connection does, and is unproved when it cannot be made', async () => {
    expect(await call(lost)).toMatchObject([{ verdict: 'failed', hop: 'endpoint' }])
    expect(await call(cannot)).toMatchObject([{ verdict: 'unproved', hint: 'run it inside' }])
  })
})

describe('a call through a foreign endpoint', () => {
  const foreign = (reply: Reply, endpointId: string | null = 'vpce-0b') => call(reply, { allowed: false, endpointId })

  it('proves nothing of the policy when the 403 is not its doing', async () => {
    expect(await foreign(answered(403, '{"message":"Forbidden"}'))).toMatchObject([{ verdict: 'unproved' }])
    expect(await foreign(answered(403, '{"message":"Missing Authentication Token"}'))).toMatchObject([
      { verdict: 'unproved' },
    ])
  })

  it('must be refused', async () => {
    const denied =
      'User: anonymous is not authorized to perform: execute-api:Invoke on resource: x with an explicit deny'
    expect(await foreign(answered(403, denied))).toMatchObject([{ verdict: 'ok' }])
    expect(await foreign(answered(200))).toMatchObject([{ verdict: 'failed', hop: 'resource policy' }])
  })

  it('proves nothing when it does not reach the policy', async () => {
    expect(await foreign(lost)).toMatchObject([{ verdict: 'unproved' }])
    expect(await foreign(answered(200, '', 'control-plane'))).toMatchObject([{ verdict: 'unproved' }])
    expect(await foreign(cannot)).toMatchObject([{ verdict: 'unproved' }])
  })

  it('is left out when there is no such endpoint', async () => {
    expect(await foreign(answered(200), null)).toMatchObject([{ verdict: 'skipped' }])
  })
})
