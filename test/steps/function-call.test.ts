import { describe, expect, it } from 'vitest'
import { PrivlinkError } from '../../src/errors.ts'
import { functionCall } from '../../src/steps/function-call.ts'
import { scriptedAccount, probeOf } from './scripted-account.ts'

const functionArn = 'arn:aws:lambda:us-east-1:842340000000:function:caller'
const url = 'https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/v1/orders'

/** The finding when the function answers this. */
async function findingOf(answer: unknown, inputs: object = { request: { method: 'GET', path: '/orders' } }) {
  const account = scriptedAccount({ Invoke: answer })
  const given = { functionArn, url, statuses: [], ...inputs }
  const [finding] =
    (await functionCall.check?.({ aws: account.aws, inputs: given, facts: { functionArn }, probe: probeOf() })) ?? []
  return { finding, ...account }
}

const saying = (payload: unknown, more: object = {}) => ({ Payload: Buffer.from(JSON.stringify(payload)), ...more })
const reached = (more: object) =>
  saying({ reached: true, address: '10.0.0.5', ms: 12, status: 200, body: '{}', ...more })
const lost = (more: object) =>
  saying({ reached: false, address: '10.0.0.5', code: 'ETIMEDOUT', message: 'no', ...more })

describe('a call by the function that privlink makes', () => {
  it('asks for the request, with the end of the log', async () => {
    const { inputOf, finding } = await findingOf(reached({}))
    expect(inputOf('Invoke')).toMatchObject({
      FunctionName: functionArn,
      LogType: 'Tail',
      Payload: Buffer.from('{"method":"GET","path":"/orders"}'),
    })
    expect(finding).toMatchObject({ verdict: 'ok', evidence: `GET ${url} at 10.0.0.5 got status 200 in 12 ms: {}` })
  })

  it.each<[string, unknown, string]>([
    ['a public address', reached({ address: '3.4.5.6', status: 403, body: '{"message":"Forbidden"}' }), 'DNS'],
    ['no address', lost({ address: undefined, code: 'ENOTFOUND' }), 'DNS'],
    ['no answer', lost({}), 'security group'],
    ['a certificate for another name', lost({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'TLS'],
    [
      "the policy's refusal",
      reached({ status: 403, body: '{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke"}' }),
      'resource policy',
    ],
    ['a timeout of the function after a public address', timedOut('3.4.5.6'), 'DNS'],
    ['a timeout of the function after a private address', timedOut('10.0.0.5'), 'security group'],
  ])('that gets %s fails and names the hop', async (_, answer, hop) => {
    expect((await findingOf(answer)).finding).toMatchObject({ verdict: 'failed', hop, hint: expect.any(String) })
  })

  it('that gets another status than is wanted fails', async () => {
    const request = { method: 'GET', path: '/orders' }
    const { finding } = await findingOf(reached({ status: 200 }), { request, statuses: [204] })
    expect(finding).toMatchObject({ verdict: 'failed', evidence: expect.stringContaining('got status 200') })
  })

  it.each(['NotYet', 'AnswerLost'] as const)('that cannot be made now (%s) is no reason to give up', async (code) => {
    const { finding } = await findingOf(() => {
      throw new PrivlinkError(code, 'Lambda Invoke: not now')
    })
    expect(finding).toMatchObject({ verdict: 'failed', hop: 'function', evidence: 'Lambda Invoke: not now' })
  })
})

function timedOut(address: string) {
  const log = `START\n2026-01-01T00:00:00.000Z\tid\tINFO\tresolved to ${address}\nEND\n`
  const more = { FunctionError: 'Unhandled', LogResult: Buffer.from(log).toString('base64') }
  return saying({ errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 15.00 seconds' }, more)
}

describe("a call by somebody's function", () => {
  it('is not made without a payload', async () => {
    const { finding, operations } = await findingOf(saying({}), {})
    expect(finding).toMatchObject({ verdict: 'unproved' })
    expect(operations()).toEqual([])
    expect(functionCall.unneeded?.({ functionArn, url, statuses: [] })).toEqual(['lambda:InvokeFunction'])
  })

  it.each<[string, unknown, string]>([
    ['anything', saying({ done: true }), 'ok'],
    ['no JSON', { Payload: Buffer.from('ok') }, 'ok'],
    ['a status that is wanted', saying({ statusCode: 201 }), 'ok'],
    ['a status that is not', saying({ statusCode: 403, body: 'no' }), 'failed'],
    ['an error', saying({ errorMessage: 'no' }, { FunctionError: 'Unhandled' }), 'failed'],
  ])('that answers %s is judged by that', async (_, answer, verdict) => {
    const { finding, inputOf } = await findingOf(answer, { payload: { dryRun: true } })
    expect(finding).toMatchObject({ verdict })
    expect(inputOf('Invoke')).toMatchObject({ Payload: Buffer.from('{"dryRun":true}') })
  })
})
