import { rmSync } from 'node:fs'
import { request } from 'node:http'

import { afterAll, expect, it } from 'vitest'

import { runningClock } from '../../src/clock.ts'
import { fromHeader } from '../../packages/sandbox/src/network/execute-api/edge.ts'
import { type Sandbox, startSandbox } from '../../packages/sandbox/src/server/sandbox.ts'
import { inventory } from '../../packages/sandbox/src/state/inventory.ts'
import { initialise, terraformIn } from '../support/terraform.ts'
import { applicationRole, elsewhere, externalId, places, platform } from './places.ts'

const initialised = initialise(new URL('terraform', import.meta.url).pathname)
const ready = 'folder' in initialised
if (!ready) process.stderr.write(`skipped: Terraform or its AWS provider is not here: ${initialised.reason}\n`)
const folder = ready ? initialised.folder : ''

/** Fast enough that the sandbox is never what Terraform waits for, slow enough that twelve hours' sessions last. */
const speed = 30
const minute = 60_000

let sandbox: Sandbox | undefined
afterAll(async () => {
  await sandbox?.close()
  if (ready) rmSync(folder, { recursive: true, force: true })
})

interface Answer {
  status: number | undefined
  headers: Record<string, unknown>
  text: string
}

/** Calls an API by its own name, as somebody behind an interface endpoint. */
const call = (url: string, method: string, api: string, path: string, endpointId: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = { host: `${api}.execute-api.us-east-1.amazonaws.com`, [fromHeader]: endpointId }
    const sent = request(`${url}${path}`, { method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.once('end', () => resolve({ status: response.statusCode, headers: response.headers, text }))
    })
    sent.once('error', reject)
    sent.end()
  })

/** What Terraform looks for until it has gone, asks before it creates, and asks again because it was too fast. */
const expectedErrors = new Set([
  'InvalidGroup.NotFound',
  'InvalidVpcEndpointId.NotFound',
  'InvalidVpcEndpointServiceId.NotFound',
  'InvalidVpcID.NotFound',
  'LoadBalancerNotFound',
  'NotFoundException',
  'RequestLimitExceeded',
  'TargetGroupNotFound',
  'Throttling',
  'TooManyRequestsException',
  'Unavailable',
])

it.skipIf(!ready)(
  'Terraform builds both integrations, finds no drift, changes them in place and leaves nothing behind',
  async () => {
    sandbox = await startSandbox({ clock: runningClock(speed), speed, seed: places })
    const { url, world, clock } = sandbox
    const role = world.iam.roles[applicationRole]
    if (role) role.maxSessionSeconds = 12 * 3600
    const before = inventory(world, clock.now())
    const variables = { platform_account: platform, application_role: applicationRole, external_id: externalId }
    const terraform = terraformIn(folder, url, variables)

    await terraform.apply('1')
    const built = await terraform.outputs()
    const { application_api = '', application_vpc = '', gateway_endpoint = '' } = built
    const { elsewhere_api = '', hub_endpoint = '' } = built
    await sandbox.seed({ hosts: [{ vpcId: application_vpc, ip: '10.1.1.50', port: 8080, name: 'application' }] })
    const callApplication = (method: string, endpointId: string) =>
      call(url, method, application_api, '/test/orders/7?q=1', endpointId)

    const answer = await callApplication('GET', gateway_endpoint)
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toMatchObject({ name: 'application', method: 'GET', path: '/orders/7?q=1' })
    expect(JSON.parse((await call(url, 'GET', application_api, '/test', gateway_endpoint)).text)).toMatchObject({
      name: 'application',
      path: '/',
    })
    expect(await callApplication('OPTIONS', gateway_endpoint)).toMatchObject({
      status: 200,
      headers: { 'access-control-allow-origin': 'https://portal.example' },
    })
    expect((await callApplication('GET', hub_endpoint)).text).toMatch(/is not authorized .* with an explicit deny/)
    const far = await call(url, 'GET', elsewhere_api, '/v1/stock', hub_endpoint)
    expect(far.status).toBe(200)
    expect(JSON.parse(far.text)).toMatchObject({ name: 'elsewhere', path: '/stock' })

    expect(await terraform.drift('1')).toBe('')
    await terraform.apply('2')
    expect(await terraform.drift('2')).toBe('')
    expect((await callApplication('GET', gateway_endpoint)).status).toBe(200)

    await terraform.destroy('2')
    const host = `host ${application_vpc} 10.1.1.50:8080 application`
    expect(inventory(world, clock.now())).toEqual([...before, host].toSorted())
    expect(world.hosts.map(({ ip }) => ip)).toEqual([elsewhere, '10.1.1.50'])

    const refused = sandbox.calls.filter(({ error }) => error !== undefined && !expectedErrors.has(error))
    expect(refused.map(({ operation, error }) => `${operation}: ${error}`)).toEqual(secondRevocations(sandbox))
  },
  20 * minute,
)

/**
 * A new group lets out IPv4 only, and the provider takes back the rule for IPv6 too: the only refusals that nobody needs,
 * as many as there are groups.
 */
const secondRevocations = ({ calls }: Sandbox): string[] =>
  calls
    .filter(({ operation }) => operation === 'CreateSecurityGroup')
    .map(() => 'RevokeSecurityGroupEgress: InvalidPermission.NotFound')
