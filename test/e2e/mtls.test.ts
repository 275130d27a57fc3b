import { copyFileSync, readFileSync } from 'node:fs'
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
import { mtlsConfig, proxyName, setPayments } from '../support/mtls.ts'
import { proveDomains } from '../support/proxy-names.ts'
import { everyProcess } from '../support/processes.ts'
import { has } from '../support/programs.ts'

type Deployed = Awaited<ReturnType<typeof deploy>>

const runs = [has('nginx', '-v'), has('openssl', 'version')].every(Boolean)
const certificates = runs ? makeCertificates(proxyName) : { folder: '', file: (name: string) => name }
const { file } = certificates
const textOf = (name: string): string => readFileSync(file(name), 'utf8')

const succeeds = async (deployed: Deployed) => {
  const { run, events } = deployed.start()
  expect(await setup(run, deployed.graph, {}), complaints(events).join('\n')).toMatchObject({ exit: 0 })
  return events
}

const findings = async (deployed: Deployed) => {
  const { run } = deployed.start()
  return (await verify(run, deployed.graph, {})).findings
}

const removes = async (deployed: Deployed) => {
  const { run, events } = deployed.start()
  expect(await teardown(run, stepById, {}), complaints(events).join('\n')).toMatchObject({ exit: 0 })
}

const changesOf = ({ sandbox }: Deployed, from: number): string[] =>
  sandbox.calls
    .slice(from)
    .filter(({ service, operation }) => service !== 'sts' && !isReading(operation))
    .map(({ operation }) => operation)

/** Processes that this one has started and that still run. */
const children = (): string[] =>
  everyProcess().flatMap(({ parent, command }) =>
    parent === String(process.pid) && /guardian|nginx/.test(command) ? [command] : [],
  )

/** A client in the shop's network, with a certificate of the tests' folder. */
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
    ca: textOf('server-ca.pem'),
    ...(client !== undefined && { client: { certificate: textOf(`${client}.pem`), key: textOf(`${client}.key`) } }),
    ...more,
  })
}

const there = <T>(thing: T | undefined): T => {
  if (thing === undefined) throw new Error('it is not there')
  return thing
}

describe.runIf(runs)('a proxy with mutual TLS', () => {
  it('is set up with proof, left alone by a second setup, and removed to nothing', async () => {
    const deployed = await deploy(mtlsConfig(certificates))
    const empty = deployed.inventory()
    const before = children()
    const events = await succeeds(deployed)
    expect(children().length).toBe(before.length + 2)

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

    // Neither what privlink keeps and tells, nor what ECS and CloudWatch Logs have.
    const { ecs, logs } = deployed.sandbox.world
    const kept = JSON.stringify([deployed.ledger.entries(), events, all, ecs, logs])
    expect(kept).toContain('GET / HTTP/1.1')
    expect(kept).not.toMatch(/BEGIN|PRIVATE KEY/)
    for (const name of ['server.key', 'client.key']) {
      expect(kept).not.toContain(textOf(name).split('\n')[1])
    }

    await removes(deployed)
    expect(deployed.ledger.entries()).toEqual([])
    expect(deployed.inventory()).toEqual(empty)
    expect(children()).toEqual(before)
  })

  it('lets in the right client and nobody else', async () => {
    const deployed = await deploy(mtlsConfig(certificates))
    await succeeds(deployed)
    expect(await callWith(deployed, 'client')).toMatchObject({ reached: true, status: 200 })
    for (const client of ['expired', 'revoked', 'stranger', 'self-signed']) {
      expect(await callWith(deployed, client), client).toMatchObject({
        status: 400,
        body: expect.stringContaining('The SSL certificate error'),
      })
    }
    expect(await callWith(deployed, undefined)).toMatchObject({
      status: 400,
      body: expect.stringContaining('No required SSL certificate was sent'),
    })
    const old = { versions: { min: 'TLSv1.1', max: 'TLSv1.1' } } as const
    expect(await callWith(deployed, 'client', old)).toMatchObject({ reached: false, why: /alert protocol version/ })

    // The endpoint gets other addresses, as one that is made anew would.
    const { networkInterfaces, endpoints } = deployed.sandbox.world.ec2
    const { vpcId } = there(deployed.config.networks['platform'])
    const door = there(Object.values(endpoints).find((one) => one.vpcId === vpcId && one.account === '842340000000'))
    for (const id of door.networkInterfaceIds) {
      const one = there(networkInterfaces[id])
      one.privateIp = one.privateIp.replace(/\d+$/, (last) => String(Number(last) + 100))
    }
    const answer = async () => await callWith(deployed, 'client')
    await expect.poll(answer).toMatchObject({ reached: true, status: 200 })

    // Whoever stands beside the proxy does not get to the API's endpoint.
    const beside = { vpcId, address: there(door.networkInterfaceIds.map((id) => networkInterfaces[id])[0]).privateIp }
    const api = 'b2c3d4e5f6.execute-api.us-east-1.amazonaws.com'
    expect(await callWith(deployed, 'client', { ...beside, name: api, path: '/live/' })).toMatchObject({
      reached: false,
      why: expect.stringContaining('no answer within'),
    })
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

describe.runIf(runs)('behind a proxy, an API that another integration makes', () => {
  it('learns who is calling from the proxy alone, and lets nobody else in', async () => {
    const deployed = await deploy(mtlsConfig(certificates, behindOrders))
    await succeeds(deployed)
    const { all, backend } = { all: await findings(deployed), backend: await openBackend() }
    expect(all.filter(({ verdict }) => verdict !== 'ok')).toEqual([])

    const host = there(deployed.sandbox.world.hosts.find(({ name }) => name === 'orders'))
    host.url = backend.url
    const forged = { 'x-client-dn': 'CN=admin', x_client_dn: 'CN=admin', 'x-client-verify': 'NONE' }
    const reply = await callWith(deployed, 'client', { headers: forged })
    backend.close()
    expect(reply).toMatchObject({ status: 200, body: 'from the backend' })
    const [request] = backend.seen
    expect(request?.url).toBe('/pay?id=1')
    expect(request?.headers).toMatchObject({ 'x-client-dn': 'O=shop,CN=client', 'x-client-verify': 'SUCCESS' })
    expect(request?.rawHeaders).not.toContain('CN=admin')
  })
})

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

describe.runIf(runs)('a renewed certificate', () => {
  it('replaces the tasks one by one, with nobody turned away for good', async () => {
    const [first, second] = [makeCertificates(proxyName), makeCertificates(proxyName)]
    const deployed = await deploy(mtlsConfig(first))
    await succeeds(deployed)
    const { world } = deployed.sandbox
    const revisions = () => Object.values(world.ecs.taskDefinitions).filter((one) => one.deregisteredAt === undefined)
    const [before] = revisions()
    for (const name of ['server.pem', 'server.key', 'server-ca.pem']) copyFileSync(second.file(name), first.file(name))

    const renewed = { ...deployed, graph: compose(deployed.config) }
    await succeeds(renewed)
    expect(revisions().at(-1)?.arn).not.toBe(before?.arn)
    const ca = readFileSync(second.file('server-ca.pem'), 'utf8')
    const client = {
      certificate: readFileSync(first.file('client.pem'), 'utf8'),
      key: readFileSync(first.file('client.key'), 'utf8'),
    }
    expect(await callWith(deployed, undefined, { ca, client })).toMatchObject({ reached: true, status: 200 })
    expect((await findings(renewed)).filter(({ verdict }) => verdict !== 'ok')).toEqual([])
  })
})

describe.runIf(runs)('a name', () => {
  it('of a domain that is proved leads to the proxy from the private DNS of its service', async () => {
    const name = 'payments.acme.com'
    const { file } = makeCertificates(name)
    const tls = { name, certificate: file('server.pem'), key: file('server.key'), clientCa: file('client-ca.pem') }
    const deployed = await deploy(mtlsConfig({ file }, setPayments({ names: 'private-dns', tls })))
    const empty = deployed.inventory()
    proveDomains(deployed.sandbox)
    await succeeds(deployed)
    expect((await findings(deployed)).filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    await removes(deployed)
    expect(deployed.inventory()).toEqual(empty)
  })

  it("that is the callers' own DNS's business is not asked for: the proof goes by the endpoint's", async () => {
    const deployed = await deploy(mtlsConfig(certificates, setPayments({ names: 'none' })))
    await succeeds(deployed)
    expect((await findings(deployed)).filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    expect(await callWith(deployed, 'client')).toMatchObject({ reached: false, why: /does not know the name/ })
  })
})

describe.runIf(runs)('without a proof that can be made', () => {
  it('says so, where the config names no client certificate', async () => {
    const deployed = await deploy(mtlsConfig(certificates, setPayments({ test: { ca: file('server-ca.pem') } })))
    await succeeds(deployed)
    const all = await findings(deployed)
    expect(all.filter(({ verdict }) => verdict !== 'ok')).toMatchObject([
      { check: 'Call from shop with the right certificate gets in', verdict: 'unproved' },
    ])
  })
})

describe.runIf(runs)('a proxy that cannot come up', () => {
  it('makes nothing with an authority that has expired; verify finds it instead of giving up', async () => {
    const tls = {
      name: proxyName,
      certificate: file('server.pem'),
      key: file('server.key'),
      clientCa: file('old-ca.pem'),
    }
    const deployed = await deploy(mtlsConfig({ file }, setPayments({ tls, test: {} })))
    const { run } = deployed.start()
    expect(await setup(run, deployed.graph, {})).toMatchObject({ exit: 2, created: 0 })
    expect(changesOf(deployed, 0)).toEqual([])
    expect(await findings(deployed)).toContainEqual(
      expect.objectContaining({
        check: 'Dates of the certificates',
        verdict: 'failed',
        evidence: expect.stringMatching(/CN=old-ca.* expired on 2021/),
      }),
    )
  })

  it('is refused before anything is made where its subnets have no way to the internet', async () => {
    const deployed = await deploy(mtlsConfig(certificates))
    for (const table of Object.values(deployed.sandbox.world.ec2.routeTables)) {
      table.routes = table.routes.filter(({ target }) => !target.startsWith('nat-'))
    }
    const from = deployed.sandbox.calls.length
    const { run, events } = deployed.start()
    expect(await setup(run, deployed.graph, {})).toMatchObject({ exit: 2 })
    expect(events).toContainEqual(
      expect.objectContaining({
        event: 'error',
        code: 'ImageUnreachable',
        hint: expect.stringContaining('private ECR'),
      }),
    )
    expect(changesOf(deployed, from)).toEqual([])
  })

  it('is refused before anything is made in a single zone', async () => {
    const config = mtlsConfig(certificates, ({ networks }) => {
      networks['platform'] = { ...networks['platform'], subnetIds: ['subnet-0aa11111111111111'] }
    })
    const deployed = await deploy(config)
    const from = deployed.sandbox.calls.length
    const { run, events } = deployed.start()
    expect(await setup(run, deployed.graph, {})).toMatchObject({ exit: 2 })
    expect(complaints(events).join('\n')).toMatch(/payments\/zones ZonesUnfit: 2 zones are needed in account platform/)
    expect(changesOf(deployed, from)).toEqual([])
  })

  it('says why, where its image cannot be pulled, and goes all the same', async () => {
    const image = 'public.ecr.aws/acme/proxy:1'
    const deployed = await deploy(mtlsConfig(certificates, setPayments({ nginx: { image } })))
    const empty = deployed.inventory()
    const { run, events } = deployed.start()
    expect(await setup(run, deployed.graph, {})).toMatchObject({ exit: 1 })
    const said = complaints(events).join('\n')
    expect(said).toMatch(/payments\/tasks .*CannotPullContainerError/)
    await removes(deployed)
    expect(deployed.inventory()).toEqual(empty)
  })

  it('gives its tasks public addresses where the way to the internet is an internet gateway', async () => {
    const deployed = await deploy(mtlsConfig(certificates))
    const tables = Object.values(deployed.sandbox.world.ec2.routeTables)
    for (const route of tables.flatMap(({ routes }) => routes)) route.target = route.target.replace('nat-', 'igw-')
    await succeeds(deployed)
    expect((await findings(deployed)).filter(({ verdict }) => verdict !== 'ok')).toEqual([])
  })

  it('comes up in subnets without internet by endpoints that are made for it', async () => {
    const image = '842340000000.dkr.ecr.us-east-1.amazonaws.com/nginx:1.29'
    const deployed = await deploy(mtlsConfig(certificates, setPayments({ nginx: { image, endpoints: 'make' } })))
    const empty = deployed.inventory()
    await succeeds(deployed)
    expect((await findings(deployed)).filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    await removes(deployed)
    expect(deployed.inventory()).toEqual(empty)
  })
})
