import type {
  DeleteMethodResponseRequest,
  GetMethodResponseRequest,
  MethodResponse as MethodResponseOutput,
  PutMethodResponseRequest,
  UpdateMethodResponseRequest,
} from '@aws-sdk/client-api-gateway'
import { operation } from '../operation.ts'
import { getApi, getMethod, getResource } from './lookups.ts'
import { unlessEmpty } from './pages.ts'
import { applyPatches } from './patch.ts'
import { badRequest, conflict, notFound } from './refusals.ts'
import type { Method, MethodResponse } from '../../state/apigateway.ts'
import { own } from '../../state/own.ts'
import { onPath } from './required-permissions.ts'

export const methodResponseOperations = {
  PutMethodResponse: operation<PutMethodResponseRequest, MethodResponseOutput>()(
    ['restApiId', 'resourceId', 'httpMethod', 'statusCode', 'responseParameters', 'responseModels'],
    onPath,
    ({ restApiId, resourceId, httpMethod, ...input }, call) => {
      const method = getMethod(getResource(getApi(call, restApiId), resourceId), httpMethod)
      const statusCode = checkStatusCode(input.statusCode)
      if (own(method.responses, statusCode)) throw conflict('Response already exists for this resource')
      const { responseParameters = {}, responseModels = {} } = input
      method.responses[statusCode] = { statusCode, responseParameters, responseModels }
      return describeMethodResponse(findMethodResponse(method, statusCode))
    },
  ),

  GetMethodResponse: operation<GetMethodResponseRequest, MethodResponseOutput>()(
    ['restApiId', 'resourceId', 'httpMethod', 'statusCode'],
    onPath,
    ({ restApiId, resourceId, httpMethod, statusCode }, call) => {
      const method = getMethod(getResource(getApi(call, restApiId), resourceId), httpMethod)
      return describeMethodResponse(findMethodResponse(method, statusCode))
    },
  ),

  UpdateMethodResponse: operation<UpdateMethodResponseRequest, MethodResponseOutput>()(
    ['restApiId', 'resourceId', 'httpMethod', 'statusCode', 'patchOperations'],
    onPath,
    ({ restApiId, resourceId, httpMethod, statusCode, patchOperations }, call) => {
      const method = getMethod(getResource(getApi(call, restApiId), resourceId), httpMethod)
      const response = findMethodResponse(method, statusCode)
      const setHeader = (next: MethodResponse, value: string, [name = '']: string[]) =>
        void (next.responseParameters[name] = value === 'true')
      const setModel = (next: MethodResponse, value: string, [type = '']: string[]) =>
        void (next.responseModels[type] = value)
      applyPatches(response, patchOperations, {
        'add /responseParameters/{}': setHeader,
        'replace /responseParameters/{}': setHeader,
        'remove /responseParameters/{}': (next, _, [name = '']) => void delete next.responseParameters[name],
        'add /responseModels/{}': setModel,
        'replace /responseModels/{}': setModel,
        'remove /responseModels/{}': (next, _, [type = '']) => void delete next.responseModels[type],
      })
      return describeMethodResponse(response)
    },
  ),

  DeleteMethodResponse: operation<DeleteMethodResponseRequest, object>()(
    ['restApiId', 'resourceId', 'httpMethod', 'statusCode'],
    onPath,
    ({ restApiId, resourceId, httpMethod, statusCode }, call) => {
      const method = getMethod(getResource(getApi(call, restApiId), resourceId), httpMethod)
      delete method.responses[findMethodResponse(method, statusCode).statusCode]
      return {}
    },
  ),
}

function checkStatusCode(statusCode: string | undefined): string {
  if (!/^[1-5]\d\d$/.test(statusCode ?? '')) throw badRequest('Invalid response status code specified')
  return statusCode ?? ''
}

function findMethodResponse(method: Method, statusCode: string | undefined): MethodResponse {
  const response = own(method.responses, statusCode)
  if (response === undefined) throw notFound('Invalid Response status code specified')
  return response
}

export const describeMethodResponse = (response: MethodResponse): MethodResponseOutput => ({
  statusCode: response.statusCode,
  responseParameters: unlessEmpty(response.responseParameters),
  responseModels: unlessEmpty(response.responseModels),
})
