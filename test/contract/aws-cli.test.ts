import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { CreateDeploymentCommand, CreateRestApiCommand, PutRestApiCommand } from '@aws-sdk/client-api-gateway'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { durations } from '../../packages/sandbox/src/state/durations.ts'
import { account, hubOnly, loadBalancerArn, region, rehearseGateway } from '../support/gateway.ts'
import { awsEnvironment, has, run } from '../support/programs.ts'

const awsCli = has('aws', '--version')

const serviceName = `com.amazonaws.${region}.execute-api`
/** One more than the smallest page of EC2 has. */
const endpoints = ['a', 'b', 'c', 'd', 'e', 'f'].map((digit) => `vpce-0${digit.repeat(16)}`)

/** A proxy to the backend behind the link, in the words of a definition. */
const definition = (connectionId: string, title: string) => ({
  openapi: '3.0.1',
  info: { title, version: '1' },
  'x-amazon-apigateway-policy': JSON.parse(hubOnly),
  paths: {
    '/{proxy+}': {
      'x-amazon-apigateway-any-method': {
        parameters: [{ name: 'proxy', in: 'path', required: true, schema: { type: 'string' } }],
        'x-amazon-apigateway-integration': {
          type: 'http_proxy',
          httpMethod: 'ANY',
          uri: 'http://orders.internal/{proxy}',
          connectionType: 'VPC_LINK',
          connectionId,
          requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' },
        },
      },
    },
  },
})

let gateway: Awaited<ReturnType<typeof rehearseGateway>>
let folder: string
let vpcLinkId: string
/** Ids of three private APIs, the first of which is deployed to the stage `test`. */
let apis: string[]

/** Runs the CLI, which must have nothing to complain about, and reads what it printed as JSON. */
async function aws(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await run(awsEnvironment(gateway.sandbox.url, account), 'aws', ...args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout === '' ? undefined : args.includes('--output') ? stdout : JSON.parse(stdout)
}

/** Runs the CLI, which must fail as it fails on AWS: 255 from version 1, 254 from version 2. */
async function refusal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(awsEnvironment(gateway.sandbox.url, account), 'aws', ...args)
  expect([254, 255]).toContain(code)
  expect(stdout).toBe('')
  return stderr.trim()
}

async function makeApi(name: string): Promise<string> {
  const { apigateway } = gateway
  const { id = '' } = await apigateway.send(
    new CreateRestApiCommand({ name, endpointConfiguration: { types: ['PRIVATE'] }, policy: hubOnly }),
  )
  const body = Buffer.from(JSON.stringify(definition(vpcLinkId, name)))
  await apigateway.send(new PutRestApiCommand({ restApiId: id, mode: 'overwrite', body }))
  return id
}

describe.skipIf(!awsCli)('the aws CLI', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'privlink-cli-'))
    gateway = await rehearseGateway()
    const place = { account, region, vpcId: gateway.vpcId, subnetIds: ['subnet-0123456789abcdef0'], serviceName }
    await gateway.sandbox.seed({ endpoints: endpoints.map((endpointId) => ({ ...place, endpointId })) })
    vpcLinkId = await gateway.makeLink()
    apis = []
    for (const name of ['orders', 'stock', 'sales']) apis.push(await makeApi(name))
    await gateway.apigateway.send(new CreateDeploymentCommand({ restApiId: apis[0], stageName: 'test' }))
    await gateway.clock.sleep(durations.deploymentLive)
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('describes endpoints, by filter and by query', async () => {
    const all = await aws('ec2', 'describe-vpc-endpoints', '--vpc-endpoint-ids', ...endpoints)
    expect(all).toMatchObject({
      VpcEndpoints: endpoints.map((VpcEndpointId) => ({ VpcEndpointId, State: 'available', OwnerId: account })),
    })
    const filters = [`Name=vpc-id,Values=${gateway.vpcId}`, `Name=service-name,Values=${serviceName},com.amazonaws.x`]
    const query = ['--query', 'VpcEndpoints[].[VpcEndpointId,ServiceName]']
    expect(await aws('ec2', 'describe-vpc-endpoints', '--filters', ...filters, ...query, '--output', 'text')).toBe(
      endpoints.map((id) => `${id}\t${serviceName}\n`).join(''),
    )
    const nothing = ['--filters', 'Name=vpc-endpoint-state,Values=pendingAcceptance']
    expect(await aws('ec2', 'describe-vpc-endpoints', ...nothing)).toEqual({ VpcEndpoints: [] })
  })

  it('tells the health of targets, and waits for it', async () => {
    const named = ['--load-balancer-arn', loadBalancerArn(), '--query', 'TargetGroups[0].TargetGroupArn']
    const group = ['--target-group-arn', String(await aws('elbv2', 'describe-target-groups', ...named))]
    expect(await aws('elbv2', 'describe-target-health', ...group)).toEqual({
      TargetHealthDescriptions: [
        {
          Target: { Id: '10.0.0.50', Port: 8080, AvailabilityZone: expect.stringMatching(/^us-east-1[a-f]$/) },
          HealthCheckPort: '8080',
          TargetHealth: { State: 'healthy' },
        },
      ],
    })
    await aws('elbv2', 'wait', 'target-in-service', ...group)
    await aws('elbv2', 'wait', 'load-balancer-available', '--load-balancer-arns', loadBalancerArn())
  })

  it('lists APIs, and pages through them at its own pace', async () => {
    const names = ['--query', 'items[].name']
    expect(await aws('apigateway', 'get-rest-apis', ...names)).toEqual(['orders', 'stock', 'sales'])
    expect(await aws('apigateway', 'get-rest-apis', '--page-size', '1', ...names)).toEqual(['orders', 'stock', 'sales'])
    const first = await aws('apigateway', 'get-rest-apis', '--max-items', '2')
    expect(first).toMatchObject({ items: [{ id: apis[0] }, { id: apis[1] }], NextToken: expect.any(String) })
    const token = /"NextToken":"([^"]+)"/.exec(JSON.stringify(first))?.[1] ?? ''
    const rest = await aws('apigateway', 'get-rest-apis', '--starting-token', token)
    expect(rest).toMatchObject({ items: [{ id: apis[2] }] })
    expect(rest).not.toHaveProperty('NextToken')
  })

  it('goes through all pages of the other services, and can stop on the way', async () => {
    const describe = ['ec2', 'describe-vpc-endpoints', '--query', 'VpcEndpoints[].VpcEndpointId']
    const asked = gateway.sandbox.calls.length
    expect(await aws(...describe, '--page-size', '5')).toEqual(endpoints)
    expect(gateway.sandbox.calls.length - asked).toBe(2)
    expect(await aws(...describe, '--max-items', '2')).toEqual(endpoints.slice(0, 2))
    // The CLI has one option for its own pages and those of ELB, and then leaves the marker to its user.
    const list = ['elbv2', 'describe-load-balancers', '--page-size', '1']
    const first = await aws(...list)
    expect(first).toMatchObject({ LoadBalancers: [{ LoadBalancerArn: loadBalancerArn(1) }] })
    const marker = /"NextMarker":"([^"]+)"/.exec(JSON.stringify(first))?.[1] ?? ''
    expect(await aws(...list, '--marker', marker)).toEqual({
      LoadBalancers: [expect.objectContaining({ LoadBalancerArn: loadBalancerArn(2) })],
    })
  })

  it('exports what is deployed, and puts it back as it is', async () => {
    const file = join(folder, 'orders.json')
    const stage = ['--rest-api-id', apis[0] ?? '', '--stage-name', 'test']
    const type = ['--export-type', 'oas30', '--parameters', 'extensions=integrations']
    expect(await aws('apigateway', 'get-export', ...stage, ...type, file)).toEqual({
      contentType: 'application/json',
      contentDisposition: expect.stringMatching(/^attachment; filename=/),
    })
    const written: unknown = JSON.parse(await readFile(file, 'utf8'))
    expect(written).toMatchObject({ openapi: '3.0.1', info: { title: 'orders' } })
    expect(written).toHaveProperty(['paths', '/{proxy+}', 'x-amazon-apigateway-any-method'])
    await writeFile(file, JSON.stringify(definition(vpcLinkId, 'renamed')))
    const put = ['--rest-api-id', apis[1] ?? '', '--mode', 'overwrite', '--body', `fileb://${file}`]
    expect(await aws('apigateway', 'put-rest-api', ...put)).toMatchObject({ id: apis[1], name: 'renamed' })
  })

  it('tests a method, which reaches the backend', async () => {
    const api = ['--rest-api-id', apis[0] ?? '']
    const query = ['--query', "items[?path=='/{proxy+}'].id | [0]"]
    const resource = ['--resource-id', String(await aws('apigateway', 'get-resources', ...api, ...query))]
    const path = ['--path-with-query-string', '/orders/7?q=1']
    const answer = await aws('apigateway', 'test-invoke-method', ...api, ...resource, '--http-method', 'GET', ...path)
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('"path":"/orders/7?q=1"') })
    expect(answer).toHaveProperty('log', expect.stringContaining('Method completed with status: 200'))
  })

  it('tags and prints tables', async () => {
    const tags = ['--tags', 'Key=purpose,Value=the <way> in & out']
    expect(await aws('ec2', 'create-tags', '--resources', endpoints[0] ?? '', ...tags)).toBeUndefined()
    const filter = ['--filters', `Name=resource-id,Values=${endpoints[0]}`]
    expect(await aws('ec2', 'describe-tags', ...filter, '--output', 'table')).toContain('the <way> in & out')
  })

  it.each([
    [
      'ec2 describe-vpcs --vpc-ids vpc-00000000000000000',
      /\(InvalidVpcID\.NotFound\) .* DescribeVpcs operation: The vpc/,
    ],
    ['ec2 delete-vpc --vpc-id vpc-0123456789abcdef0', /\(DependencyViolation\) .* DeleteVpc operation: .*dependencies/],
    ['ec2 delete-vpc --vpc-id vpc-0123456789abcdef0 --dry-run', /\(DryRunOperation\) .* Request would have succeeded/],
    [
      'elbv2 describe-load-balancers --names nobody',
      /\(LoadBalancerNotFound\) .* Load balancers '\[nobody\]' not found/,
    ],
    ['apigateway get-rest-api --rest-api-id aaaaaaaaaa', /\(NotFoundException\) .* Invalid API identifier specified/],
    ['apigateway get-stage --rest-api-id API --stage-name no', /\(NotFoundException\) .* Invalid stage identifier/],
    ['apigateway delete-vpc-link --vpc-link-id LINK', /\(BadRequestException\) .* Cannot delete vpc link\. .*:test\]/],
    ['ec2 describe-instances', /\(InvalidAction\) .* DescribeInstances/],
  ])('shows why not: %s', async (command, message) => {
    const said = await refusal(
      ...command
        .replace('API', apis[0] ?? '')
        .replace('LINK', vpcLinkId)
        .split(' '),
    )
    expect(said.replaceAll('\n', ' ')).toMatch(message)
  })

  it('succeeds with a list of what failed, where AWS does', async () => {
    const nobody = 'vpce-00000000000000000'
    expect(await aws('ec2', 'delete-vpc-endpoints', '--vpc-endpoint-ids', nobody)).toMatchObject({
      Unsuccessful: [{ ResourceId: nobody, Error: { Code: 'InvalidVpcEndpoint.NotFound' } }],
    })
  })
})
