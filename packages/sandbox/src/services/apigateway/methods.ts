import type {
  DeleteMethodRequest,
  GetMethodRequest,
  Method as MethodOutput,
  PutMethodRequest,
  UpdateMethodRequest,
} from '@aws-sdk/client-api-gateway'

import { operation } from '../operation.ts'
import { getAuthorizer } from './authorizers.ts'
import { describeIntegration } from './integrations.ts'
import { getApi, getMethod, getResource } from './lookups.ts'
import { unlessEmpty } from './pages.ts'
import { applyPatches, readBoolean } from './patch.ts'
import { badRequest, conflict } from './refusals.ts'
import type { Method, RestApi } from '../../state/apigateway.ts'
import { own } from '../../state/own.ts'
import { onPath } from './required-permissions.ts'
import { describeMethodResponse } from './method-responses.ts'

export const methodOperations = {
  PutMethod: operation<PutMethodRequest, MethodOutput>()(
    [
      'restApiId',
      'resourceId',
      'httpMethod',
      'authorizationType',
      'authorizerId',
      'apiKeyRequired',
      'operationName',
      'requestParameters',
      'requestModels',
    ],
    onPath,
    (input, call) => {
      const api = getApi(call, input.restApiId)
      const resource = getResource(api, input.resourceId)
      const method = newMethod(input.httpMethod ?? '', input.authorizationType ?? '', input)
      checkAuthorizer(api, method)
      if (own(resource.methods, method.httpMethod)) throw conflict('Method already exists for this resource')
      resource.methods[method.httpMethod] = method
      return describeMethod(method)
    },
  ),

  GetMethod: operation<GetMethodRequest, MethodOutput>()(
    ['restApiId', 'resourceId', 'httpMethod'],
    onPath,
    ({ restApiId, resourceId, httpMethod }, call) =>
      describeMethod(getMethod(getResource(getApi(call, restApiId), resourceId), httpMethod)),
  ),

  UpdateMethod: operation<UpdateMethodRequest, MethodOutput>()(
    ['restApiId', 'resourceId', 'httpMethod', 'patchOperations'],
    onPath,
    ({ restApiId, resourceId, httpMethod, patchOperations }, call) => {
      const api = getApi(call, restApiId)
      const method = getMethod(getResource(api, resourceId), httpMethod)
      const next = structuredClone(method)
      applyPatches(next, patchOperations, {
        'replace /authorizationType': (next, value) => {
          next.authorizationType = checkAuthorization(value)
          if (!needsAuthorizer(value)) next.authorizerId = undefined
        },
        'replace /authorizerId': (next, value) => void (next.authorizerId = value || undefined),
        'replace /apiKeyRequired': (next, value) => void (next.apiKeyRequired = readBoolean(value)),
        'replace /operationName': (next, value) => void (next.operationName = value || undefined),
        'add /requestParameters/{}': setRequestParameter,
        'replace /requestParameters/{}': setRequestParameter,
        'remove /requestParameters/{}': (next, _, [name = '']) => void delete next.requestParameters[name],
      })
      checkAuthorizer(api, next)
      Object.assign(method, next)
      return describeMethod(method)
    },
  ),

  DeleteMethod: operation<DeleteMethodRequest, object>()(
    ['restApiId', 'resourceId', 'httpMethod'],
    onPath,
    ({ restApiId, resourceId, httpMethod }, call) => {
      const resource = getResource(getApi(call, restApiId), resourceId)
      delete resource.methods[getMethod(resource, httpMethod).httpMethod]
      return {}
    },
  ),
}
const setRequestParameter = (method: Method, value: string, [name = '']: string[]): void =>
  void (method.requestParameters[name] = value === 'true')

const verbs = ['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']

type Optional = Pick<
  PutMethodRequest,
  'authorizerId' | 'apiKeyRequired' | 'operationName' | 'requestParameters' | 'requestModels'
>

/** A method without responses and integration. */
export function newMethod(httpMethod: string, authorizationType: string, input: Optional): Method {
  if (!verbs.includes(httpMethod)) {
    throw badRequest(`Invalid HttpMethod specified. Valid options are ${verbs.slice(1).join(',')},ANY`)
  }
  return {
    httpMethod,
    authorizationType: checkAuthorization(authorizationType),
    authorizerId: input.authorizerId || undefined,
    apiKeyRequired: input.apiKeyRequired ?? false,
    operationName: input.operationName,
    requestParameters: { ...input.requestParameters },
    requestModels: { ...input.requestModels },
    responses: {},
  }
}

function checkAuthorization(type: string): string {
  if (['NONE', 'AWS_IAM', 'CUSTOM', 'COGNITO_USER_POOLS'].includes(type)) return type
  throw badRequest('Invalid Authorization Type specified. Valid options are AWS_IAM, NONE, CUSTOM, COGNITO_USER_POOLS')
}

const needsAuthorizer = (type: string): boolean => type === 'CUSTOM' || type === 'COGNITO_USER_POOLS'

/** The two types that need an authorizer of the API, of the right kind. The texts are assumed. */
function checkAuthorizer(api: RestApi, { authorizationType: type, authorizerId }: Method): void {
  if (!needsAuthorizer(type)) return
  if (authorizerId === undefined)
    throw badRequest(
      'Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.',
    )
  const isPool = getAuthorizer(api, authorizerId).type === 'COGNITO_USER_POOLS'
  if (isPool !== (type === 'COGNITO_USER_POOLS')) throw badRequest(`The authorizer is not of the type ${type}`)
}

export const describeMethod = (method: Method): MethodOutput => ({
  httpMethod: method.httpMethod,
  authorizationType: method.authorizationType,
  authorizerId: method.authorizerId,
  apiKeyRequired: method.apiKeyRequired,
  operationName: method.operationName,
  requestParameters: unlessEmpty(method.requestParameters),
  requestModels: unlessEmpty(method.requestModels),
  methodResponses: unlessEmpty(
    Object.fromEntries(
      Object.entries(method.responses).map(([status, response]) => [status, describeMethodResponse(response)]),
    ),
  ),
  methodIntegration: method.integration && describeIntegration(method.integration),
})
