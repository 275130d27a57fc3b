import {
  CreateDeploymentCommand,
  CreateRestApiCommand,
  GetExportCommand,
  GetIntegrationCommand,
  GetMethodCommand,
  GetResourcesCommand,
  GetRestApiCommand,
  ImportRestApiCommand,
  PutRestApiCommand,
  type PutRestApiRequest,
} from '@aws-sdk/client-api-gateway'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'

import { account, hubEndpoint, hubOnly, otherEndpoint, region, rehearseGateway } from '../../../test/support/gateway.ts'

const { send } = await rehearseGateway()

const proxyParameter = { name: 'proxy', in: 'path', required: true, schema: { type: 'string' } }
const corsHeader = 'method.response.header.Access-Control-Allow-Origin'

/** A private API as the flows define it: everything to a link, preflight to MOCK. */
const definition = (more: object = {}) => ({
  openapi: '3.0.1',
  info: { title: 'orders', version: '1', description: 'all orders' },
  servers: [
    {
      url: 'https://example.invalid/{basePath}',
      variables: { basePath: { default: 'v1' } },
      'x-amazon-apigateway-endpoint-configuration': { vpcEndpointIds: [hubEndpoint] },
    },
  ],
  'x-amazon-apigateway-binary-media-types': ['*/*'],
  'x-amazon-apigateway-policy': JSON.parse(hubOnly),
  paths: {
    '/{proxy+}': {
      'x-amazon-apigateway-any-method': {
        parameters: [proxyParameter],
        responses: {},
        'x-amazon-apigateway-integration': {
          type: 'http_proxy',
          httpMethod: 'ANY',
          uri: 'http://${AWS::AccountId}.internal:8443/{proxy}',
          connectionType: 'VPC_LINK',
          connectionId: '${stageVariables.vpcLinkId}',
          requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' },
          passthroughBehavior: 'when_no_match',
          timeoutInMillis: 20_000,
        },
      },
      options: {
        parameters: [proxyParameter],
        responses: {
          '200': { description: 'CORS', headers: { 'Access-Control-Allow-Origin': { schema: { type: 'string' } } } },
        },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          contentHandling: 'CONVERT_TO_TEXT',
          requestTemplates: { 'application/json': '{"statusCode": 200}' },
          responses: {
            default: {
              statusCode: '200',
              contentHandling: 'CONVERT_TO_TEXT',
              responseParameters: { [corsHeader]: "'*'" },
            },
          },
        },
      },
    },
  },
  ...more,
})

const bytes = (document: object | string) =>
  Buffer.from(typeof document === 'string' ? document : JSON.stringify(document))

const create = async () => {
  const { id = '' } = await send(
    new CreateRestApiCommand({
      name: 'before',
      endpointConfiguration: { types: ['PRIVATE'], vpcEndpointIds: [otherEndpoint] },
      policy: hubOnly,
      binaryMediaTypes: ['image/png'],
      tags: { a: 'b' },
    }),
  )
  return id
}

const put = (
  restApiId: string,
  document: object | string,
  more: Pick<PutRestApiRequest, 'mode' | 'failOnWarnings'> = {},
) => send(new PutRestApiCommand({ restApiId, body: bytes(document), mode: 'overwrite', ...more }))

const resourceId = async (restApiId: string, path: string) => {
  const { items } = await send(new GetResourcesCommand({ restApiId }))
  return items?.find((resource) => resource.path === path)?.id
}

test('a definition becomes policy, endpoints, media types, methods and integrations', async () => {
  const restApiId = await create()
  const api = await put(restApiId, definition(), { failOnWarnings: true })
  expect(api).toMatchObject({
    name: 'orders',
    description: 'all orders',
    version: '1',
    endpointConfiguration: { types: ['PRIVATE'], vpcEndpointIds: [hubEndpoint] },
    binaryMediaTypes: ['*/*'],
    tags: { a: 'b' },
  })
  expect(api.policy).toContain(`arn:aws:execute-api:${region}:${account}:${restApiId}/*`)
  const method = { restApiId, resourceId: await resourceId(restApiId, '/{proxy+}'), httpMethod: 'ANY' }
  expect((await send(new GetMethodCommand(method))).requestParameters).toEqual({ 'method.request.path.proxy': true })
  expect(await send(new GetIntegrationCommand(method))).toMatchObject({
    type: 'HTTP_PROXY',
    httpMethod: 'ANY',
    uri: `http://${account}.internal:8443/{proxy}`,
    connectionType: 'VPC_LINK',
    connectionId: '${stageVariables.vpcLinkId}',
    passthroughBehavior: 'WHEN_NO_MATCH',
    timeoutInMillis: 20_000,
  })
  expect(await send(new GetIntegrationCommand({ ...method, httpMethod: 'OPTIONS' }))).toMatchObject({
    type: 'MOCK',
    contentHandling: 'CONVERT_TO_TEXT',
    integrationResponses: { '200': { responseParameters: { [corsHeader]: "'*'" } } },
  })
})

test('overwriting drops endpoints, policy and media types that the document does not repeat; merging keeps them', async () => {
  const restApiId = await create()
  const bare = { openapi: '3.0.1', info: { title: 'bare' }, paths: {} }
  const merged = await put(restApiId, bare, { mode: 'merge' })
  expect(merged).toMatchObject({
    name: 'bare',
    endpointConfiguration: { vpcEndpointIds: [otherEndpoint] },
    policy: expect.stringContaining('Deny'),
    binaryMediaTypes: ['image/png'],
  })
  await put(restApiId, bare)
  const read = await send(new GetRestApiCommand({ restApiId }))
  expect(read.endpointConfiguration).toEqual({ types: ['PRIVATE'], ipAddressType: 'dualstack' })
  expect(read.policy).toBeUndefined()
  expect(read.binaryMediaTypes).toBeUndefined()
  expect(read.tags).toEqual({ a: 'b' })
})

test('putting the same definition twice leaves one tree', async () => {
  const restApiId = await create()
  for (const mode of ['overwrite', 'merge', 'overwrite'] as const) await put(restApiId, definition(), { mode })
  const { items } = await send(new GetResourcesCommand({ restApiId }))
  expect(items?.map(({ path }) => path).toSorted()).toEqual(['/', '/{proxy+}'])
})

test('an import makes an EDGE API without tags unless it is told PRIVATE, from YAML too', async () => {
  const { 'x-amazon-apigateway-policy': _, servers: __, ...plain } = definition()
  const edge = await send(new ImportRestApiCommand({ body: bytes(stringify(plain)) }))
  expect(edge.endpointConfiguration?.types).toEqual(['EDGE'])
  expect(edge.tags).toBeUndefined()
  const parameters = { endpointConfigurationTypes: 'PRIVATE' }
  const made = await send(new ImportRestApiCommand({ body: bytes(definition()), parameters }))
  expect(made.endpointConfiguration).toMatchObject({ types: ['PRIVATE'], vpcEndpointIds: [hubEndpoint] })
})

test('Swagger 2 keeps its endpoints at the top of the document', async () => {
  const { openapi: _, servers: __, ...rest } = definition()
  const document = {
    ...rest,
    swagger: '2.0',
    'x-amazon-apigateway-endpoint-configuration': { vpcEndpointIds: [hubEndpoint] },
  }
  expect((await put(await create(), document)).endpointConfiguration?.vpcEndpointIds).toEqual([hubEndpoint])
})

test('warnings come back with the API, or let the request fail and change nothing', async () => {
  const restApiId = await create()
  const document = definition({ paths: { '/ping': { get: { responses: { '200': {} } } } } })
  const warning = "Parse issue: attribute paths.'/ping'(get).responses.200.description is missing"
  await expect(put(restApiId, document, { failOnWarnings: true })).rejects.toThrow(warning)
  expect((await send(new GetRestApiCommand({ restApiId }))).name).toBe('before')
  expect((await put(restApiId, document)).warnings).toEqual([warning])
})

test.each([
  ['nothing that can be parsed', '{"openapi":', 'Invalid OpenAPI input'],
  ['an extension that is not modelled', definition({ 'x-amazon-apigateway-cors': {} }), 'x-amazon-apigateway-cors'],
  [
    'a path parameter that no method declares',
    withoutParameter(),
    "Unable to put integration on 'ANY' for resource at path '/{proxy+}'",
  ],
])('a definition with %s is refused', async (_, document, message) => {
  await expect(put(await create(), document)).rejects.toThrow(message)
})

function withoutParameter(): object {
  const { paths } = definition()
  const any = { ...paths['/{proxy+}']['x-amazon-apigateway-any-method'], parameters: [] }
  return definition({ paths: { '/{proxy+}': { 'x-amazon-apigateway-any-method': any } } })
}

test('an export tells what is deployed, not what was edited since, and can be put again', async () => {
  const restApiId = await create()
  await put(restApiId, definition())
  await send(new CreateDeploymentCommand({ restApiId, stageName: 'test' }))
  await put(restApiId, { openapi: '3.0.1', info: { title: 'edited' }, paths: {} })
  const { body, contentType } = await send(
    new GetExportCommand({
      restApiId,
      stageName: 'test',
      exportType: 'oas30',
      parameters: { extensions: 'apigateway' },
    }),
  )
  expect(contentType).toBe('application/json')
  const exported = JSON.parse(Buffer.from(body ?? []).toString())
  expect(exported['x-amazon-apigateway-policy'].Statement).toHaveLength(2)
  expect(exported.servers[0]).toMatchObject({
    variables: { basePath: { default: 'test' } },
    'x-amazon-apigateway-endpoint-configuration': { vpcEndpointIds: [hubEndpoint] },
  })
  const any = exported.paths['/{proxy+}']['x-amazon-apigateway-any-method']
  expect(any['x-amazon-apigateway-integration']).toMatchObject({
    type: 'http_proxy',
    connectionId: '${stageVariables.vpcLinkId}',
    timeoutInMillis: 20_000,
  })
  await put(restApiId, exported, { failOnWarnings: true })
  const method = { restApiId, resourceId: await resourceId(restApiId, '/{proxy+}'), httpMethod: 'OPTIONS' }
  expect((await send(new GetIntegrationCommand(method))).integrationResponses?.['200']?.responseParameters).toEqual({
    [corsHeader]: "'*'",
  })
})
