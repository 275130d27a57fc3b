import {
  CreateDeploymentCommand,
  CreateRestApiCommand,
  GetResourcesCommand,
  PutRestApiCommand,
  TestInvokeMethodCommand,
  UpdateRestApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway'
import { expect, test } from 'vitest'

import { durations } from '../src/state/durations.ts'
import type { Entry } from '../src/network/network.ts'
import { invoke } from '../src/network/execute-api/invoke.ts'
import { account, hubEndpoint, hubOnly, otherEndpoint, region, rehearseGateway } from '../../../test/support/gateway.ts'

const gateway = await rehearseGateway()
const { send } = gateway
const vpcLinkId = await gateway.makeLink()

const overLink = (uri: string, more: object = {}) => ({
  'x-amazon-apigateway-integration': {
    type: 'http_proxy',
    httpMethod: 'ANY',
    uri,
    connectionType: 'VPC_LINK',
    connectionId: '${stageVariables.vpcLinkId}',
    ...more,
  },
})

const proxy = {
  'x-amazon-apigateway-any-method': {
    parameters: [{ name: 'proxy', in: 'path', required: true }],
    ...overLink('http://orders.internal/{proxy}', {
      requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' },
    }),
  },
}

const header = 'Access-Control-Allow-Origin'
const preflight = (contentHandling: object = { contentHandling: 'CONVERT_TO_TEXT' }) => ({
  responses: { '200': { description: 'CORS', headers: { [header]: {} } } },
  'x-amazon-apigateway-integration': {
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode": 200}' },
    responses: {
      default: {
        statusCode: '200',
        responseParameters: { [`method.response.header.${header}`]: "'*'" },
        ...contentHandling,
      },
    },
    ...contentHandling,
  },
})

const put = (restApiId: string, paths: object, more: object = {}) =>
  send(
    new PutRestApiCommand({
      restApiId,
      mode: 'overwrite',
      body: Buffer.from(
        JSON.stringify({
          openapi: '3.0.1',
          info: { title: 'orders' },
          'x-amazon-apigateway-policy': JSON.parse(hubOnly),
          paths,
          ...more,
        }),
      ),
    }),
  )

const deploy = (restApiId: string) =>
  send(new CreateDeploymentCommand({ restApiId, stageName: 'test', variables: { vpcLinkId } }))

/** A private API that has been live for a while. */
async function serve(paths: object, more: object = {}): Promise<string> {
  const { id = '' } = await send(
    new CreateRestApiCommand({ name: 'orders', endpointConfiguration: { types: ['PRIVATE'] } }),
  )
  await put(id, paths, more)
  await deploy(id)
  await gateway.clock.sleep(durations.deploymentLive)
  return id
}

const from = (endpointId: string): Entry => ({
  kind: 'endpoint',
  endpointId,
  vpcId: 'vpc-0123456789abcdef0',
  account,
  sourceIp: '10.0.0.9',
})

interface Asked {
  method?: string
  query?: string
  headers?: Record<string, string>
  entry?: Entry
}

async function call(restApiId: string, path: string, asked: Asked = {}) {
  const api = gateway.sandbox.world.apigateway.restApis[restApiId]
  if (api === undefined) throw new Error(`no API ${restApiId}`)
  const { method = 'GET', query = '', headers = {}, entry = from(hubEndpoint) } = asked
  const request = { method, path, query, headers: { host: 'caller', ...headers }, body: Buffer.alloc(0) }
  const answer = await invoke(gateway.sandbox.network, { api, request, entry })
  const text = answer.body.toString()
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  return { status: answer.status, headers: answer.headers, body }
}

const missing = { status: 403, body: { message: 'Missing Authentication Token' } }

test('a call reaches the backend with its path and query, and the host of the integration', async () => {
  const api = await serve({ '/{proxy+}': proxy })
  const answer = await call(api, '/test/orders/7', { method: 'POST', query: 'q=1&r=a%20b' })
  expect(answer).toMatchObject({
    status: 200,
    body: { method: 'POST', path: '/orders/7?q=1&r=a%20b', host: 'orders.internal' },
  })
  expect(answer.headers).toHaveProperty('x-amzn-remapped-date')
})

test('the greedy path does not match the root, which needs a method of its own', async () => {
  const api = await serve({ '/{proxy+}': proxy })
  expect(await call(api, '/test/')).toMatchObject(missing)
  expect(await call(api, '/test')).toMatchObject(missing)
  const whole = await serve({ '/{proxy+}': proxy, '/': { get: overLink('http://orders.internal/home') } })
  expect(await call(whole, '/test')).toMatchObject({ status: 200, body: { path: '/home' } })
})

test('a literal segment beats a variable one, which beats the greedy one, and ANY stands in for a missing verb', async () => {
  const to = (path: string) => overLink(`http://orders.internal${path}`)
  const api = await serve({
    '/{proxy+}': proxy,
    '/orders/new': { get: to('/literal') },
    '/orders/{id}': { get: to('/variable'), 'x-amazon-apigateway-any-method': to('/any') },
  })
  const reach = async (path: string, method = 'GET') => (await call(api, `/test${path}`, { method })).body
  expect(await reach('/orders/new')).toMatchObject({ path: '/literal' })
  expect(await reach('/orders/7')).toMatchObject({ path: '/variable' })
  expect(await reach('/orders/7', 'DELETE')).toMatchObject({ path: '/any' })
  expect(await reach('/orders/7/lines')).toMatchObject({ path: '/orders/7/lines' })
  expect(await reach('/orders')).toMatchObject({ path: '/orders' })
  expect(await reach('/orders/new', 'DELETE')).toEqual(missing.body)
  expect(await call(api, '/prod/orders/7')).toMatchObject(missing)
})

test('who comes by another endpoint is denied explicitly, with the account masked', async () => {
  const api = await serve({ '/{proxy+}': proxy })
  const answer = await call(api, '/test/orders', { entry: from(otherEndpoint) })
  expect(answer).toMatchObject({
    status: 403,
    headers: { 'x-amzn-errortype': 'AccessDeniedException' },
    body: {
      Message: `User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:${region}:********1234:${api}/test/GET/orders with an explicit deny`,
    },
  })
})

test('what the policy does not mention is denied implicitly, and the client is known by its VPC address only', async () => {
  const only = (key: string) => ({
    'x-amazon-apigateway-policy': {
      Statement: [
        {
          Effect: 'Allow',
          Principal: '*',
          Action: 'execute-api:Invoke',
          Resource: 'execute-api:/test/GET/*',
          Condition: { IpAddress: { [key]: '10.0.0.0/24' } },
        },
      ],
    },
  })
  const root = { '/': { 'x-amazon-apigateway-any-method': overLink('http://orders.internal/') } }
  const bySource = await call(await serve(root, only('aws:SourceIp')), '/test/')
  expect(bySource.status).toBe(403)
  expect(bySource.body).toEqual({ Message: expect.stringMatching(/\/test\/GET\/$/) })
  const api = await serve(root, only('aws:VpcSourceIp'))
  expect((await call(api, '/test/')).status).toBe(200)
  expect((await call(api, '/test/', { method: 'POST' })).status).toBe(403)
})

test('a changed policy takes effect with the next deployment, once that is live', async () => {
  const api = await serve({ '/{proxy+}': proxy })
  const value = hubOnly.replace(hubEndpoint, otherEndpoint)
  await send(new UpdateRestApiCommand({ restApiId: api, patchOperations: [{ op: 'replace', path: '/policy', value }] }))
  const status = async () => (await call(api, '/test/x')).status
  expect(await status()).toBe(200)
  await deploy(api)
  expect(await status()).toBe(200)
  await gateway.clock.sleep(durations.deploymentLive)
  expect(await status()).toBe(403)
})

test('a brand-new stage answers once its deployment is live', async () => {
  const { id = '' } = await send(new CreateRestApiCommand({ name: 'x', endpointConfiguration: { types: ['PRIVATE'] } }))
  await put(id, { '/{proxy+}': proxy })
  await deploy(id)
  expect(await call(id, '/test/x')).toMatchObject(missing)
  await gateway.clock.sleep(durations.deploymentLive)
  expect((await call(id, '/test/x')).status).toBe(200)
})

test('a stage variable takes effect without a deployment; one that names no link gives 500', async () => {
  const api = await serve({ '/{proxy+}': proxy })
  const patchOperations = [{ op: 'replace', path: '/variables/vpcLinkId', value: 'nolink' } as const]
  await send(new UpdateStageCommand({ restApiId: api, stageName: 'test', patchOperations }))
  expect(await call(api, '/test/x')).toMatchObject({ status: 500, body: { message: 'Internal server error' } })
})

test('the port of the uri selects the listener, and without one the call fails', async () => {
  const api = await serve({ '/': { get: overLink('http://orders.internal:8443/') } })
  expect((await call(api, '/test')).status).toBe(500)
})

test('a backend that drops packets gives 504 after the integration timeout', async () => {
  const api = await serve({ '/': { get: overLink('http://orders.internal/', { timeoutInMillis: 3000 }) } })
  const balancer = Object.values(gateway.sandbox.world.elbv2.loadBalancers)[0]
  if (balancer) balancer.groupIds = ['sg-that-admits-nobody']
  const started = gateway.clock.now()
  const answer = await call(api, '/test')
  if (balancer) balancer.groupIds = []
  expect(answer).toMatchObject({ status: 504, body: { message: 'Endpoint request timed out' } })
  expect(gateway.clock.now() - started).toBe(3000)
})

test('a load balancer without targets gives 503', async () => {
  const api = await serve({ '/': { get: overLink('http://orders.internal/') } })
  const group = Object.values(gateway.sandbox.world.elbv2.targetGroups)[0]
  const targets = group?.targets ?? []
  if (group) group.targets = []
  const answer = await call(api, '/test')
  if (group) group.targets = targets
  expect(answer).toMatchObject({ status: 503, body: { message: 'Service Unavailable' } })
})

test('MOCK answers a preflight, also for binary types when both ends convert to text', async () => {
  const binary = { 'x-amazon-apigateway-binary-media-types': ['*/*'] }
  const ask = async (api: string) => await call(api, '/test', { method: 'OPTIONS' })
  const answer = await ask(await serve({ '/': { options: preflight() } }, binary))
  expect(answer).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': '*' } })
  expect((await ask(await serve({ '/': { options: preflight({}) } }, binary))).status).toBe(500)
  expect((await ask(await serve({ '/': { options: preflight({}) } }))).status).toBe(200)
})

test('IAM authorization wants a signature, and lets in the account itself unless a Deny matches', async () => {
  const signedMethod = { ...overLink('http://orders.internal/'), 'x-amazon-apigateway-auth': { type: 'AWS_IAM' } }
  const api = await serve({ '/': { get: signedMethod } })
  expect(await call(api, '/test')).toMatchObject(missing)
  const signed = (key: string) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/${region}/execute-api/aws4_request, SignedHeaders=host, Signature=0`,
  })
  expect((await call(api, '/test', { headers: signed(account) })).status).toBe(200)
  const refused = await call(api, '/test', { headers: signed(account), entry: from(otherEndpoint) })
  expect(refused.body).toEqual({
    Message: expect.stringMatching(`^User: arn:aws:iam::${account}:root is not authorized.*explicit deny$`),
  })
  expect((await call(api, '/test', { headers: signed('AKIAUNKNOWN') })).status).toBe(403)
})

test('a test invocation runs the live edit past the policy and really calls the backend', async () => {
  const restApiId = await serve({ '/{proxy+}': proxy })
  await put(restApiId, { '/ping': { get: overLink('http://edited.internal/alive', { connectionId: vpcLinkId }) } })
  const { items } = await send(new GetResourcesCommand({ restApiId }))
  const resourceId = items?.find(({ path }) => path === '/ping')?.id
  const answer = await send(new TestInvokeMethodCommand({ restApiId, resourceId, httpMethod: 'GET' }))
  expect(answer.status).toBe(200)
  expect(JSON.parse(answer.body ?? '')).toMatchObject({ path: '/alive', host: 'edited.internal' })
  expect(answer.log).toContain('Endpoint request URI: http://edited.internal/alive')
  expect(answer.log).toContain('Method completed with status: 200')
})

test('a test invocation knows only the stage variables that it is given', async () => {
  const restApiId = await serve({ '/{proxy+}': proxy })
  const { items } = await send(new GetResourcesCommand({ restApiId }))
  const resourceId = items?.find(({ path }) => path === '/{proxy+}')?.id
  const ask = (stageVariables?: Record<string, string>) =>
    send(
      new TestInvokeMethodCommand({
        restApiId,
        resourceId,
        httpMethod: 'OPTIONS',
        pathWithQueryString: '/a/b?q=1',
        ...(stageVariables && { stageVariables }),
      }),
    )
  expect(await ask()).toMatchObject({ status: 500, log: expect.stringContaining('Invalid VPC link') })
  expect(JSON.parse((await ask({ vpcLinkId })).body ?? '')).toMatchObject({ method: 'OPTIONS', path: '/a/b?q=1' })
})
