import { openRunMemory } from '../../src/aws/per-run.ts'
import {
  CreateDeploymentCommand,
  CreateRestApiCommand,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  PutMethodResponseCommand,
} from '@aws-sdk/client-api-gateway'
import { describe, expect, test } from 'vitest'
import type { Aws } from '../../src/aws/aws.ts'
import { probeDirectly, type Outside } from '../../src/aws/direct.ts'
import { openProbe } from '../../src/aws/probe.ts'
import type { TestCall, VantageChoice } from '../../src/aws/vantage.ts'
import { jumpingClock } from 'privlink-sandbox'
import { seconds } from '../../src/engine/step.ts'
import { gatewayId, openTestAccounts, seed } from './test-accounts.ts'

const vpcId = 'vpc-0aaaaaaaaaaaaaaa1'
const [inside, shut] = ['vpce-0bbbbbbbbbbbbbbb1', 'vpce-0bbbbbbbbbbbbbbb2'] as const
const place = { account: gatewayId, region: 'us-east-1' }
const serviceName = 'com.amazonaws.us-east-1.execute-api'

const world = {
  ...seed,
  securityGroups: [{ ...place, groupId: 'sg-0cccccccccccccccc', vpcId, name: 'shut', ingress: [] }],
  endpoints: [
    { ...place, endpointId: inside, vpcId, subnetIds: ['subnet-001'], serviceName },
    {
      ...place,
      endpointId: shut,
      vpcId,
      subnetIds: ['subnet-002'],
      serviceName,
      securityGroupIds: ['sg-0cccccccccccccccc'],
    },
  ],
}

const policy = (...endpoints: string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: '*',
        Action: 'execute-api:Invoke',
        Resource: 'execute-api:/*',
        Condition: { StringEquals: { 'aws:SourceVpce': endpoints } },
      },
    ],
  })

/** An API that answers / by itself, for those whom its policy lets in. */
async function openApi(allowed: string = inside, httpMethod = 'GET') {
  const accounts = await openTestAccounts(undefined, { seed: world })
  const aws = await accounts.accountClients('gateway')
  const { id: restApiId = '', rootResourceId: resourceId = '' } = await aws.apigateway(
    new CreateRestApiCommand({
      name: 'orders',
      endpointConfiguration: { types: ['PRIVATE'] },
      policy: policy(allowed),
    }),
  )
  const at = { restApiId, resourceId, httpMethod }
  await aws.apigateway(new PutMethodCommand({ ...at, authorizationType: 'NONE' }))
  await aws.apigateway(
    new PutIntegrationCommand({ ...at, type: 'MOCK', requestTemplates: { 'application/json': '{"statusCode": 200}' } }),
  )
  await aws.apigateway(new PutMethodResponseCommand({ ...at, statusCode: '200' }))
  await aws.apigateway(
    new PutIntegrationResponseCommand({
      ...at,
      statusCode: '200',
      responseTemplates: { 'application/json': '{"hello": "orders"}' },
    }),
  )
  await aws.apigateway(new CreateDeploymentCommand({ restApiId, stageName: 'test' }))
  await accounts.clock.sleep(seconds(60))
  const call = (more: Partial<TestCall> = {}): TestCall => ({
    aws,
    apiId: restApiId,
    stage: 'test',
    method: 'GET',
    path: '/',
    endpointId: inside,
    endpointName: null,
    ...more,
  })
  const probe = (vantage: VantageChoice) =>
    openProbe({ vantage, environment: accounts.environment, clock: accounts.clock })
  return { ...accounts, aws, call, probe }
}

describe('in the sandbox, a test call', () => {
  test('comes through the endpoint that it names', async () => {
    const { probe, call } = await openApi()
    const reply = await (await probe('auto')).call(call())
    expect(reply).toMatchObject({ reached: true, vantage: 'sandbox', status: 200, body: '{"hello": "orders"}' })
  })

  test('is refused by the policy as on AWS', async () => {
    const { probe, call } = await openApi('vpce-0dddddddddddddddd')
    const reply = await (await probe('sandbox')).call(call())
    expect(reply).toMatchObject({
      reached: true,
      status: 403,
      headers: { 'x-amzn-errortype': 'AccessDeniedException' },
      body: expect.stringContaining('not authorized to perform: execute-api:Invoke'),
    })
  })

  test('that nobody answers is over after ten seconds', async () => {
    const { probe, call, clock } = await openApi()
    const port = await probe('auto')
    const started = clock.now()
    expect(await port.call(call({ endpointId: shut }))).toEqual({
      reached: false,
      vantage: 'sandbox',
      why: 'no answer within 10 s',
    })
    expect(clock.now() - started).toBe(seconds(10))
  })

  test('finds names as the sandbox network knows them', async () => {
    const { probe, aws } = await openApi()
    const [endpoint] = await aws.reads.endpoints({ id: inside })
    const [entry] = endpoint?.DnsEntries ?? []
    const [card] = await aws.reads.networkInterfaces({ id: endpoint?.NetworkInterfaceIds?.[0] ?? '' })
    const port = await probe('auto')
    expect(await port.resolve(entry?.DnsName ?? '')).toEqual([card?.PrivateIpAddress])
    expect(await port.resolve('nowhere.example')).toEqual([])
  })

  test('is not to be had where no sandbox answers', async () => {
    const nobody = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }
    await expect(openProbe({ vantage: 'sandbox', environment: nobody, clock: jumpingClock() })).rejects.toMatchObject({
      code: 'NoSandbox',
      exit: 2,
    })
  })
})

describe('from the control plane, a test call', () => {
  test('gets through to the backend past the policy', async () => {
    const { probe, call } = await openApi('vpce-0dddddddddddddddd')
    const reply = await (await probe('control-plane')).call(call())
    expect(reply).toMatchObject({ reached: true, vantage: 'control-plane', status: 200, body: '{"hello": "orders"}' })
  })

  test.each(['GET', 'HEAD', 'OPTIONS'])('tests a method ANY by the verb %s of the request', async (method) => {
    const { probe, call } = await openApi(inside, 'ANY')
    const reply = await (await probe('control-plane')).call(call({ method }))
    expect(reply).toMatchObject({ reached: true, status: 200 })
  })

  test('does not test what might change something', async () => {
    const { probe, call } = await openApi()
    const reply = await (await probe('control-plane')).call(call({ method: 'DELETE' }))
    expect(reply).toMatchObject({ reached: undefined, why: expect.stringContaining('DELETE') })
  })

  test('cannot be made without the permission, nor to an API that is gone', async () => {
    const { probe, call, sandbox } = await openApi()
    const port = await probe('control-plane')
    sandbox.setFaults([{ operation: 'TestInvokeMethod', kind: 'denied' }])
    expect(await port.call(call())).toMatchObject({
      reached: undefined,
      hint: expect.stringMatching(/apigateway:POST/),
    })
    expect(await port.call(call({ apiId: 'gone' }))).toMatchObject({ reached: undefined })
  })
})

describe('directly, a test call', () => {
  const unused = () => Promise.reject(new Error('not asked for'))
  const door: Aws = {
    name: 'gateway',
    accountId: gatewayId,
    region: 'us-east-1',
    partition: 'aws',
    ec2: unused,
    elbv2: unused,
    apigateway: unused,
    iam: unused,
    lambda: unused,
    ecs: unused,
    perRun: openRunMemory(),
    secretsmanager: unused,
    logs: unused,
    route53: unused,
    reads: new Proxy(Object.create(null), { get: () => unused }),
  }
  const asked: TestCall = {
    aws: door,
    apiId: 'abc',
    stage: 'test',
    method: 'GET',
    path: '/x',
    endpointId: inside,
    endpointName: 'vpce-0a-1.execute-api.us-east-1.vpce.amazonaws.com',
  }
  const name = `abc-${inside}.execute-api.us-east-1.amazonaws.com`
  const clock = jumpingClock()
  // Only waiting, so that the clock may go on.
  const never = () => clock.aside(() => new Promise<never>(() => {}))

  const callWith = (outside: Partial<Outside>, change: Partial<TestCall> = {}) => {
    const usual = { resolve: async () => ['10.0.1.9'], connects: async () => true }
    const all: Outside = { ...usual, texts: async () => [], ask: unused, open: unused, ...outside }
    return probeDirectly(clock, all).call({ ...asked, ...change })
  }

  test('goes to the name of the endpoint, with that of the API as Host', async () => {
    const asks: unknown[] = []
    await callWith({
      ask: async ({ url, headers }) => {
        asks.push(url.href, headers)
        return { status: 403, headers: {}, body: '' }
      },
    })
    expect(asks).toEqual([
      'https://vpce-0a-1.execute-api.us-east-1.vpce.amazonaws.com/test/x',
      { host: 'abc.execute-api.us-east-1.amazonaws.com' },
    ])
  })

  test('goes to the alias of API and endpoint where the name is not known', async () => {
    const urls: string[] = []
    const reply = await callWith(
      {
        resolve: async (wanted) => (wanted === name ? ['10.0.1.9'] : []),
        ask: async ({ url }) => {
          urls.push(url.href)
          return { status: 200, headers: {}, body: 'hello' }
        },
      },
      { endpointName: null },
    )
    expect(reply).toMatchObject({ reached: true, vantage: 'direct', status: 200, body: 'hello' })
    expect(urls).toEqual([`https://${name}/test/x`])
  })

  test.each<[string, Partial<Outside>, string]>([
    ['the name is unknown', { resolve: async () => [] }, 'has no address here'],
    ['the name leads to a public address', { resolve: async () => ['52.1.2.3'] }, '52.1.2.3, which is not private'],
    ['nothing can be connected to within three seconds', { connects: never }, '10.0.1.9 cannot be reached from here'],
    ['the connection is refused', { connects: async () => false }, '10.0.1.9 cannot be reached from here'],
  ])('cannot be made from here when %s', async (_, outside, why) => {
    expect(await callWith(outside)).toMatchObject({ reached: undefined, why: expect.stringContaining(why) })
  })

  test('that connects but gets no answer has failed', async () => {
    expect(await callWith({ ask: never })).toEqual({ reached: false, vantage: 'direct', why: 'no answer within 10 s' })
  })
})
