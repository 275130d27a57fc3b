import { describe, expect, it } from 'vitest'
import { type ApiOutline, defineApi } from '../../src/steps/shared/openapi.ts'

const outline: ApiOutline = {
  name: 'acme-orders-api',
  description: 'privlink acme/orders',
  endpointIds: ['vpce-0bbbbbbbb', 'vpce-0aaaaaaaa'],
  backend: { protocol: 'http', host: 'nlb.elb.us-east-1.amazonaws.com', port: 80 },
  cors: false,
  binaryMediaTypes: ['*/*'],
}

describe('the document of a private API', () => {
  it('passes every request through, with and without a path', () => {
    expect(defineApi(outline).document).toMatchInlineSnapshot(`
      {
        "info": {
          "description": "privlink acme/orders",
          "title": "acme-orders-api",
          "version": "1",
        },
        "openapi": "3.0.1",
        "paths": {
          "/": {
            "x-amazon-apigateway-any-method": {
              "responses": {},
              "x-amazon-apigateway-integration": {
                "connectionId": "\${stageVariables.vpcLinkId}",
                "connectionType": "VPC_LINK",
                "httpMethod": "ANY",
                "passthroughBehavior": "when_no_match",
                "timeoutInMillis": 29000,
                "type": "http_proxy",
                "uri": "http://nlb.elb.us-east-1.amazonaws.com/",
              },
            },
          },
          "/{proxy+}": {
            "x-amazon-apigateway-any-method": {
              "parameters": [
                {
                  "in": "path",
                  "name": "proxy",
                  "required": true,
                  "schema": {
                    "type": "string",
                  },
                },
              ],
              "responses": {},
              "x-amazon-apigateway-integration": {
                "connectionId": "\${stageVariables.vpcLinkId}",
                "connectionType": "VPC_LINK",
                "httpMethod": "ANY",
                "passthroughBehavior": "when_no_match",
                "requestParameters": {
                  "integration.request.path.proxy": "method.request.path.proxy",
                },
                "timeoutInMillis": 29000,
                "type": "http_proxy",
                "uri": "http://nlb.elb.us-east-1.amazonaws.com/{proxy}",
              },
            },
          },
        },
        "servers": [
          {
            "url": "https://api.invalid/",
            "x-amazon-apigateway-endpoint-configuration": {
              "vpcEndpointIds": [
                "vpce-0aaaaaaaa",
                "vpce-0bbbbbbbb",
              ],
            },
          },
        ],
        "x-amazon-apigateway-binary-media-types": [
          "*/*",
        ],
        "x-amazon-apigateway-policy": {
          "Statement": [
            {
              "Action": "execute-api:Invoke",
              "Condition": {
                "StringNotEquals": {
                  "aws:SourceVpce": [
                    "vpce-0aaaaaaaa",
                    "vpce-0bbbbbbbb",
                  ],
                },
              },
              "Effect": "Deny",
              "Principal": "*",
              "Resource": "execute-api:/*",
            },
            {
              "Action": "execute-api:Invoke",
              "Effect": "Allow",
              "Principal": "*",
              "Resource": "execute-api:/*",
            },
          ],
          "Version": "2012-10-17",
        },
      }
    `)
  })

  it('answers preflights by a mock in text on both paths when asked', () => {
    const { document, methods } = defineApi({ ...outline, cors: true })
    expect(Object.keys(methods)).toEqual(['ANY /', 'OPTIONS /', 'ANY /{proxy+}', 'OPTIONS /{proxy+}'])
    expect(document).toMatchObject({
      paths: {
        '/{proxy+}': {
          options: {
            parameters: [{ name: 'proxy', in: 'path', required: true }],
            'x-amazon-apigateway-integration': {
              type: 'mock',
              contentHandling: 'CONVERT_TO_TEXT',
              responses: { default: { contentHandling: 'CONVERT_TO_TEXT' } },
            },
          },
        },
      },
    })
  })

  it('names the port of the listener in the uri unless it is the usual one', () => {
    const uri = (backend: ApiOutline['backend']) => defineApi({ ...outline, backend }).methods['ANY /']?.['uri']
    expect(uri({ protocol: 'http', host: 'orders.corp', port: 21_537 })).toBe('http://orders.corp:21537/')
    expect(uri({ protocol: 'https', host: 'orders.corp', port: 443 })).toBe('https://orders.corp/')
    expect(uri({ protocol: 'https', host: 'orders.corp', port: 80 })).toBe('https://orders.corp:80/')
  })

  it("wires the user's own operations to the link and leaves those that lead elsewhere", () => {
    const mock = { type: 'mock', requestTemplates: { 'application/json': '{"statusCode":200}' } }
    const document = {
      openapi: '3.0.3',
      info: { title: 'Orders', version: '7' },
      paths: {
        '/orders/{id}': { get: { operationId: 'order', responses: { 200: { description: 'it' } } } },
        '/health': { get: { 'x-amazon-apigateway-integration': mock } },
      },
    }
    const defined = defineApi({ ...outline, document })
    expect(defined.methods['GET /orders/{id}']).toMatchObject({
      httpMethod: 'GET',
      uri: 'http://nlb.elb.us-east-1.amazonaws.com/orders/{id}',
      requestParameters: { 'integration.request.path.id': 'method.request.path.id' },
    })
    expect(defined.document).toMatchObject({
      info: { title: 'acme-orders-api', version: '7' },
      paths: {
        '/orders/{id}': { get: { operationId: 'order', parameters: [{ name: 'id', in: 'path' }] } },
        '/health': { get: { 'x-amazon-apigateway-integration': mock } },
      },
    })
  })

  it.each([
    ['is of another version', { openapi: '3.1.0', paths: { '/': {} } }, /openapi version is 3\.1\.0/],
    ['has no paths', { openapi: '3.0.1', paths: {} }, /no paths/],
    [
      'has a policy of its own, which would be lost',
      { openapi: '3.0.1', paths: { '/': {} }, 'x-amazon-apigateway-policy': {} },
      /resource policy/,
    ],
  ])('is refused when it %s', (_, document, why) => {
    expect(() => defineApi({ ...outline, document })).toThrow(why)
  })

  it('has a hash that follows from what it says, not from the order of the endpoints', () => {
    const hash = (change: Partial<ApiOutline>) => defineApi({ ...outline, ...change }).hash
    expect(hash({ endpointIds: ['vpce-0aaaaaaaa', 'vpce-0bbbbbbbb'] })).toBe(hash({}))
    expect(hash({ endpointIds: ['vpce-0aaaaaaaa'] })).not.toBe(hash({}))
  })
})
