import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nginxConfiguration, proxyCommand, proxyVariables, writablePath } from '../../src/steps/shared/nginx-proxy.ts'
import { type CertificateFiles, makeCertificates } from '../support/certificates.ts'
import { has } from '../support/programs.ts'

const name = 'payments.example.internal'
const api = 'a1b2c3d4e5.execute-api.us-east-1.amazonaws.com'

const read = (path: string) => readFileSync(path, 'utf8')

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

interface Answer {
  status: number
  body: string
}

type ClientOptions = https.RequestOptions & { with?: string }

/** A client of the proxy, with the certificate that it is told to use. */
function callTo({ certificates, ports }: Proxy, { with: client, ...options }: ClientOptions = {}): Promise<Answer> {
  const { file } = certificates
  return new Promise((resolve, reject) => {
    const request = https.request(
      {
        host: '127.0.0.1',
        port: ports.tls,
        servername: name,
        headers: { host: name, ...options.headers },
        ca: read(file('server-ca.pem')),
        ...(client !== undefined && { cert: read(file(`${client}.pem`)), key: read(file(`${client}.key`)) }),
        agent: false,
        path: '/pay?id=1',
        ...options,
      },
      (answer) => {
        let body = ''
        answer.on('data', (chunk: Buffer) => (body += chunk.toString()))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
      },
    )
    request.once('error', reject)
    request.end()
  })
}

interface Proxy {
  certificates: CertificateFiles
  ports: { tls: number; plain: number }
  folder: string
  child: ChildProcess
}

/** NGINX as a task would run it, its ports and its upstream on loopback. */
async function startProxy(certificates: CertificateFiles, upstreamPort: number): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), 'privlink-nginx-'))
  const ports = { tls: await freePort(), plain: await freePort() }
  const { file } = certificates
  const configuration = nginxConfiguration({
    name,
    upstream: '127.0.0.1',
    api,
    stage: 'v1',
    depth: 2,
    revocations: true,
    cpu: 256,
  })
    .replaceAll(writablePath, folder)
    .replace('listen 443 ssl', `listen 127.0.0.1:${ports.tls} ssl`)
    .replace('listen 80', `listen 127.0.0.1:${ports.plain}`)
    .replace('$upstream:443', `$upstream:${upstreamPort}`)
    .replace('/etc/ssl/certs/ca-certificates.crt', file('api-ca.pem'))
  const [shell = '', ...rest] = proxyCommand
  const output = openSync(join(folder, 'output'), 'w')
  const child = spawn(
    shell,
    rest.map((part) => part.replace(writablePath, folder)),
    {
      env: {
        PATH: `${process.env['PATH']}:/usr/sbin`,
        [proxyVariables.configuration]: configuration,
        [proxyVariables.certificate]: read(file('server.pem')),
        [proxyVariables.key]: read(file('server.key')),
        [proxyVariables.clientCa]: read(file('client-ca.pem')),
        [proxyVariables.crl]: read(file('client.crl')),
      },
      stdio: ['ignore', output, output],
    },
  )
  const isUp = () =>
    new Promise<boolean>((resolve) => {
      const socket = net.connect(ports.tls, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
  while (!(await isUp())) {
    if (child.exitCode !== null) throw new Error(read(join(folder, 'output')))
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return { certificates, ports, folder, child }
}

const runs = has('nginx', '-v') && has('openssl', 'version')

describe.runIf(runs)('NGINX with the configuration of the proxy', () => {
  let proxy: Proxy
  let backend: https.Server
  const seen: http.IncomingMessage[] = []

  beforeAll(async () => {
    const certificates = makeCertificates(name)
    const { file } = certificates
    const server = makeCertificates(api)
    backend = https.createServer(
      { cert: read(server.file('server.pem')), key: read(server.file('server.key')) },
      (request, answer) => {
        seen.push(request)
        answer.end('from the API')
      },
    )
    // What the API's certificate is signed by.
    copyFileSync(server.file('server-ca.pem'), file('api-ca.pem'))
    await new Promise((resolve) => backend.listen(0, '127.0.0.1', () => resolve(undefined)))
    const address = backend.address()
    proxy = await startProxy(certificates, typeof address === 'object' && address !== null ? address.port : 0)
  })

  afterAll(async () => {
    const gone = new Promise((resolve) => proxy.child.once('exit', resolve))
    proxy.child.kill('SIGQUIT')
    await gone
    backend.closeAllConnections()
    backend.close()
    rmSync(proxy.folder, { recursive: true, force: true })
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('lets in a client of the right authority by %s', async (version) => {
    seen.length = 0
    const answer = await callTo(proxy, { with: 'client', minVersion: version, maxVersion: version })
    expect(answer).toEqual({ status: 200, body: 'from the API' })
    expect(seen[0]?.url).toBe('/v1/pay?id=1')
    expect(seen[0]?.headers).toMatchObject({
      host: api,
      'x-client-dn': 'O=shop,CN=client',
      'x-client-issuer': 'CN=client-ca',
      'x-client-serial': '1000',
      'x-client-verify': 'SUCCESS',
    })
  })

  it.each([
    ['none', undefined, 'No required SSL certificate was sent'],
    ['one of a wrong authority', 'stranger', 'The SSL certificate error'],
    ['one that has expired', 'expired', 'The SSL certificate error'],
    ['one that was revoked', 'revoked', 'The SSL certificate error'],
    ['one that it signed itself', 'self-signed', 'The SSL certificate error'],
  ])('refuses a client with %s', async (_, client, said) => {
    seen.length = 0
    const answer = await callTo(proxy, client === undefined ? {} : { with: client })
    expect(answer.status).toBe(400)
    expect(answer.body).toContain(said)
    expect(answer.body).not.toMatch(/nginx\/\d/)
    expect(seen).toEqual([])
  })

  it('refuses TLS 1.1', async () => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    await expect(callTo(proxy, { with: 'client', ...old })).rejects.toThrow(/alert protocol version/)
  })

  it('overwrites what a client says of itself', async () => {
    seen.length = 0
    const forged = {
      'X-Client-DN': 'CN=admin',
      X_Client_DN: 'CN=admin',
      'X-Client-Verify': 'SUCCESS',
      'x-apigw-api-id': 'zzz',
    }
    await callTo(proxy, { with: 'client', headers: { host: name, 'X-Forwarded-For': '8.8.8.8', ...forged } })
    const values = seen[0]?.rawHeaders ?? []
    expect(values.filter((value) => ['CN=admin', 'zzz', '8.8.8.8'].includes(value))).toEqual([])
    expect(seen[0]?.headers['x-client-dn']).toBe('O=shop,CN=client')
  })

  it.each(['/../other/pay', '/a/../../other/pay', '/%2e%2e/other/pay', '/..%2fother'])(
    'lets nobody out of the stage by %s',
    async (path) => {
      seen.length = 0
      expect((await callTo(proxy, { with: 'client', path })).status).toBe(400)
      expect(seen).toEqual([])
    },
  )

  it('answers /health without TLS, and nothing else', async () => {
    const get = (path: string) =>
      fetch(`http://127.0.0.1:${proxy.ports.plain}${path}`).then(async (answer) => [answer.status, await answer.text()])
    expect(await get('/health')).toEqual([200, 'ok\n'])
    expect((await get('/pay'))[0]).toBe(404)
  })

  it('logs who called, and no secret; its environment holds none', async () => {
    await callTo(proxy, { with: 'client' })
    const output = read(join(proxy.folder, 'output'))
    expect(output).toMatch(/"GET \/pay\?id=1 HTTP\/1\.1" 200 TLSv1\.3 SUCCESS "O=shop,CN=client" 1000 /)
    expect(output).not.toMatch(/BEGIN/)
    expect(read(`/proc/${proxy.child.pid}/environ`)).not.toMatch(/BEGIN|NGINX_CONF/)
  })
})
