import type {
  DeleteIntegrationResponseRequest,
  GetIntegrationResponseRequest,
  IntegrationResponse as IntegrationResponseOutput,
  PutIntegrationResponseRequest,
  UpdateIntegrationResponseRequest,
} from '@aws-sdk/client-api-gateway'

import { type Call, operation } from '../operation.ts'
import { getApi, getIntegration, getMethod, getResource } from './lookups.ts'
import { unlessEmpty } from './pages.ts'
import { applyPatches, type PatchRules, readWord } from './patch.ts'
import { badRequest, invalidMapping, notFound } from './refusals.ts'
import type { IntegrationResponse, Method } from '../../state/apigateway.ts'
import { own } from '../../state/own.ts'
import { onPath } from './required-permissions.ts'

export const integrationResponseOperations = {
  PutIntegrationResponse: operation<PutIntegrationResponseRequest, IntegrationResponseOutput>()(
    [
      'restApiId',
      'resourceId',
      'httpMethod',
      'statusCode',
      'selectionPattern',
      'responseParameters',
      'responseTemplates',
      'contentHandling',
    ],
    onPath,
    (input, call) => {
      const method = methodOf(input, call)
      // AWS's text, as its users report it, differs from GetIntegration's.
      if (method.integration === undefined) throw notFound('No integration defined for method')
      const response = {
        statusCode: input.statusCode ?? '',
        selectionPattern: input.selectionPattern,
        responseParameters: { ...input.responseParameters },
        responseTemplates: { ...input.responseTemplates },
        contentHandling: input.contentHandling,
      }
      checkIntegrationResponse(method, response)
      method.integration.responses[response.statusCode] = response
      return describeIntegrationResponse(response)
    },
  ),

  GetIntegrationResponse: operation<GetIntegrationResponseRequest, IntegrationResponseOutput>()(
    ['restApiId', 'resourceId', 'httpMethod', 'statusCode'],
    onPath,
    (input, call) => describeIntegrationResponse(findResponse(methodOf(input, call), input.statusCode)),
  ),

  UpdateIntegrationResponse: operation<UpdateIntegrationResponseRequest, IntegrationResponseOutput>()(
    ['restApiId', 'resourceId', 'httpMethod', 'statusCode', 'patchOperations'],
    onPath,
    ({ patchOperations, ...input }, call) => {
      const method = methodOf(input, call)
      const response = findResponse(method, input.statusCode)
      const next = structuredClone(response)
      applyPatches(next, patchOperations, patchRules)
      checkIntegrationResponse(method, next)
      Object.assign(response, next)
      return describeIntegrationResponse(response)
    },
  ),

  DeleteIntegrationResponse: operation<DeleteIntegrationResponseRequest, object>()(
    ['restApiId', 'resourceId', 'httpMethod', 'statusCode'],
    onPath,
    (input, call) => {
      const method = methodOf(input, call)
      delete getIntegration(method).responses[findResponse(method, input.statusCode).statusCode]
      return {}
    },
  ),
}

type MethodId = Pick<GetIntegrationResponseRequest, 'restApiId' | 'resourceId' | 'httpMethod'>

const methodOf = ({ restApiId, resourceId, httpMethod }: MethodId, call: Call): Method =>
  getMethod(getResource(getApi(call, restApiId), resourceId), httpMethod)

function findResponse(method: Method, statusCode: string | undefined): IntegrationResponse {
  const response = own(getIntegration(method).responses, statusCode)
  if (response === undefined) throw notFound('Invalid Response status code specified')
  return response
}

/** The method must have the response, and declare each header that is set. */
export function checkIntegrationResponse(method: Method, response: IntegrationResponse): void {
  const declared = own(method.responses, response.statusCode)
  if (declared === undefined) throw notFound('Invalid Response status code specified')
  const stranger = Object.keys(response.responseParameters).find(
    (name) => !Object.hasOwn(declared.responseParameters, name),
  )
  if (stranger !== undefined) {
    throw invalidMapping(stranger)
  }
  if (!isPattern(response.selectionPattern ?? '')) throw badRequest('Invalid selection pattern specified')
}

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text))
  } catch {
    return false
  }
}

const patchRules: PatchRules<IntegrationResponse> = {
  'replace /selectionPattern': (next, value) => void (next.selectionPattern = value),
  'replace /contentHandling': (next, value) =>
    void (next.contentHandling = value === '' ? undefined : readWord(value, ['CONVERT_TO_BINARY', 'CONVERT_TO_TEXT'])),
  ...mapRules('responseParameters'),
  ...mapRules('responseTemplates'),
}

function mapRules(member: 'responseParameters' | 'responseTemplates'): PatchRules<IntegrationResponse> {
  const set = (next: IntegrationResponse, value: string, [name = '']: string[]) => void (next[member][name] = value)
  return {
    [`add /${member}/{}`]: set,
    [`replace /${member}/{}`]: set,
    [`remove /${member}/{}`]: (next, _, [name = '']) => void delete next[member][name],
  }
}

export const describeIntegrationResponse = (response: IntegrationResponse): IntegrationResponseOutput => ({
  statusCode: response.statusCode,
  selectionPattern: response.selectionPattern,
  responseParameters: unlessEmpty(response.responseParameters),
  responseTemplates: unlessEmpty(response.responseTemplates),
  contentHandling: response.contentHandling,
})
