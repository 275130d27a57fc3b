import {
  CreateDeploymentCommand,
  CreateRestApiCommand,
  GetResourcesCommand,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  PutMethodResponseCommand,
} from '@aws-sdk/client-api-gateway'
import { DescribeTargetHealthCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { beforeEach, describe, expect, it } from 'vitest'

import type { EdgeAnswer } from '../src/network/network.ts'
import { answerAtEdge } from '../src/network/execute-api/edge.ts'
import { sendThroughLink } from '../src/network/link.ts'
import { rehearse, type Rehearsal } from '../../../test/support/sandbox.ts'

const owner = '111122223333'
const consumer = '444455556666'
const region = 'us-east-1'
const domain = `execute-api.${region}.amazonaws.com`

const everybody = { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' }
const policy = JSON.stringify({ Version: '2012-10-17', Statement: [everybody] })

const endpoint = (endpointId: string, over: object = {}) => ({
  account: consumer,
  region,
  endpointId,
  vpcId: 'vpc-shop',
  subnetIds: ['subnet-a'],
  serviceName: `com.amazonaws.${region}.execute-api`,
  ...over,
})

let rehearsal: Rehearsal
let privateApi: string
let publicApi: string

beforeEach(async () => {
  const vpc = { account: consumer, region, vpcId: 'vpc-shop', cidr: '10.2.0.0/16' }
  rehearsal = await rehearse({
    seed: {
      vpcs: [{ ...vpc, subnets: [{ subnetId: 'subnet-a', cidr: '10.2.1.0/24' }] }],
      endpoints: [
        endpoint('vpce-0a'),
        endpoint('vpce-0b'),
        endpoint('vpce-0c', { serviceName: 'com.amazonaws.vpce.us-east-1.vpce-svc-1' }),
      ],
    },
  })
  privateApi = await deployApi({ types: ['PRIVATE'], vpcEndpointIds: ['vpce-0a'] })
  publicApi = await deployApi({ types: ['REGIONAL'] })
  await rehearsal.clock.sleep(60_000)
})

/** An API whose GET / answers 200 by itself, deployed to the stage `test`. */
async function deployApi(endpointConfiguration: { types: ('PRIVATE' | 'REGIONAL')[]; vpcEndpointIds?: string[] }) {
  const { apigateway } = rehearsal.clients(owner)
  const { id: restApiId } = await apigateway.send(
    new CreateRestApiCommand({ name: 'api', endpointConfiguration, policy }),
  )
  const { items } = await apigateway.send(new GetResourcesCommand({ restApiId }))
  const at = { restApiId, resourceId: items?.[0]?.id, httpMethod: 'GET' }
  const requestTemplates = { 'application/json': '{"statusCode":200}' }
  await apigateway.send(new PutMethodCommand({ ...at, authorizationType: 'NONE' }))
  await apigateway.send(new PutMethodResponseCommand({ ...at, statusCode: '200' }))
  await apigateway.send(new PutIntegrationCommand({ ...at, type: 'MOCK', requestTemplates }))
  await apigateway.send(new PutIntegrationResponseCommand({ ...at, statusCode: '200' }))
  await apigateway.send(new CreateDeploymentCommand({ restApiId, stageName: 'test' }))
  return restApiId ?? ''
}

const ask = (host: string, from?: string, headers: Record<string, string> = {}, path = '/test/'): Promise<EdgeAnswer> =>
  answerAtEdge(
    rehearsal.sandbox.network,
    { method: 'GET', path, query: '', headers: { host, ...headers }, body: Buffer.alloc(0) },
    host,
    from,
  )

const edit = (endpointId: string, over: object) =>
  Object.assign(rehearsal.sandbox.world.ec2.endpoints[endpointId] ?? {}, over)

const ok = expect.objectContaining({ status: 200 })
const forbidden = expect.objectContaining({
  status: 403,
  body: Buffer.from('{"message":"Forbidden"}'),
  headers: expect.objectContaining({ 'x-amzn-errortype': 'ForbiddenException', 'content-type': 'application/json' }),
})

describe('a private API', () => {
  it('answers through an endpoint, and says which request it was', async () => {
    const answer = await ask(`${privateApi}.${domain}`, 'vpce-0a')
    expect(answer).toEqual(ok)
    expect(answer).toHaveProperty('headers.x-amzn-requestid')
    expect(answer).toHaveProperty('headers.x-amz-apigw-id')
  })

  it('answers through an endpoint that is not associated, for the association grants nothing', async () => {
    expect(await ask(`${privateApi}.${domain}`, 'vpce-0b')).toEqual(ok)
  })

  it('answers to the alias of a deployed association only', async () => {
    expect(await ask(`${privateApi}-vpce-0a.${domain}`)).toEqual(ok)
    expect(await ask(`${privateApi}-vpce-0b.${domain}`)).toEqual(forbidden)
    const api = rehearsal.sandbox.world.apigateway.restApis[privateApi]
    api?.vpcEndpointIds.push('vpce-0b')
    expect(await ask(`${privateApi}-vpce-0b.${domain}`)).toEqual(forbidden)
  })

  it('answers by the own name of an endpoint to whoever names the API in a header', async () => {
    const name = `vpce-0a-12345678.execute-api.${region}.vpce.amazonaws.com`
    expect(await ask(name, undefined, { 'x-apigw-api-id': privateApi })).toEqual(ok)
    expect(await ask(name)).toEqual(forbidden)
  })

  it('is not there on the internet', async () => {
    expect(await ask(`${privateApi}.${domain}`)).toEqual(forbidden)
  })

  it.each([
    ['an endpoint that does not exist', 'vpce-0f'],
    ['an endpoint of another service', 'vpce-0c'],
  ])('is not reached through %s', async (_, from) => {
    expect(await ask(`${privateApi}.${domain}`, from)).toEqual(forbidden)
  })

  it('is not reached by the name of another Region', async () => {
    expect(await ask(`${privateApi}.execute-api.eu-west-1.amazonaws.com`, 'vpce-0a')).toEqual(forbidden)
  })

  it('is not reached while its default endpoint is disabled', async () => {
    Object.assign(rehearsal.sandbox.world.apigateway.restApis[privateApi] ?? {}, { disableExecuteApiEndpoint: true })
    expect(await ask(`${privateApi}.${domain}`, 'vpce-0a')).toEqual(forbidden)
  })
})

describe('a public API', () => {
  it('answers on the internet, and not through an endpoint whose private DNS captured its name', async () => {
    expect(await ask(`${publicApi}.${domain}`)).toEqual(ok)
    expect(await ask(`${publicApi}.${domain}`, 'vpce-0a')).toEqual(forbidden)
  })

  it('has to exist', async () => {
    expect(await ask(`nosuchapi0.${domain}`)).toEqual(forbidden)
    expect(await ask('api.example.com')).toEqual(forbidden)
  })
})

describe('an execute-api endpoint', () => {
  it('lets callers hang that its security groups do not admit', async () => {
    const from = (ip: string) => ask(`${privateApi}.${domain}`, 'vpce-0a', { 'x-privlink-sandbox-source-ip': ip })
    expect(await from('10.2.77.7')).toEqual(ok)
    expect(await from('10.9.0.1')).toBe('hang')
  })

  it.each([
    ['waits for acceptance', { acceptance: 'waiting' }],
    ['is still pending', { readyAt: Infinity }],
    ['is being deleted', { deletingSince: 1 }],
  ])('lets callers hang while it %s', async (_, over) => {
    edit('vpce-0a', over)
    expect(await ask(`${privateApi}.${domain}`, 'vpce-0a')).toBe('hang')
  })

  it('asks its own policy before the API is asked', async () => {
    const Statement = [{ ...everybody, Resource: `arn:aws:execute-api:${region}:${owner}:another/*` }]
    edit('vpce-0a', { policy: JSON.stringify({ Version: '2012-10-17', Statement }) })
    expect(await ask(`${privateApi}.${domain}`, 'vpce-0a')).toEqual(forbidden)
    const named = [{ ...everybody, Resource: `arn:aws:execute-api:${region}:${owner}:${privateApi}/test/GET/` }]
    edit('vpce-0a', { policy: JSON.stringify({ Version: '2012-10-17', Statement: named }) })
    expect(await ask(`${privateApi}.${domain}`, 'vpce-0a')).toEqual(ok)
  })

  it('answers /ping by itself', async () => {
    expect(await ask('whatever', 'vpce-0a', {}, '/ping')).toEqual(ok)
  })
})

describe('a VPC link to an execute-api endpoint', () => {
  const send = (scheme: 'http' | 'https', host: string, insecure = false) =>
    sendThroughLink(rehearsal.sandbox.network, {
      account: consumer,
      region,
      vpcLinkId: 'link',
      scheme,
      host,
      port: 443,
      request: { method: 'GET', path: '/test/', query: '', headers: {}, body: Buffer.alloc(0) },
      timeoutMs: 29_000,
      insecure,
    })

  beforeEach(async () => {
    const arn = `arn:aws:elasticloadbalancing:${region}:${consumer}:loadbalancer/net/outer/0123456789abcdef`
    const { world } = rehearsal.sandbox
    const ip = Object.values(world.ec2.networkInterfaces).find((one) => one.servesId === 'vpce-0a')?.privateIp ?? ''
    const listeners = [{ port: 443, targets: [{ ip, port: 443 }] }]
    const place = { account: consumer, region, vpcId: 'vpc-shop', subnetIds: ['subnet-a'] }
    await rehearsal.sandbox.seed({ loadBalancers: [{ ...place, arn, listeners }] })
    const owned = { account: consumer, region, createdAt: 0, tags: {} }
    world.ec2.endpointServices['svc'] = {
      ...owned,
      serviceId: 'svc',
      serviceName: 'hidden',
      loadBalancerArns: [arn],
      acceptanceRequired: false,
      principals: [],
      usableAt: 0,
    }
    const made = { ...owned, vpcLinkId: 'link', name: 'outer', targetArn: arn, readyAt: 0, serviceId: 'svc' }
    world.apigateway.vpcLinks['link'] = made
  })

  it('reaches the API that the Host header names, in whatever account it is', async () => {
    expect(await send('https', `${privateApi}.${domain}`)).toMatchObject({ arrived: true, answer: { status: 200 } })
    expect(await send('https', `${publicApi}.${domain}`)).toMatchObject({ arrived: true, answer: { status: 403 } })
  })

  it('refuses a certificate of another name unless it is told not to look', async () => {
    expect(await send('https', 'orders.internal')).toMatchObject({ cause: 'tls', hop: 'endpoint vpce-0a' })
    expect(await send('https', 'orders.internal', true)).toMatchObject({ arrived: true, answer: { status: 403 } })
  })

  it.each([
    ['/ping', { State: 'healthy' }],
    ['/', { State: 'unhealthy', Reason: 'Target.ResponseCodeMismatch' }],
  ])('finds the endpoint in the state that a health check of %s makes of it', async (path, state) => {
    const [group] = Object.values(rehearsal.sandbox.world.elbv2.targetGroups)
    Object.assign(group?.healthCheck ?? {}, { protocol: 'HTTPS', path, matcher: '200-399' })
    await rehearsal.clock.sleep(300_000)
    const look = new DescribeTargetHealthCommand({ TargetGroupArn: group?.arn })
    const { TargetHealthDescriptions } = await rehearsal.clients(consumer).elbv2.send(look)
    expect(TargetHealthDescriptions?.[0]?.TargetHealth).toMatchObject(state)
  })

  it('gets a 400 without TLS', async () => {
    expect(await send('http', `${privateApi}.${domain}`)).toMatchObject({ arrived: true, answer: { status: 400 } })
  })
})
