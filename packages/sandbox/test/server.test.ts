import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { CreateVpcCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { jumpingClock } from 'privlink-sandbox'
import { startSandbox } from '../src/server/sandbox.ts'
import { emptyWorld } from '../src/state/world.ts'
import { rehearse } from '../../../test/support/sandbox.ts'

const account = '111122223333'
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'))
})
afterAll(() => rm(folder, { recursive: true }))

const json = async (url: string, init?: RequestInit): Promise<unknown> =>
  JSON.parse(await (await fetch(url, init)).text())

/** A request to the sandbox under any name, as from inside the network; `undefined` if the connection was cut. */
const call = (url: string, host: string, headers: Record<string, string> = {}, ca?: string) =>
  new Promise<number | undefined>((resolve) => {
    const { port } = new URL(url)
    const options = { host: '127.0.0.1', port, path: '/test/orders', headers: { host, ...headers } }
    const answered = (answer: http.IncomingMessage) => {
      answer.resume()
      resolve(answer.statusCode)
    }
    const request = ca ? https.get({ ...options, ca, servername: host }, answered) : http.get(options, answered)
    request.once('error', () => resolve(undefined))
  })

it('says hello', async () => {
  const { sandbox, clock } = await rehearse({ speed: 600 })
  expect(await json(`${sandbox.url}/_privlink/hello`)).toEqual({ privlink: 'sandbox', speed: 600, time: clock.now() })
})

it('speaks TLS on the same port, under the names of APIs and with its own authority', async () => {
  const { sandbox } = await rehearse()
  const ca = await (await fetch(`${sandbox.url}/_privlink/ca`)).text()
  const name = 'abcdefghij.execute-api.us-east-1.amazonaws.com'
  expect(await call(sandbox.url, name, {}, ca)).toBe(403)
  expect(await call(sandbox.url, name)).toBe(403)
  expect(await call(sandbox.url, 'elsewhere.example', {}, ca)).toBeUndefined()
})

it('takes a test call from an unknown endpoint for a stranger', async () => {
  const { sandbox } = await rehearse()
  const headers = { 'x-privlink-sandbox-from': 'vpce-0123456789abcdef0' }
  expect(await call(sandbox.url, 'abcdefghij.execute-api.us-east-1.amazonaws.com', headers)).toBe(403)
})

it('lets a dropped caller wait for a minute of its time, then closes', async () => {
  const vpcId = 'vpc-0a000000000000001'
  const subnets = [{ subnetId: 'subnet-0a000000000000001', cidr: '10.1.0.0/24' }]
  const place = { account, region: 'us-east-1', vpcId }
  const { sandbox, clock } = await rehearse({
    seed: {
      vpcs: [{ ...place, cidr: '10.1.0.0/16', subnets }],
      securityGroups: [{ ...place, groupId: 'sg-0a000000000000001', name: 'shut', ingress: [] }],
      endpoints: [
        {
          ...place,
          endpointId: 'vpce-0a000000000000001',
          subnetIds: ['subnet-0a000000000000001'],
          serviceName: 'com.amazonaws.us-east-1.execute-api',
          securityGroupIds: ['sg-0a000000000000001'],
        },
      ],
    },
  })
  const before = clock.now()
  const headers = { 'x-privlink-sandbox-from': 'vpce-0a000000000000001' }
  const name = 'abcdefghij.execute-api.us-east-1.amazonaws.com'
  expect(await clock.during(() => call(sandbox.url, name, headers))).toBeUndefined()
  expect(clock.now() - before).toBe(60_000)
})

it('counts calls per account, region and operation', async () => {
  const { sandbox, clients } = await rehearse()
  const identify = (as: string, region: string) => clients(as, region).sts.send(new GetCallerIdentityCommand({}))
  await identify(account, 'us-east-1')
  await identify(account, 'us-east-1')
  await identify('444455556666', 'eu-west-1')
  const entry = { service: 'sts', operation: 'GetCallerIdentity' }
  expect(await json(`${sandbox.url}/_privlink/calls`)).toEqual({
    calls: [
      { ...entry, account, region: 'us-east-1', count: 2 },
      { ...entry, account: '444455556666', region: 'eu-west-1', count: 1 },
    ],
    totals: { GetCallerIdentity: 3 },
  })
})

it('adds hosts and stops them', async () => {
  const { sandbox } = await rehearse()
  const hosts = `${sandbox.url}/_privlink/hosts`
  const place = { vpcId: 'outside', ip: '172.31.12.59', port: 80 }
  const post = (path: string, body: object) => json(path, { method: 'POST', body: JSON.stringify(body) })
  await post(hosts, { ...place, name: 'warehouse' })
  const [host] = sandbox.world.hosts
  expect(await json(`${host?.url}/x`)).toMatchObject({ name: 'warehouse', path: '/x' })
  const url = host?.url ?? ''
  expect(await post(`${hosts}/stop`, { ip: place.ip, port: 80 })).toEqual({ ...place, name: 'warehouse' })
  await expect(fetch(url)).rejects.toThrow('fetch failed')
  expect(await json(hosts)).toEqual({ hosts: [{ ...place, name: 'warehouse' }] })
  expect((await fetch(`${hosts}/stop`, { method: 'POST', body: '{"ip":"1.2.3.4","port":1}' })).status).toBe(404)
})

it('closes at once while clients hold connections open', async () => {
  const sandbox = await startSandbox({ clock: jumpingClock() })
  const agent = new http.Agent({ keepAlive: true })
  await new Promise((resolve) =>
    http.get(`${sandbox.url}/_privlink/hello`, { agent }, (answer) => answer.resume().once('end', resolve)),
  )
  const started = performance.now()
  await sandbox.close()
  // It would keep them for 60 s.
  expect(performance.now() - started).toBeLessThan(50_000)
  await expect(fetch(sandbox.url)).rejects.toThrow('fetch failed')
  agent.destroy()
})

it('leaves nothing running where it cannot have its port', async () => {
  const { sandbox } = await rehearse()
  const world = emptyWorld(0)
  world.hosts.push({ vpcId: 'outside', ip: '172.31.12.59', port: 80, served: true })
  const port = Number(new URL(sandbox.url).port)
  await expect(startSandbox({ clock: jumpingClock(), world, port })).rejects.toThrow('EADDRINUSE')
  const [host] = world.hosts
  expect(host?.url).toMatch(/^http:/)
  await expect(fetch(host?.url ?? '')).rejects.toThrow('fetch failed')
})

it('goes on from its state file, at its time, with its hosts served anew', async () => {
  const stateFile = join(folder, 'state.json')
  const hosts = [{ vpcId: 'outside', ip: '172.31.12.59', port: 80, name: 'warehouse' }]
  const first = await rehearse({ stateFile, seed: { hosts } })
  await first.clients(account).ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))
  await first.clock.sleep(3_600_000)
  const stopped = first.clock.now()
  await first.sandbox.close()
  expect((await stat(stateFile)).mode & 0o777).toBe(0o600)

  const second = await rehearse({ stateFile, seed: { hosts: [] } })
  expect(second.clock.now()).toBe(stopped)
  const { Vpcs } = await second.clients(account).ec2.send(new DescribeVpcsCommand({}))
  expect(Vpcs).toHaveLength(1)
  expect(await json(`${second.sandbox.world.hosts[0]?.url}/`)).toMatchObject({ name: 'warehouse' })
  await second.sandbox.close()
})

it('saves by itself, soon after a change', async () => {
  const stateFile = join(folder, 'soon.json')
  const { clients, sandbox } = await rehearse({ stateFile })
  await clients(account).ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))
  await expect.poll(() => readFile(stateFile, 'utf8').catch(() => '')).toContain('10.0.0.0/16')
  await sandbox.close()
})

it.each([
  ['is not JSON', '{'],
  ['is not a world', '{"version":1}'],
  ['is of another version', '{"version":2,"time":0,"serial":0}'],
])('refuses a state file that %s, and says how to go on', async (_, text) => {
  const stateFile = join(folder, 'broken.json')
  await writeFile(stateFile, text)
  await expect(startSandbox({ stateFile })).rejects.toMatchObject({
    code: 'SandboxStateUnreadable',
    message: expect.stringContaining(stateFile),
    hint: expect.stringContaining('Move'),
  })
})
