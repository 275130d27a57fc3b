import { getEventListeners } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { dial } from '../src/network/dial.ts'
import { lookUp } from '../src/network/dns.ts'
import { type Gateway, openGateway } from '../src/network/gateway.ts'
import type { Source } from '../src/network/network.ts'
import { rehearse, type Rehearsal } from '../../../test/support/sandbox.ts'
import { placeInterface } from '../src/writes/network-interfaces.ts'

const account = '111122223333'
const region = 'us-east-1'
const place = { account, region }
const domain = `execute-api.${region}.amazonaws.com`
const apiId = 'a1b2c3d4e5'
const api = `${apiId}.${domain}`
const nlb = `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/net/orders/0123456789abcdef`

const policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' }],
}
const seed = {
  vpcs: [
    {
      ...place,
      vpcId: 'vpc-shop',
      cidr: '10.2.0.0/16',
      subnets: [
        { subnetId: 'subnet-a', cidr: '10.2.1.0/24', zoneId: 'use1-az1' },
        {
          subnetId: 'subnet-out',
          cidr: '10.2.2.0/24',
          zoneId: 'use1-az2',
          routes: [{ destination: '0.0.0.0/0', target: 'nat-1' }],
        },
      ],
    },
    { ...place, vpcId: 'vpc-dark', cidr: '10.3.0.0/16', enableDnsSupport: false, subnets: [] },
  ],
  securityGroups: [
    { ...place, groupId: 'sg-task', vpcId: 'vpc-shop', name: 'task', ingress: [{ port: 8443, cidr: '10.2.1.0/24' }] },
    { ...place, groupId: 'sg-nlb', vpcId: 'vpc-shop', name: 'nlb', ingress: [{ port: 80, cidr: '10.2.1.0/24' }] },
  ],
  endpoints: [
    {
      ...place,
      endpointId: 'vpce-0a',
      vpcId: 'vpc-shop',
      subnetIds: ['subnet-a', 'subnet-out'],
      serviceName: `com.amazonaws.${region}.execute-api`,
    },
  ],
  loadBalancers: [
    {
      ...place,
      arn: nlb,
      vpcId: 'vpc-shop',
      subnetIds: ['subnet-a'],
      securityGroupIds: ['sg-nlb'],
      listeners: [{ port: 80, targets: [{ ip: '10.2.1.60', port: 80, host: 'shop' }] }],
    },
  ],
  privateApis: [{ ...place, apiId, name: 'orders', stage: 'v1', policy: JSON.stringify(policy) }],
  names: { 'db.internal': ['10.2.1.60'] },
}
const inside: Source = { ip: '10.2.1.77', groupIds: [], vpcId: 'vpc-shop', subnetId: 'subnet-a' }

let rehearsal: Rehearsal
beforeEach(async () => {
  rehearsal = await rehearse({ seed })
})

const world = () => rehearsal.sandbox.world
const names = (name: string, vpcId = 'vpc-shop') => lookUp(world(), rehearsal.clock.now(), vpcId, name)
const addressOf = (servesId: string, subnetId = 'subnet-a'): string =>
  Object.values(world().ec2.networkInterfaces).find((one) => one.servesId === servesId && one.subnetId === subnetId)
    ?.privateIp ?? 'none'
const edit = (over: object) => Object.assign(world().ec2.endpoints['vpce-0a'] ?? {}, over)

async function connect(to: { ip: string; port: number }, over: Partial<Source> = {}): Promise<Duplex> {
  const made = await dial(rehearsal.sandbox.network, { ...inside, ...over }, to)
  if ('arrived' in made) throw new Error(`${made.cause} at ${made.hop}: ${made.why}`)
  return made
}

/** One request over a connection, with TLS by the sandbox's authority where a name is given. */
async function ask(stream: Duplex, path: string, host: string, servername?: string): Promise<string> {
  const { ca } = rehearsal.sandbox.network
  const socket = servername === undefined ? stream : tls.connect({ socket: stream, ca, servername })
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  return await text(socket)
}

describe('a connection', () => {
  it('to an execute-api endpoint is TLS by the sandbox, then the API', async () => {
    const to = { ip: addressOf('vpce-0a'), port: 443 }
    expect(await ask(await connect(to), '/v1/', api, api)).toMatch(/^HTTP\/1.1 200 OK/)
    expect(await ask(await connect(to), '/ping', 'whatever', api)).toMatch(/^HTTP\/1.1 200 OK/)
    expect(await ask(await connect(to), '/v1/', `other.${domain}`, api)).toMatch(/^HTTP\/1.1 403 Forbidden/)
  })

  it('shows the API the address of its source, whatever headers say', async () => {
    const Condition = { IpAddress: { 'aws:VpcSourceIp': '10.2.1.77/32' } }
    const open = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*', Condition }
    edit({ policy: JSON.stringify({ Statement: open }) })
    const to = { ip: addressOf('vpce-0a'), port: 443 }
    const forged = `${api}\r\nx-privlink-sandbox-source-ip: 10.2.1.77`
    expect(await ask(await connect(to), '/v1/', api, api)).toMatch(/^HTTP\/1.1 200/)
    expect(await ask(await connect(to, { ip: '10.2.1.78' }), '/v1/', forged, api)).toMatch(/^HTTP\/1.1 403/)
  })

  it('without TLS gets a 400, and a certificate that is not for every name', async () => {
    const to = { ip: addressOf('vpce-0a'), port: 443 }
    expect(await ask(await connect(to), '/v1/', api)).toMatch(/^HTTP\/1.1 400/)
    await expect(ask(await connect(to), '/v1/', api, 'orders.internal')).rejects.toThrow(/altnames/)
  })

  it('passes a load balancer to a host, and the stand-in on port 443 speaks TLS', async () => {
    expect(await ask(await connect({ ip: addressOf(nlb), port: 80 }), '/x', 'shop')).toContain('"name":"shop"')
    await rehearsal.sandbox.seed({ hosts: [{ vpcId: 'vpc-shop', ip: '10.2.1.61', port: 443, name: 'secure' }] })
    expect(await ask(await connect({ ip: '10.2.1.61', port: 443 }), '/x', 'shop', api)).toContain('"name":"secure"')
  })

  it.each<[string, { ip?: string; port: number }, Partial<Source>, string]>([
    ['nothing has the address', { ip: '10.2.1.99', port: 80 }, {}, 'timeout'],
    ['the host listens elsewhere', { ip: '10.2.1.60', port: 81 }, {}, 'refused'],
    ['API Gateway does not listen on the port', { port: 80 }, {}, 'timeout'],
    ['the source may not reach out', { port: 443 }, { groupIds: ['sg-shut'] }, 'timeout'],
    ['there is no route', { ip: '198.51.100.10', port: 443 }, {}, 'timeout'],
  ])('is not made where %s', async (_, to, over, cause) => {
    await rehearsal.sandbox.seed({
      securityGroups: [{ ...place, groupId: 'sg-shut', vpcId: 'vpc-shop', name: 'shut', ingress: [] }],
    })
    world().ec2.securityGroups['sg-shut']?.rules.splice(0)
    const made = dial(rehearsal.sandbox.network, { ...inside, ...over }, { ip: addressOf('vpce-0a'), ...to })
    expect(await made).toMatchObject({ arrived: false, cause })
  })

  it('to the internet takes a NAT gateway, or an internet gateway and a public address', async () => {
    const to = { ip: '198.51.100.10', port: 443 }
    const from = (over: Partial<Source>) => dial(rehearsal.sandbox.network, { ...inside, ...over }, to)
    // Private APIs have no door to the internet.
    const behindNat = await connect(to, { subnetId: 'subnet-out' })
    expect(await ask(behindNat, '/v1/', api, api)).toMatch(/^HTTP\/1.1 403 Forbidden/)
    const main = Object.values(world().ec2.routeTables).find((one) => one.vpcId === 'vpc-shop' && one.main)
    main?.routes.push({ destination: '0.0.0.0/0', target: 'igw-1' })
    expect(await from({})).toMatchObject({ cause: 'timeout', why: expect.stringContaining('no public address') })
    expect(await from({ isPublic: true })).not.toHaveProperty('cause')
  })
})

describe('the interface of a task', () => {
  const task = 'arn:aws:ecs:us-east-1:111122223333:task/proxy/1'
  let server: net.Server
  let to: { ip: string; port: number }

  beforeEach(async () => {
    server = net.createServer((socket) => socket.end('hello'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { privateIp } = placeInterface(
      world(),
      { ...place, now: rehearsal.clock.now() },
      {
        subnetId: 'subnet-a',
        groupIds: ['sg-task'],
        description: task,
        interfaceType: 'interface',
        attachedBy: 'amazon-aws',
        servesId: task,
      },
    )
    to = { ip: privateIp, port: 8443 }
    world().hosts.push({ vpcId: 'vpc-shop', ...to, url: `tcp://127.0.0.1:${port}`, name: 'proxy' })
  })
  afterEach(() => void server.close())

  it('lets in whom its groups admit, and leads to the process', async () => {
    expect(await text(await connect(to))).toBe('hello')
    const from = (ip: string, port: number) => dial(rehearsal.sandbox.network, { ...inside, ip }, { ...to, port })
    expect(await from('10.2.2.77', 8443)).toMatchObject({ cause: 'timeout' })
    expect(await from('10.2.1.77', 80)).toMatchObject({ cause: 'timeout' })
  })

  it('refuses connections to a port where nothing listens any more', async () => {
    world().hosts.splice(0)
    expect(await dial(rehearsal.sandbox.network, inside, to)).toMatchObject({ cause: 'refused' })
  })
})

describe("a VPC's resolver", () => {
  const both = () => [addressOf('vpce-0a'), addressOf('vpce-0a', 'subnet-out')]

  it('knows the names of endpoints, one for each zone, of load balancers, and seeded ones', () => {
    const dnsSuffix = world().ec2.endpoints['vpce-0a']?.dnsSuffix
    const own = `vpce-0a-${dnsSuffix}.execute-api.${region}.vpce.amazonaws.com`
    expect(names(own)).toEqual(both())
    expect(names(`${own.toUpperCase()}.`)).toEqual(both())
    expect(names(world().elbv2.loadBalancers[nlb]?.dnsName ?? '')).toEqual([addressOf(nlb)])
    expect(names('db.internal')).toEqual(['10.2.1.60'])
    expect(names('nowhere.example')).toBeUndefined()
  })

  it("answers with an endpoint's addresses for the names that its private DNS takes over", () => {
    expect(names(api)).toEqual(['198.51.100.10'])
    edit({ privateDnsEnabled: true })
    expect(names(api)).toEqual(both())
    expect(names(domain)).toEqual(both())
    expect(names(`x.execute-api.eu-west-1.amazonaws.com`)).toEqual(['198.51.100.10'])
    edit({ readyAt: Infinity })
    expect(names(api)).toEqual(['198.51.100.10'])
  })

  it('knows the alias of an API and an endpoint while their association is deployed', () => {
    const alias = `${apiId}-vpce-0a.${domain}`
    expect(names(alias)).toBeUndefined()
    const { deployments = {} } = world().apigateway.restApis[apiId] ?? {}
    for (const deployment of Object.values(deployments)) deployment.vpcEndpointIds.push('vpce-0a')
    expect(names(alias)).toEqual(both())
  })

  it('does not answer in a VPC without DNS support', () => {
    expect(names('db.internal', 'vpc-dark')).toBeUndefined()
  })
})

/** What a proxy answers to CONNECT, and the connection. */
function tunnel(port: number, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; said: string; socket: Duplex }>((resolve, reject) => {
    const request = http.request({ port, host: '127.0.0.1', method: 'CONNECT', path, headers, agent: false })
    request.once('error', reject)
    request.once('connect', (response, socket, head) =>
      resolve({ status: response.statusCode ?? 0, said: head.toString(), socket }),
    )
    request.end()
  })
}

describe('a gateway into the network', () => {
  let gateway: Gateway
  beforeEach(async () => {
    gateway = await openGateway(rehearsal.sandbox.network, inside)
  })
  afterEach(() => gateway.close())

  it('carries bytes to a name, as the network knows it', async () => {
    edit({ privateDnsEnabled: true })
    const { status, socket } = await tunnel(gateway.port, `${api}:443`)
    expect(status).toBe(200)
    expect(await ask(socket, '/v1/', api, api)).toMatch(/^HTTP\/1.1 200 OK/)
  })

  it('says why nobody is to be had', async () => {
    expect(await tunnel(gateway.port, 'nowhere.example:443')).toMatchObject({ status: 502 })
    const { status, socket, said } = await tunnel(gateway.port, '10.2.1.60:81')
    expect(status).toBe(502)
    expect(said + (await text(socket))).toBe('10.2.1.60:81: the host does not listen on port 81')
  })

  it('is silent where packets are dropped, until a minute has passed', async () => {
    const started = rehearsal.clock.now()
    await expect(rehearsal.clock.during(() => tunnel(gateway.port, `${api}:443`))).rejects.toThrow()
    expect(rehearsal.clock.now()).toBe(started + 60_000)
  })

  it('closes with the sandbox', async () => {
    await rehearsal.sandbox.close()
    await expect(tunnel(gateway.port, `${api}:443`)).rejects.toThrow(/ECONNREFUSED/)
  })

  it('leaves nothing with the sandbox when it closes before', async () => {
    const { signal } = rehearsal.sandbox.network
    const listeners = () => (signal ? getEventListeners(signal, 'abort').length : 0)
    const before = listeners()
    await gateway.close()
    expect(listeners()).toBe(before - 1)
  })

  it('asks the DNS of the internet for who is in no VPC', async () => {
    const outside = await openGateway(rehearsal.sandbox.network, { ip: '203.0.113.20', groupIds: [] })
    expect(await tunnel(outside.port, `${api}:443`)).toMatchObject({ status: 200 })
    expect(await tunnel(outside.port, 'nowhere.example:443')).toMatchObject({ status: 502 })
    await outside.close()
  })
})

describe("the sandbox's own port", () => {
  const from = (where: string, path = `${api}:443`) =>
    tunnel(Number(new URL(rehearsal.sandbox.url).port), path, { 'x-privlink-sandbox-from': where })

  it.each(['vpce-0a', 'subnet-a', 'vpc-shop'])('is a way in for a client that stands where %s is', async (where) => {
    edit({ privateDnsEnabled: true })
    const { socket } = await from(where)
    expect(await ask(socket, '/v1/', api, api)).toMatch(/^HTTP\/1.1 200 OK/)
  })

  it('asks where the client stands', async () => {
    expect(await from('vpc-nowhere')).toMatchObject({ status: 400 })
  })
})
