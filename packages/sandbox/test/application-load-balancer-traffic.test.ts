import {
  AddTrustStoreRevocationsCommand,
  CreateRuleCommand,
  DescribeTargetHealthCommand,
  ModifyListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { dial } from '../src/network/dial.ts'
import { isFailure } from '../src/network/network.ts'
import {
  account,
  albWorld,
  apiId,
  makeBalancer,
  makeGroup,
  makeListener,
  makeTrustStore,
  serverName,
  verifying,
} from './support/balancing.ts'
import { makeCertificates } from '../../../test/support/certificates.ts'
import { rehearse, type Rehearsal } from '../../../test/support/sandbox.ts'

const files = makeCertificates(serverName)
const pem = (name: string) => readFileSync(files.file(name), 'utf8')

/** What a server behind the load balancer was asked. */
const asked: http.IncomingHttpHeaders[] = []
const backend = http.createServer((request, response) => {
  asked.push(request.headers)
  response.writeHead(200).end(`behind: ${request.url}`)
})

let rehearsal: Rehearsal
let send: ReturnType<Rehearsal['clients']>['elbv2']
let store: string
let listener: string
let balancers: { alb: string; front: string }
let groups: { api: string; behind: string }

beforeAll(async () => {
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  const address = backend.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const host = { vpcId: 'vpc-hub', ip: '10.0.1.50', port: 8080, url: `http://127.0.0.1:${port}` }
  rehearsal = await rehearse({ seed: { ...albWorld(files), hosts: [host] } })
  send = rehearsal.clients(account).elbv2
  const { clock, sandbox } = rehearsal
  const endpoints = Object.values(sandbox.world.ec2.networkInterfaces)
    .filter(({ servesId }) => servesId.startsWith('vpce-'))
    .map(({ privateIp: Id }) => ({ Id }))
  store = await makeTrustStore(send)
  const RevocationContents = [{ S3Bucket: 'trust', S3Key: 'clients.crl' }]
  await send.send(new AddTrustStoreRevocationsCommand({ TrustStoreArn: store, RevocationContents }))
  balancers = { alb: await makeBalancer(send, 'application'), front: await makeBalancer(send, 'network') }
  await clock.sleep(200_000)
  const { alb, front } = balancers
  listener = await makeListener(send, verifying(alb, store))
  const health: Parameters<typeof makeListener>[1] = {
    LoadBalancerArn: alb,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200', MessageBody: 'ok' } }],
  }
  await makeListener(send, health)
  const byPing = { HealthCheckProtocol: 'HTTPS' as const, HealthCheckPath: '/ping', Matcher: { HttpCode: '200,403' } }
  const behindAlb = { Name: 'alb', Protocol: 'TCP' as const, TargetType: 'alb' as const, HealthCheckPort: '80' }
  groups = {
    api: await makeGroup(send, byPing, ...endpoints),
    behind: await makeGroup(send, behindAlb, { Id: alb }),
  }
  const headers = await makeGroup(send, { Name: 'headers', Protocol: 'HTTP', Port: 8080 }, { Id: '10.0.1.50' })
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn: groups.behind }]
  await makeListener(send, { LoadBalancerArn: front, Protocol: 'TCP', Port: 443, DefaultActions })
  const hostRewrite = { Regex: '^.*$', Replace: `${apiId}.execute-api.us-east-1.amazonaws.com` }
  await send.send(
    new CreateRuleCommand({
      ListenerArn: listener,
      Priority: 2,
      Conditions: [{ Field: 'host-header', Values: [serverName] }],
      Actions: [{ Type: 'forward', TargetGroupArn: groups.api }],
      Transforms: [
        { Type: 'host-header-rewrite', HostHeaderRewriteConfig: { Rewrites: [hostRewrite] } },
        { Type: 'url-rewrite', UrlRewriteConfig: { Rewrites: [{ Regex: '^/(.*)$', Replace: '/v1/$1' }] } },
      ],
    }),
  )
  await send.send(
    new CreateRuleCommand({
      ListenerArn: listener,
      Priority: 1,
      Conditions: [{ Field: 'path-pattern', Values: ['/headers*'] }],
      Actions: [{ Type: 'forward', TargetGroupArn: headers }],
    }),
  )
  await clock.sleep(200_000)
})
afterAll(() => void backend.close())

/** A client of the VPC connects to a node of the Network Load Balancer. */
async function connect(): Promise<Duplex> {
  const { network, world } = rehearsal.sandbox
  const node = Object.values(world.ec2.networkInterfaces).find(({ servesId }) => servesId === balancers.front)
  const source = { ip: '10.0.1.77', groupIds: [], vpcId: 'vpc-hub', subnetId: 'subnet-a' }
  const made = await dial(network, source, { ip: node?.privateIp ?? '', port: 443 })
  if (isFailure(made)) throw new Error(`${made.hop}: ${made.why}`)
  return made
}

interface Asking extends tls.ConnectionOptions {
  path?: string
  headers?: Record<string, string>
}

/** Asks over TLS: status and body of the answer, or the error that the connection ended with. */
async function ask({ path = '/orders', headers = {}, ...options }: Asking): Promise<string> {
  const socket = await connect()
  return await new Promise((resolve) => {
    const secure = tls.connect({ socket, servername: serverName, ca: pem('server-ca.pem'), ...options })
    const failed = (error: NodeJS.ErrnoException) => resolve(`lost: ${error.code ?? error.message}`)
    secure.on('error', failed)
    secure.once('close', () => resolve('lost: closed'))
    const request = http.request({ createConnection: () => secure, path, headers: { host: serverName, ...headers } })
    request.once('error', failed)
    request.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(`${response.statusCode} ${Buffer.concat(chunks).toString()}`))
    })
    request.end()
  })
}

const by = (name: string) => ({ cert: pem(`${name}.pem`), key: pem(`${name}.key`) })

describe('a listener that verifies', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('lets a certificate of the trust store in, by %s', async (version) => {
    expect(await ask({ ...by('client'), minVersion: version, maxVersion: version })).toBe('200 {"name":"payments"}')
  })

  it.each(['expired', 'future', 'stranger', 'self-signed', 'revoked'])('closes the connection of %s', async (name) => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      expect(await ask({ ...by(name), minVersion: version, maxVersion: version })).toMatch(/^lost: /)
    }
  })

  it('closes the connection of those who show none', async () => {
    expect(await ask({ maxVersion: 'TLSv1.2' })).toMatch(/^lost: /)
    expect(await ask({ minVersion: 'TLSv1.3' })).toMatch(/^lost: /)
  })

  it('speaks no TLS before 1.2', async () => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    expect(await ask({ ...by('client'), ...old })).toMatch(/^lost: ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION/)
  })

  it('forgives that a certificate has expired when it is told to, and nothing else', async () => {
    const set = (IgnoreClientCertificateExpiry: boolean) => {
      const MutualAuthentication = { Mode: 'verify', TrustStoreArn: store, IgnoreClientCertificateExpiry }
      return send.send(new ModifyListenerCommand({ ListenerArn: listener, MutualAuthentication }))
    }
    await set(true)
    expect(await ask(by('expired'))).toMatch(/^200 /)
    for (const name of ['stranger', 'expired-stranger', 'revoked']) expect(await ask(by(name))).toMatch(/^lost: /)
    expect(await ask({})).toMatch(/^lost: /)
    await set(false)
    expect(await ask(by('expired'))).toMatch(/^lost: /)
  })

  it('tells targets whose certificate it was, in headers that a client cannot set', async () => {
    const forged = {
      'x-amzn-mtls-clientcert-subject': 'CN=somebody else',
      'x-amzn-mtls-clientcert': 'forged',
      'x-forwarded-for': '203.0.113.9',
    }
    expect(await ask({ ...by('client'), path: '/headers?a=1', headers: forged })).toBe('200 behind: /headers?a=1')
    const { serialNumber, issuer } = new X509Certificate(pem('client.pem'))
    const headers = asked.at(-1)
    expect(headers).toMatchObject({
      'x-amzn-mtls-clientcert-subject': 'O=shop,CN=client',
      'x-amzn-mtls-clientcert-issuer': issuer,
      'x-amzn-mtls-clientcert-serial-number': serialNumber,
      'x-amzn-mtls-clientcert-validity': expect.stringMatching(/^NotBefore=\d{4}-.*Z;NotAfter=\d{4}-.*Z$/),
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
      host: serverName,
    })
    expect(headers).not.toHaveProperty('x-amzn-mtls-clientcert')
    expect(headers?.['x-forwarded-for']).toMatch(/^203\.0\.113\.9, 10\.0\./)
    const leaf = decodeURIComponent(String(headers?.['x-amzn-mtls-clientcert-leaf']))
    expect(new X509Certificate(leaf).fingerprint).toBe(new X509Certificate(pem('client.pem')).fingerprint)
  })

  it('answers by its default action where no rule fits', async () => {
    expect(await ask({ ...by('client'), headers: { host: 'other.example' } })).toBe('404 ')
  })
})

describe('health', () => {
  const statesOf = async (TargetGroupArn: string) => {
    const { TargetHealthDescriptions = [] } = await send.send(new DescribeTargetHealthCommand({ TargetGroupArn }))
    return TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth?.State)
  }

  it('is that of real requests: to the endpoint by TLS, and to the application load balancer by a port of its own', async () => {
    expect(await statesOf(groups.api)).toEqual(['healthy', 'healthy'])
    expect(await statesOf(groups.behind)).toEqual(['healthy'])
  })
})
