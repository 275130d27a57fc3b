import { readFileSync } from 'node:fs'
import https from 'node:https'
import net from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { probeDirectly, type Outside } from '../../src/aws/direct.ts'
import { openProbe } from '../../src/aws/probe.ts'
import type { Reply, SecureCall, VantageChoice } from '../../src/aws/vantage.ts'
import { jumpingClock } from 'privlink-sandbox'
import { makeCertificates, type CertificateFiles } from '../support/certificates.ts'
import { openTestAccounts, seed } from './test-accounts.ts'

const name = 'payments.example.internal'
const vpcId = 'vpc-0aaaaaaaaaaaaaaa1'
const endpointId = 'vpce-0bbbbbbbbbbbbbbb1'

let files: CertificateFiles
let server: https.Server
let port = 0
const pem = (file: string) => readFileSync(files.file(file), 'utf8')
const client = (name: string) => ({ certificate: pem(`${name}.pem`), key: pem(`${name}.key`) })

beforeAll(async () => {
  files = makeCertificates(name)
  const trust = { ca: pem('client-ca.pem'), requestCert: true, rejectUnauthorized: true }
  server = https.createServer({ cert: pem('server.pem'), key: pem('server.key'), ...trust }, (request, response) => {
    // Every connection to an HTTPS server is one with TLS.
    const { subject } = (request.socket as TLSSocket).getPeerCertificate()
    response.end(JSON.stringify({ from: subject.CN, asked: request.url, host: request.headers.host }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

let accounts: Awaited<ReturnType<typeof openTestAccounts>>
let usual: SecureCall
beforeEach(async () => {
  const hosts = [{ vpcId, ip: '10.0.1.50', port: 443, url: `tcp://127.0.0.1:${port}` }]
  accounts = await openTestAccounts(undefined, { seed: { ...seed, hosts, names: { [name]: ['10.0.1.50'] } } })
  const aws = await accounts.accountClients('gateway')
  const to = { address: name, port: 443, name, method: 'GET', path: '/v1/?a=1', ca: pem('server-ca.pem') }
  usual = { aws, vpcId, endpointId, ...to, client: client('client') }
})

const callAs = async (vantage: VantageChoice, over: Partial<SecureCall> = {}): Promise<Reply> => {
  const probe = await openProbe({ vantage, environment: accounts.environment, clock: accounts.clock })
  return await probe.secureCall({ ...usual, ...over })
}
const call = (over: Partial<SecureCall> = {}) => callAs('sandbox', over)
const without = async (): Promise<Reply> => {
  const { client: _, ...anonymous } = usual
  const probe = await openProbe({ vantage: 'sandbox', environment: accounts.environment, clock: accounts.clock })
  return await probe.secureCall(anonymous)
}

describe('in the sandbox, a call over TLS', () => {
  it('shows who is calling, and asks for the name', async () => {
    const reply = await call()
    expect(reply).toMatchObject({ reached: true, vantage: 'sandbox', status: 200 })
    const said: unknown = reply.reached === true ? JSON.parse(reply.body) : undefined
    expect(said).toEqual({ from: 'client', asked: '/v1/?a=1', host: name })
  })

  it('goes to an address as well, and with the headers that it is given', async () => {
    const reply = await call({ address: '10.0.1.50', headers: { host: 'other' } })
    expect(reply).toMatchObject({ reached: true, body: expect.stringContaining('"host":"other"') })
  })

  it('without a certificate is refused by an alert, by TLS 1.3 after the handshake', async () => {
    expect(await without()).toEqual({ reached: false, vantage: 'sandbox', why: 'alert certificate required' })
  })

  it.each(['stranger', 'expired', 'self-signed'])('is cut off with the certificate of %s', async (who) => {
    expect(await call({ client: client(who) })).toMatchObject({ reached: false, why: 'connection reset' })
  })

  it('speaks the versions of TLS that it may', async () => {
    expect(await call({ versions: { min: 'TLSv1.2', max: 'TLSv1.2' } })).toMatchObject({ reached: true, status: 200 })
    expect(await call({ versions: { min: 'TLSv1.1', max: 'TLSv1.1' } })).toMatchObject({
      reached: false,
      why: 'alert protocol version',
    })
  })

  it('trusts only whom it is told to trust, by the right name', async () => {
    expect(await call({ ca: pem('stranger-ca.pem') })).toMatchObject({
      reached: false,
      why: expect.stringContaining('unable to verify'),
    })
    expect(await call({ name: 'other.example' })).toMatchObject({
      reached: false,
      why: expect.stringContaining("not in the cert's altnames"),
    })
  })

  it('says where nobody listens, what has no name, and what does not answer', async () => {
    expect(await call({ port: 444 })).toEqual({
      reached: false,
      vantage: 'sandbox',
      why: '10.0.1.50:444: the host does not listen on port 444',
    })
    expect(await call({ address: 'nowhere.example' })).toMatchObject({
      reached: false,
      why: expect.stringContaining('does not know the name'),
    })
    expect(await call({ address: '10.0.1.99' })).toMatchObject({ reached: false, why: 'no answer within 10 s' })
  })
})

it('cannot be made by the control plane', async () => {
  expect(await callAs('control-plane')).toMatchObject({ reached: undefined, why: expect.stringContaining(name) })
})

describe('directly, a call over TLS', () => {
  const clock = jumpingClock()
  const unused = () => Promise.reject(new Error('not asked for'))
  const callWith = (outside: Partial<Outside>) => {
    const open: Outside['open'] = () =>
      new Promise((resolve) => {
        const socket = net.connect({ host: '127.0.0.1', port }, () => resolve(socket))
      })
    const all: Outside = {
      texts: async () => [],
      resolve: async () => ['10.0.1.50'],
      connects: unused,
      ask: unused,
      open,
      ...outside,
    }
    return probeDirectly(clock, all).secureCall(usual)
  }

  it('goes to the private address behind the name', async () => {
    expect(await callWith({})).toMatchObject({ reached: true, vantage: 'direct', status: 200 })
  })

  it.each<[string, Partial<Outside>, string]>([
    ['the name is unknown', { resolve: async () => [] }, 'has no address here'],
    ['the name leads to a public address', { resolve: async () => ['52.1.2.3'] }, 'which is not private'],
    ['nobody can be connected to', { open: unused }, '10.0.1.50 cannot be reached from here'],
  ])('cannot be made from here when %s', async (_, outside, why) => {
    expect(await callWith(outside)).toMatchObject({ reached: undefined, why: expect.stringContaining(why) })
  })
})
