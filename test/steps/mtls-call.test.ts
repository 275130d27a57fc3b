import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Reply, SecureCall } from '../../src/aws/vantage.ts'
import { mtlsCall } from '../../src/steps/mtls-call.ts'
import { scriptedAccount, probeOf } from './scripted-account.ts'

const folder = mkdtempSync(join(tmpdir(), 'privlink-mtls-call-'))
afterAll(() => rmSync(folder, { recursive: true }))
const client = { certificate: join(folder, 'client.pem'), key: join(folder, 'client.key') }
writeFileSync(client.certificate, 'the certificate')
writeFileSync(client.key, 'the key')

const answered = (status: number, body = ''): Reply => ({
  reached: true,
  vantage: 'sandbox',
  status,
  headers: {},
  body,
  ms: 1,
})
const lost = (why: string): Reply => ({ reached: false, vantage: 'sandbox', why })

const inputs = {
  vpcId: 'vpc-0a',
  endpointId: 'vpce-0a',
  address: 'payments.example.internal',
  name: 'payments.example.internal',
  from: 'shop',
  method: 'GET',
  path: '/pay',
  statuses: [],
}

/** What the check finds where the proxy answers each client as the test says. */
async function findings(reply: (call: SecureCall) => Reply, change: object = { client }) {
  const { aws } = scriptedAccount()
  const calls: SecureCall[] = []
  const probe = {
    ...probeOf(),
    secureCall: async (call: SecureCall) => {
      calls.push(call)
      return reply(call)
    },
  }
  const found = await mtlsCall.check?.({
    aws,
    inputs: { ...inputs, ...change },
    facts: { endpointId: 'vpce-0a' },
    probe,
  })
  return { found: found ?? [], calls }
}

const isRight = (call: SecureCall) => call.client?.key === 'the key' && call.versions === undefined

const asNginx = (call: SecureCall): Reply => {
  if (call.versions !== undefined) return lost('alert protocol version')
  if (isRight(call)) return answered(200, 'the answer')
  const said = call.client === undefined ? 'No required SSL certificate was sent' : 'The SSL certificate error'
  return answered(400, `<html><center>${said}</center><hr><center>nginx</center></html>`)
}

const asAlb = (call: SecureCall): Reply => {
  if (call.versions !== undefined) return lost('alert protocol version')
  return isRight(call) ? answered(200) : lost('connection reset')
}

const verdicts = (found: readonly { verdict: string }[]) => found.map(({ verdict }) => verdict)

describe('calls with client certificates', () => {
  it.each([
    ['NGINX', asNginx],
    ['an Application Load Balancer', asAlb],
  ])('prove that %s lets in the right one and no other', async (_, proxy) => {
    const { found, calls } = await findings(proxy)
    expect(verdicts(found)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
    expect(calls).toHaveLength(5)
    expect(calls.every(({ name, port, path }) => name === inputs.name && port === 443 && path === '/pay')).toBe(true)
  })

  it('are made with strangers whose certificates are what they seem', async () => {
    const { calls } = await findings(asNginx)
    const [itself, another] = calls
      .filter((call) => call.client && call.client.key !== 'the key')
      .map((call) => new X509Certificate(call.client?.certificate ?? ''))
    expect(itself?.issuer).toBe(itself?.subject)
    expect(another?.issuer).not.toBe(another?.subject)
  })

  it('prove the refusals only, where the config names no certificate that gets in', async () => {
    const { found } = await findings(asNginx, {})
    expect(verdicts(found)).toEqual(['unproved', 'ok', 'ok', 'ok', 'ok'])
    expect(found[0]).toMatchObject({ hint: expect.stringContaining('under test') })
  })

  it('do not take a connection that is cut for a refusal where nobody gets in', async () => {
    const { found } = await findings(() => lost('connection reset'))
    expect(verdicts(found)).toEqual(['failed', 'unproved', 'unproved', 'unproved', 'unproved'])
  })

  it('find a proxy that lets anybody in', async () => {
    const { found } = await findings(() => answered(200))
    expect(verdicts(found)).toEqual(['ok', 'failed', 'failed', 'failed', 'failed'])
    expect(found[1]).toMatchObject({ hop: 'proxy', evidence: expect.stringContaining('it got in') })
  })

  it('are unproved where they cannot be made', async () => {
    const { found } = await findings(() => ({ reached: undefined, why: 'not from here', hint: 'go there' }))
    expect(verdicts(found)).toEqual(Array(5).fill('unproved'))
  })

  it.each([
    ['proxy', answered(400, '<center>The SSL certificate error</center>')],
    ['proxy', lost('alert unknown ca')],
    ['execute-api endpoint', answered(502, '<center>502 Bad Gateway</center><hr><center>nginx</center>')],
    ['resource policy', answered(403, 'is not authorized to perform: execute-api:Invoke with an explicit deny')],
    ["server's certificate", lost('unable to verify the first certificate')],
    ['name', lost('payments: the resolver of vpc-0a does not know the name')],
    ['endpoint', lost('no answer within 10 s')],
  ])('name the %s where the right certificate ends there', async (hop, reply) => {
    const { found } = await findings((call) => (isRight(call) ? reply : asNginx(call)))
    expect(found[0]).toMatchObject({ verdict: 'failed', hop, hint: expect.any(String) })
  })
})
