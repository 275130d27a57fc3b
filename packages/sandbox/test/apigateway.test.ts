import {
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  CreateStageCommand,
  DeleteDeploymentCommand,
  DeleteIntegrationCommand,
  DeleteResourceCommand,
  DeleteRestApiCommand,
  DeleteStageCommand,
  GetAccountCommand,
  GetDeploymentCommand,
  GetDeploymentsCommand,
  GetIntegrationCommand,
  GetIntegrationResponseCommand,
  GetMethodCommand,
  GetResourceCommand,
  GetResourcesCommand,
  GetRestApiCommand,
  GetRestApisCommand,
  GetStageCommand,
  GetStagesCommand,
  GetTagsCommand,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  PutMethodResponseCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateIntegrationCommand,
  UpdateMethodCommand,
  UpdateResourceCommand,
  UpdateRestApiCommand,
  UpdateStageCommand,
  UpdateAccountCommand,
} from '@aws-sdk/client-api-gateway'
import { expect, test } from 'vitest'

import { account, hubEndpoint, hubOnly, otherEndpoint, region, rehearseGateway } from '../../../test/support/gateway.ts'

const gateway = await rehearseGateway()
const { send } = gateway

const privateApi = (more: object = {}) =>
  send(
    new CreateRestApiCommand({
      name: 'orders',
      endpointConfiguration: { types: ['PRIVATE'], vpcEndpointIds: [hubEndpoint] },
      policy: hubOnly,
      tags: { 'privlink:node': 'api' },
      ...more,
    }),
  )

/** An API with a method on `/` that MOCK answers. */
async function deployable(more: object = {}) {
  const { id: restApiId = '', rootResourceId: resourceId = '' } = await privateApi(more)
  const method = { restApiId, resourceId, httpMethod: 'GET' }
  await send(new PutMethodCommand({ ...method, authorizationType: 'NONE' }))
  await send(new PutIntegrationCommand({ ...method, type: 'MOCK' }))
  return { restApiId, resourceId, method }
}

test('a private API is read back with its endpoints, tags and time', async () => {
  const { id: restApiId } = await privateApi({ binaryMediaTypes: ['*/*'] })
  const api = await send(new GetRestApiCommand({ restApiId }))
  expect(api).toMatchObject({
    id: expect.stringMatching(/^[a-z0-9]{10}$/),
    name: 'orders',
    endpointConfiguration: { types: ['PRIVATE'], vpcEndpointIds: [hubEndpoint], ipAddressType: 'dualstack' },
    binaryMediaTypes: ['*/*'],
    tags: { 'privlink:node': 'api' },
    apiKeySource: 'HEADER',
    disableExecuteApiEndpoint: false,
  })
  expect(api.createdDate).toEqual(new Date(gateway.clock.now()))
})

test('the policy comes back with full ARNs and escaped once more than JSON needs', async () => {
  const withRange = JSON.parse(hubOnly)
  withRange.Statement[0].Condition = { IpAddress: { 'aws:VpcSourceIp': '10.0.0.0/16' } }
  const { id, policy = '' } = await privateApi({ policy: JSON.stringify(withRange) })
  expect(policy).toMatch(/^\{\\"Version\\":/)
  expect(policy).toContain(String.raw`10.0.0.0\\/16`)
  const read = JSON.parse(JSON.parse(`"${policy}"`))
  const arn = `arn:aws:execute-api:${region}:${account}:${id}/*`
  expect(read.Statement[0].Resource).toBe(arn)
  expect(read.Statement[1].Resource).toEqual([arn])
  expect(read.Statement[0].Condition.IpAddress['aws:VpcSourceIp']).toBe('10.0.0.0/16')
})

test('a policy that is none is refused, and so is one that is too long', async () => {
  const broken = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })
  await expect(privateApi({ policy: broken })).rejects.toThrow('Invalid policy document')
  await expect(privateApi({ policy: '{' })).rejects.toThrow('Invalid policy document')
  const long = hubOnly.replace(hubEndpoint, 'x'.repeat(8192))
  await expect(privateApi({ policy: long })).rejects.toMatchObject({ name: 'BadRequestException' })
})

test('names are not unique: the same request makes a second API', async () => {
  const [one, other] = [await privateApi(), await privateApi()]
  expect(one.id).not.toBe(other.id)
})

test('APIs are listed by pages, and only to their own account', async () => {
  const { apigateway } = gateway.clients('111122223333')
  expect((await apigateway.send(new GetRestApisCommand({}))).items).toEqual([])
  for (const name of ['a', 'b', 'c']) await apigateway.send(new CreateRestApiCommand({ name }))
  const first = await apigateway.send(new GetRestApisCommand({ limit: 2 }))
  const second = await apigateway.send(new GetRestApisCommand({ limit: 2, position: first.position }))
  expect([...(first.items ?? []), ...(second.items ?? [])].map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect(second.position).toBeUndefined()
  const restApiId = first.items?.[0]?.id
  await expect(send(new GetRestApiCommand({ restApiId }))).rejects.toMatchObject({
    name: 'NotFoundException',
    message: `Invalid API identifier specified ${account}:${restApiId}`,
  })
})

test('patches change name, policy, endpoints and media types, and an empty policy removes it', async () => {
  const { id: restApiId } = await privateApi()
  const patch = (op: 'add' | 'replace' | 'remove', path: string, value?: string) => ({ op, path, value })
  const patched = await send(
    new UpdateRestApiCommand({
      restApiId,
      patchOperations: [
        patch('replace', '/name', 'renamed'),
        patch('replace', '/description', 'of orders'),
        patch('replace', '/policy', ''),
        patch('add', '/endpointConfiguration/vpcEndpointIds', otherEndpoint),
        patch('remove', '/endpointConfiguration/vpcEndpointIds', hubEndpoint),
        patch('add', '/binaryMediaTypes/*~1*'),
        patch('replace', '/disableExecuteApiEndpoint', 'true'),
      ],
    }),
  )
  expect(patched).toMatchObject({
    name: 'renamed',
    description: 'of orders',
    endpointConfiguration: { vpcEndpointIds: [otherEndpoint] },
    binaryMediaTypes: ['*/*'],
    disableExecuteApiEndpoint: true,
  })
  expect(patched.policy).toBeUndefined()
})

test('an unknown patch path is refused and none of the request is done', async () => {
  const { id: restApiId } = await privateApi()
  const update = new UpdateRestApiCommand({
    restApiId,
    patchOperations: [
      { op: 'replace', path: '/name', value: 'half' },
      { op: 'replace', path: '/colour', value: 'red' },
    ],
  })
  await expect(send(update)).rejects.toMatchObject({
    name: 'BadRequestException',
    message: expect.stringContaining("Invalid patch path  '/colour' specified for op 'replace'"),
  })
  expect((await send(new GetRestApiCommand({ restApiId }))).name).toBe('orders')
})

test('a private API may become regional, never edge-optimized', async () => {
  const { id: restApiId } = await privateApi()
  const to = (value: string) =>
    send(
      new UpdateRestApiCommand({
        restApiId,
        patchOperations: [{ op: 'replace', path: '/endpointConfiguration/types/PRIVATE', value }],
      }),
    )
  await expect(to('EDGE')).rejects.toMatchObject({ name: 'BadRequestException' })
  expect((await to('REGIONAL')).endpointConfiguration?.types).toEqual(['REGIONAL'])
})

test('an API that is deleted is gone at once, with all that was in it', async () => {
  const { restApiId, resourceId } = await deployable()
  await send(new DeleteRestApiCommand({ restApiId }))
  await expect(send(new DeleteRestApiCommand({ restApiId }))).rejects.toMatchObject({ name: 'NotFoundException' })
  await expect(send(new GetResourceCommand({ restApiId, resourceId }))).rejects.toMatchObject({
    name: 'NotFoundException',
  })
})

test('resources form a tree: one name and one variable child per parent, deleted with what is below', async () => {
  const { id: restApiId = '', rootResourceId: parentId = '' } = await privateApi()
  const under = (parentId: string, pathPart: string) =>
    send(new CreateResourceCommand({ restApiId, parentId, pathPart }))
  const orders = await under(parentId, 'orders')
  const item = await under(orders.id ?? '', '{id}')
  expect(item).toMatchObject({ path: '/orders/{id}', parentId: orders.id, pathPart: '{id}' })
  await expect(under(parentId, 'orders')).rejects.toMatchObject({
    name: 'ConflictException',
    message: 'Another resource with the same parent already has this name: orders',
  })
  await expect(under(orders.id ?? '', '{proxy+}')).rejects.toMatchObject({ name: 'BadRequestException' })
  await expect(under(parentId, 'a/b')).rejects.toThrow("Resource's path part only allow")
  await expect(under('nobody', 'x')).rejects.toThrow('Invalid Resource identifier specified')
  await send(
    new UpdateResourceCommand({
      restApiId,
      resourceId: orders.id,
      patchOperations: [{ op: 'replace', path: '/pathPart', value: 'sales' }],
    }),
  )
  expect((await send(new GetResourceCommand({ restApiId, resourceId: item.id }))).path).toBe('/sales/{id}')
  await send(new DeleteResourceCommand({ restApiId, resourceId: orders.id }))
  const { items } = await send(new GetResourcesCommand({ restApiId }))
  expect(items?.map(({ path }) => path)).toEqual(['/'])
})

test('a method that exists is not put again but updated', async () => {
  const { method } = await deployable()
  await expect(send(new PutMethodCommand({ ...method, authorizationType: 'NONE' }))).rejects.toMatchObject({
    name: 'ConflictException',
    message: 'Method already exists for this resource',
  })
  const updated = await send(
    new UpdateMethodCommand({
      ...method,
      patchOperations: [
        { op: 'replace', path: '/authorizationType', value: 'AWS_IAM' },
        { op: 'add', path: '/requestParameters/method.request.querystring.q', value: 'true' },
      ],
    }),
  )
  expect(updated).toMatchObject({
    authorizationType: 'AWS_IAM',
    requestParameters: { 'method.request.querystring.q': true },
  })
  await expect(send(new GetMethodCommand({ ...method, httpMethod: 'POST' }))).rejects.toThrow(
    'Invalid Method identifier',
  )
})

test('an integration keeps its connection and leaves out empty maps', async () => {
  const { method } = await deployable()
  const uri = 'http://orders.internal/'
  const link = { connectionType: 'VPC_LINK', connectionId: '${stageVariables.link}' } as const
  await send(new PutIntegrationCommand({ ...method, type: 'HTTP_PROXY', integrationHttpMethod: 'GET', uri, ...link }))
  const read = await send(new GetIntegrationCommand(method))
  expect(read).toMatchObject({ type: 'HTTP_PROXY', httpMethod: 'GET', uri, ...link, timeoutInMillis: 29_000 })
  expect(read).not.toHaveProperty('requestParameters')
  const updated = await send(
    new UpdateIntegrationCommand({
      ...method,
      patchOperations: [{ op: 'replace', path: '/connectionId', value: 'abc123' }],
    }),
  )
  expect(updated.connectionId).toBe('abc123')
})

test('a path parameter is mapped only from one that the method declares', async () => {
  const { id: restApiId = '', rootResourceId: parentId } = await privateApi()
  const { id: resourceId } = await send(new CreateResourceCommand({ restApiId, parentId, pathPart: '{proxy+}' }))
  const method = { restApiId, resourceId, httpMethod: 'ANY' }
  await send(new PutMethodCommand({ ...method, authorizationType: 'NONE' }))
  const put = new PutIntegrationCommand({
    ...method,
    type: 'HTTP_PROXY',
    integrationHttpMethod: 'ANY',
    uri: 'http://orders.internal/{proxy}',
    connectionType: 'VPC_LINK',
    connectionId: 'abc123',
    requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' },
  })
  await expect(send(put)).rejects.toThrow('Invalid mapping expression parameter specified: method.request.path.proxy')
  await send(
    new UpdateMethodCommand({
      ...method,
      patchOperations: [{ op: 'add', path: '/requestParameters/method.request.path.proxy', value: 'true' }],
    }),
  )
  await send(put)
})

test('responses need a method response and declared headers, and go when the integration is put again', async () => {
  const { method } = await deployable()
  const header = 'method.response.header.Access-Control-Allow-Origin'
  const response = { ...method, statusCode: '200', responseParameters: { [header]: "'*'" } }
  await expect(send(new PutIntegrationResponseCommand(response))).rejects.toMatchObject({ name: 'NotFoundException' })
  await send(new PutMethodResponseCommand({ ...method, statusCode: '200' }))
  await expect(send(new PutMethodResponseCommand({ ...method, statusCode: '200' }))).rejects.toMatchObject({
    name: 'ConflictException',
  })
  await expect(send(new PutIntegrationResponseCommand(response))).rejects.toThrow('Invalid mapping expression')
  await send(new PutMethodResponseCommand({ ...method, statusCode: '204', responseParameters: { [header]: true } }))
  await send(new PutIntegrationResponseCommand({ ...response, statusCode: '204' }))
  const read = new GetIntegrationResponseCommand({ ...method, statusCode: '204' })
  expect((await send(read)).responseParameters).toEqual({ [header]: "'*'" })
  await send(new PutIntegrationCommand({ ...method, type: 'MOCK' }))
  await expect(send(read)).rejects.toMatchObject({ name: 'NotFoundException' })
})

test('GetResources embeds methods only when asked', async () => {
  const { restApiId } = await deployable()
  const plain = await send(new GetResourcesCommand({ restApiId }))
  expect(plain.items?.[0]?.resourceMethods).toEqual({ GET: {} })
  const whole = await send(new GetResourcesCommand({ restApiId, embed: ['methods'] }))
  expect(whole.items?.[0]?.resourceMethods?.['GET']?.methodIntegration?.type).toBe('MOCK')
})

test('a private API without a policy, without methods or without an integration is not deployed', async () => {
  const bare = await deployable({ policy: undefined })
  const deploy = (restApiId: string) => send(new CreateDeploymentCommand({ restApiId }))
  await expect(deploy(bare.restApiId)).rejects.toThrow("Private REST API doesn't have a resource policy attached to it")
  const { id = '' } = await privateApi()
  await expect(deploy(id)).rejects.toThrow("The REST API doesn't contain any methods")
  const { method } = await deployable()
  await send(new DeleteIntegrationCommand(method))
  await expect(deploy(method.restApiId)).rejects.toThrow('No integration defined for method')
})

test('a deployment makes its stage or moves it, and an empty stage name means none', async () => {
  const { restApiId } = await deployable()
  const none = await send(
    new CreateDeploymentCommand({ restApiId, description: '', stageDescription: '', stageName: '', variables: {} }),
  )
  expect((await send(new GetStagesCommand({ restApiId }))).item).toEqual([])
  const made = await send(new CreateDeploymentCommand({ restApiId, stageName: 'test', variables: { link: 'a' } }))
  const moved = await send(new CreateDeploymentCommand({ restApiId, stageName: 'test', variables: { other: 'b' } }))
  expect(await send(new GetStageCommand({ restApiId, stageName: 'test' }))).toMatchObject({
    deploymentId: moved.id,
    variables: { link: 'a', other: 'b' },
  })
  const { items } = await send(new GetDeploymentsCommand({ restApiId }))
  expect(items?.map(({ id }) => id)).toEqual([none.id, made.id, moved.id])
  const summary = await send(new GetDeploymentCommand({ restApiId, deploymentId: made.id, embed: ['apisummary'] }))
  expect(summary.apiSummary).toEqual({ '/': { GET: { authorizationType: 'NONE', apiKeyRequired: false } } })
})

test('a deployment that a stage points at cannot be deleted', async () => {
  const { restApiId } = await deployable()
  const { id: deploymentId } = await send(new CreateDeploymentCommand({ restApiId, stageName: 'test' }))
  const remove = new DeleteDeploymentCommand({ restApiId, deploymentId })
  await expect(send(remove)).rejects.toThrow('Active stages pointing to this deployment must be moved or deleted')
  await send(new DeleteStageCommand({ restApiId, stageName: 'test' }))
  await send(remove)
  await expect(send(new GetDeploymentCommand({ restApiId, deploymentId }))).rejects.toMatchObject({
    name: 'NotFoundException',
  })
})

test('stages carry tags and settings, exist once, and there are ten at most', async () => {
  const role = { op: 'replace' as const, path: '/cloudwatchRoleArn', value: 'arn:aws:iam::842340001234:role/logs' }
  await send(new UpdateAccountCommand({ patchOperations: [role] }))
  const { restApiId } = await deployable()
  const { id: deploymentId } = await send(new CreateDeploymentCommand({ restApiId }))
  const create = (stageName: string) =>
    send(new CreateStageCommand({ restApiId, stageName, deploymentId, tags: { a: 'b' } }))
  expect(await create('s0')).toMatchObject({ stageName: 's0', deploymentId, tags: { a: 'b' } })
  await expect(create('s0')).rejects.toMatchObject({ name: 'ConflictException', message: 'Stage already exists' })
  const updated = await send(
    new UpdateStageCommand({
      restApiId,
      stageName: 's0',
      patchOperations: [
        { op: 'replace', path: '/variables/link', value: 'abc123' },
        { op: 'replace', path: '/*/*/logging/loglevel', value: 'INFO' },
        { op: 'replace', path: '/~1orders/GET/throttling/rateLimit', value: '5' },
      ],
    }),
  )
  expect(updated).toMatchObject({
    variables: { link: 'abc123' },
    methodSettings: { '*/*': { loggingLevel: 'INFO' }, 'orders/GET': { throttlingRateLimit: 5 } },
  })
  for (let n = 1; n < 10; n += 1) await create(`s${n}`)
  await expect(create('s10')).rejects.toMatchObject({ name: 'LimitExceededException' })
  await expect(send(new GetStageCommand({ restApiId, stageName: 'none' }))).rejects.toThrow(
    'Invalid stage identifier specified',
  )
})

test('APIs and stages are tagged by ARN', async () => {
  const { restApiId } = await deployable()
  await send(new CreateDeploymentCommand({ restApiId, stageName: 'test' }))
  const arn = `arn:aws:apigateway:${region}::/restapis/${restApiId}`
  for (const resourceArn of [arn, `${arn}/stages/test`]) {
    await send(new TagResourceCommand({ resourceArn, tags: { one: '1', two: '2' } }))
    await send(new UntagResourceCommand({ resourceArn, tagKeys: ['one'] }))
    const { tags } = await send(new GetTagsCommand({ resourceArn }))
    expect(tags).toMatchObject({ two: '2' })
    expect(tags).not.toHaveProperty('one')
  }
  expect((await send(new GetRestApiCommand({ restApiId }))).tags).toEqual({ 'privlink:node': 'api', two: '2' })
})

test('GetAccount tells the throttle that AWS gives by default', async () => {
  expect((await send(new GetAccountCommand({}))).throttleSettings).toEqual({ burstLimit: 5000, rateLimit: 10_000 })
})
