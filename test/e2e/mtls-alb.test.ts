import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { describe, expect, it } from 'vitest'
import { isReading } from '../../src/aws/limits.ts'
import type { Reply, SecureCall } from '../../src/aws/vantage.ts'
import { setup } from '../../src/engine/setup.ts'
import { teardown } from '../../src/engine/teardown.ts'
import { verify } from '../../src/engine/verify.ts'
import { compose } from '../../src/flows/config.ts'
import { stepById } from '../../src/steps/steps.ts'
import { makeCertificates } from '../support/certificates.ts'
import { complaints, deploy } from '../support/deployment.ts'
import { rawExample, type RawConfig } from '../support/example.ts'
import { albConfig, proxyName, setPayments } from '../support/mtls.ts'
import { has } from '../support/programs.ts'

type Deployed = Awaited<ReturnType<typeof deploy>>

const runs = has('openssl', 'version')
const certificates = runs ? makeCertificates(proxyName) : { folder: '', file: (name: string) => name }
const { file } = certificates
const textOf = (name: string): string => readFileSync(file(name), 'utf8')

const succeeds = async (deployed: Deployed) => {
  const { run, events } = deployed.start()
  expect(await setup(run, deployed.graph, {}), complaints(events).join('\n')).toMatchObject({ exit: 0 })
}

const findings = async (deployed: Deployed) => {
  const { run } = deployed.start()
  return (await verify(run, deployed.graph, {})).findings
}

const changesOf = ({ sandbox }: Deployed, from: number): string[] =>
  sandbox.calls
    .slice(from)
    .filter(({ service, operation }) => service !== 'sts' && !isReading(operation))
    .map(({ operation }) => operation)

/** A client in the shop's network. The server's certificate is by the sandbox's own authority. */
async function callWith(
  deployed: Deployed,
  client: string | undefined,
  more: Partial<SecureCall> = {},
): Promise<Reply> {
  const { run } = deployed.start()
  const { vpcId = '' } = deployed.config.networks['shop'] ?? {}
  return run.probe.secureCall({
    aws: await run.accountClients('shop'),
    vpcId,
    endpointId: '',
    address: proxyName,
    port: 443,
    name: proxyName,
    method: 'GET',
    path: '/pay?id=1',
    ...(client !== undefined && { client: { certificate: textOf(`${client}.pem`), key: textOf(`${client}.key`) } }),
    ...more,
  })
}

const rightOf = (file: (name: string) => string) => ({
  certificate: readFileSync(file('client.pem'), 'utf8'),
  key: readFileSync(file('client.key'), 'utf8'),
})

describe.runIf(runs)('a proxy with mutual TLS on a load balancer', () => {
  it('is set up with proof, left alone by a second setup, and removed to nothing', async () => {
    const deployed = await deploy(albConfig(certificates))
    const empty = deployed.inventory()
    await succeeds(deployed)

    const all = await findings(deployed)
    expect(all.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    expect(all.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        'Call from shop with the right certificate gets in',
        'Call from shop without a certificate is refused',
        'Call from shop with a certificate that signed itself is refused',
        'Call from shop with a certificate of another authority is refused',
        'Call from shop by TLS 1.1 is refused',
        'Call from shop past the proxy is refused',
        'Call from elsewhere is refused',
      ]),
    )

    const from = deployed.sandbox.calls.length
    await succeeds(deployed)
    expect(changesOf(deployed, from)).toEqual([])

    const { run, events } = deployed.start()
    expect(await teardown(run, stepById, {}), complaints(events).join('\n')).toMatchObject({ exit: 0 })
    expect(deployed.ledger.entries()).toEqual([])
    expect(deployed.inventory()).toEqual(empty)
  })

  it('lets in the right client and nobody else', async () => {
    const deployed = await deploy(albConfig(certificates))
    await succeeds(deployed)
    expect(await callWith(deployed, 'client')).toMatchObject({ reached: true, status: 200 })
    for (const client of ['expired', 'revoked', 'stranger', 'self-signed', undefined]) {
      expect(await callWith(deployed, client), client).toMatchObject({ reached: false })
    }
    const old = { versions: { min: 'TLSv1.1', max: 'TLSv1.1' } } as const
    expect(await callWith(deployed, 'client', old)).toMatchObject({ reached: false, why: /alert protocol version/ })
    // Who comes by another name is told so, and gets no further.
    const other = { headers: { host: 'other.example' } }
    expect(await callWith(deployed, 'client', other)).toMatchObject({ reached: true, status: 404 })
  })

  it('takes a list in that has been renewed in its place, and with it who was revoked since', async () => {
    const own = makeCertificates(proxyName)
    const [renewed, list] = [readFileSync(own.file('client.crl'), 'utf8'), own.file('client.crl')]
    // One that takes nothing back.
    execFileSync('openssl', ['ca', '-config', own.file('stranger-db/ca.cnf'), '-gencrl', '-out', list], {
      stdio: 'pipe',
    })
    const deployed = await deploy(albConfig(own))
    await succeeds(deployed)
    const client = {
      certificate: readFileSync(own.file('revoked.pem'), 'utf8'),
      key: readFileSync(own.file('revoked.key'), 'utf8'),
    }
    const call = () => callWith(deployed, undefined, { client })
    expect(await call()).toMatchObject({ reached: true, status: 200 })

    writeFileSync(list, renewed)
    await deployed.sandbox.seed({ objects: [{ bucket: 'acme-trust', key: 'clients.crl', body: renewed }] })
    const from = deployed.sandbox.calls.length
    await succeeds({ ...deployed, graph: compose(deployed.config) })
    expect(changesOf(deployed, from)).toEqual(['AddTags', 'AddTrustStoreRevocations', 'RemoveTrustStoreRevocations'])
    expect(await call()).toMatchObject({ reached: false })
    expect(await callWith(deployed, undefined, { client: rightOf(own.file) })).toMatchObject({ status: 200 })
  })
})

/** A backend that keeps what it was asked. */
async function openBackend() {
  const seen: http.IncomingMessage[] = []
  const server = http.createServer((request, answer) => {
    seen.push(request)
    answer.end('from the backend')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { seen, url: `http://127.0.0.1:${port}`, close }
}

/** The first example's orders, made in the proxy's network; nobody but the proxy may call them. */
function behindOrders(raw: RawConfig): void {
  const { accounts, integrations } = rawExample()
  raw.accounts['application'] = accounts['application'] ?? {}
  raw.integrations['orders'] = {
    ...integrations['orders'],
    gateway: { network: 'platform' },
    access: { networks: ['platform'] },
  }
  setPayments({ api: undefined, integration: 'orders' })(raw)
}

describe.runIf(runs)('behind a proxy on a load balancer, an API that another integration makes', () => {
  it('learns who is calling from the proxy alone', async () => {
    const deployed = await deploy(albConfig(certificates, behindOrders))
    await succeeds(deployed)
    const backend = await openBackend()
    for (const host of deployed.sandbox.world.hosts) if (host.name === 'orders') host.url = backend.url
    const headers = {
      'x-amzn-mtls-clientcert-subject': 'CN=admin',
      x_amzn_mtls_clientcert_subject: 'CN=admin',
      'x-amzn-mtls-clientcert': 'admin',
    }
    const reply = await callWith(deployed, 'client', { headers })
    backend.close()
    expect(reply).toMatchObject({ status: 200, body: 'from the backend' })
    const [request] = backend.seen
    expect(request?.url).toBe('/pay?id=1')
    expect(request?.headers).toMatchObject({ 'x-amzn-mtls-clientcert-subject': 'O=shop,CN=client' })
    expect(request?.rawHeaders.join()).not.toContain('admin')
  })
})

describe.runIf(runs)('a proxy on a load balancer that cannot be had', () => {
  const endOf = async (deployed: Deployed) => {
    const { run, events } = deployed.start()
    const { exit } = await setup(run, deployed.graph, {})
    return { exit, said: complaints(events).join('\n') }
  }

  it('says which certificate is not there', async () => {
    const deployed = await deploy(albConfig(certificates))
    deployed.sandbox.world.acm.certificates = {}
    const { exit, said } = await endOf(deployed)
    expect(exit).toBe(1)
    expect(said).toMatch(
      /payments\/mtls-listener Invalid: .*CertificateNotFound.*\(Name one in ACM as tls\.certificateArn/,
    )
  })

  it('says which bundle is not there', async () => {
    const deployed = await deploy(albConfig(certificates))
    deployed.sandbox.world.s3.objects = {}
    const { exit, said } = await endOf(deployed)
    expect(exit).toBe(1)
    expect(said).toMatch(/payments\/trust-store Invalid: .*CaCertificatesBundleNotFound.*\(Look at bucket, key/)
  })

  it("is refused before anything is looked at where the certificate is another account's", () => {
    const elsewhere = 'arn:aws:acm:us-east-1:333330000000:certificate/0a1b2c3d'
    const config = albConfig(certificates, (raw) => {
      Object.assign(raw.integrations['payments']?.['tls'] ?? {}, { certificateArn: elsewhere })
    })
    expect(() => compose(config)).toThrow(/expected a certificate of account 842340000000 in us-east-1/)
  })
})
