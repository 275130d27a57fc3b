import type { TestInvokeMethodRequest, TestInvokeMethodResponse } from '@aws-sdk/client-api-gateway'

import { operation } from '../operation.ts'
import { callBackend } from '../../network/execute-api/backend.ts'
import { getApi, getMethod, getResource } from './lookups.ts'
import type { IntegrationCall } from '../../network/execute-api/mapping.ts'
import { badRequest } from './refusals.ts'
import { findRoute } from '../../network/execute-api/routing.ts'
import type { Method, Resource } from '../../state/apigateway.ts'
import { own } from '../../state/own.ts'
import { onPath } from './required-permissions.ts'

/** The stage that a test invocation claims to be (API Gateway, "Test a REST API method"). */
const stageName = 'test-invoke-stage'

export const testInvokeOperations = {
  /**
   * Runs the method as it is now, deployed or not, past every policy and authorizer; the backend is really called.
   */
  TestInvokeMethod: operation<TestInvokeMethodRequest, TestInvokeMethodResponse>()(
    [
      'restApiId',
      'resourceId',
      'httpMethod',
      'pathWithQueryString',
      'body',
      'headers',
      'multiValueHeaders',
      'stageVariables',
    ],
    onPath,
    async (input, call) => {
      const api = getApi(call, input.restApiId)
      const resource = getResource(api, input.resourceId)
      // A verb that the resource lacks is served by ANY, as in real calls (nihemak/serverless-rails-sample tests so).
      const method = own(resource.methods, input.httpMethod) ?? getMethod(resource, 'ANY')
      const [path = '', query = ''] = (input.pathWithQueryString || samplePath(resource)).split(/\?(.*)/s)
      const incoming: IntegrationCall = {
        api,
        stageName,
        stageVariables: { ...input.stageVariables },
        binaryMediaTypes: api.binaryMediaTypes,
        route: { resource, method, pathParameters: parametersOf(resource, method, path) },
        request: {
          // Nothing on the wire is called ANY. Assumed: it is then a GET.
          method: input.httpMethod === 'ANY' ? 'GET' : (input.httpMethod ?? ''),
          path,
          query,
          headers: headersOf(input),
          body: Buffer.from(input.body ?? ''),
        },
        sourceIp: undefined,
      }
      const { answer, log } = await callBackend(
        { ...call.network, ...(call.signal && { signal: call.signal }) },
        incoming,
      )
      const latency = call.clock.now() - call.now
      return {
        status: answer.status,
        body: answer.body.toString(),
        headers: answer.headers,
        multiValueHeaders: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, [value]])),
        log: writeLog(incoming, log, answer.status, call),
        latency,
      }
    },
  ),
}

/** Returns the resource's own path where the call names none; a variable part cannot be guessed. */
function samplePath({ path }: Resource): string {
  if (path.includes('{')) throw badRequest(`Missing pathWithQueryString for a resource with path parameters: ${path}`)
  return path
}

function parametersOf(resource: Resource, method: Method, path: string): Record<string, string> {
  const whole: Resource = { ...resource, methods: { ANY: method } }
  return findRoute({ [resource.resourceId]: whole }, 'ANY', path)?.pathParameters ?? {}
}

function headersOf({ headers = {}, multiValueHeaders = {} }: TestInvokeMethodRequest): Record<string, string> {
  const several = Object.entries(multiValueHeaders).map(([name, values]): [string, string] => [name, values.join(', ')])
  return Object.fromEntries(
    [...Object.entries(headers), ...several].map(([name, value]) => [name.toLowerCase(), value]),
  )
}

/** An execution log in the words of API Gateway's; times are the sandbox's. */
function writeLog(
  { route, request }: IntegrationCall,
  backend: string[],
  status: number,
  { requestId, clock }: { requestId: string; clock: { now(): number } },
): string {
  const lines = [
    `Starting execution for request: ${requestId}`,
    `HTTP Method: ${request.method}, Resource Path: ${request.path}`,
    `Method request path: ${JSON.stringify(route.pathParameters)}`,
    `Method request query string: {${request.query}}`,
    `Method request headers: ${JSON.stringify(request.headers)}`,
    `Method request body before transformations: ${request.body.toString()}`,
    ...backend,
    `Method completed with status: ${status}`,
  ]
  const time = new Date(clock.now()).toUTCString()
  return [`Execution log for request ${requestId}`, ...lines.map((line) => `${time} : ${line}`), ''].join('\n')
}
