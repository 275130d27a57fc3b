import type {
  DeleteIntegrationRequest,
  GetIntegrationRequest,
  Integration as IntegrationOutput,
  PutIntegrationRequest,
  UpdateIntegrationRequest,
} from '@aws-sdk/client-api-gateway'

import { type Call, operation } from '../operation.ts'
import { describeIntegrationResponse } from './integration-responses.ts'
import { getApi, getIntegration, getMethod, getResource } from './lookups.ts'
import { unlessEmpty } from './pages.ts'
import { applyPatches, type PatchRules, readBoolean, readWord } from './patch.ts'
import { badRequest, invalidMapping } from './refusals.ts'
import type { Integration, Method } from '../../state/apigateway.ts'
import { onPath } from './required-permissions.ts'

export const integrationOperations = {
  PutIntegration: operation<PutIntegrationRequest, IntegrationOutput>()(
    [
      'restApiId',
      'resourceId',
      'httpMethod',
      'type',
      'integrationHttpMethod',
      'uri',
      'connectionType',
      'connectionId',
      'requestParameters',
      'requestTemplates',
      'passthroughBehavior',
      'contentHandling',
      'timeoutInMillis',
      'tlsConfig',
      'cacheNamespace',
      'cacheKeyParameters',
    ],
    onPath,
    (input, call) => {
      const method = methodOf(input, call)
      // A new integration replaces the one before, and its responses with it (assumed).
      method.integration = newIntegration(method, input, input.resourceId ?? '')
      return describeIntegration(method.integration)
    },
  ),

  GetIntegration: operation<GetIntegrationRequest, IntegrationOutput>()(
    ['restApiId', 'resourceId', 'httpMethod'],
    onPath,
    (input, call) => describeIntegration(getIntegration(methodOf(input, call))),
  ),

  UpdateIntegration: operation<UpdateIntegrationRequest, IntegrationOutput>()(
    ['restApiId', 'resourceId', 'httpMethod', 'patchOperations'],
    onPath,
    ({ patchOperations, ...input }, call) => {
      const method = methodOf(input, call)
      const integration = getIntegration(method)
      const next = structuredClone(integration)
      applyPatches(next, patchOperations, patchRules)
      checkIntegration(method, next)
      method.integration = next
      return describeIntegration(next)
    },
  ),

  DeleteIntegration: operation<DeleteIntegrationRequest, object>()(
    ['restApiId', 'resourceId', 'httpMethod'],
    onPath,
    (input, call) => {
      const method = methodOf(input, call)
      getIntegration(method)
      delete method.integration
      return {}
    },
  ),
}

type MethodId = Pick<GetIntegrationRequest, 'restApiId' | 'resourceId' | 'httpMethod'>

const methodOf = ({ restApiId, resourceId, httpMethod }: MethodId, call: Call): Method =>
  getMethod(getResource(getApi(call, restApiId), resourceId), httpMethod)

const types = ['HTTP', 'HTTP_PROXY', 'MOCK', 'AWS', 'AWS_PROXY'] as const

/** The members of PutIntegration that describe the integration; OpenAPI's extension carries the same. */
export type IntegrationInput = Omit<PutIntegrationRequest, 'restApiId' | 'resourceId' | 'httpMethod' | 'credentials'>

/** An integration with AWS's defaults, without responses. */
export function newIntegration(method: Method, input: IntegrationInput, resourceId: string): Integration {
  const integration: Integration = {
    type: readWord(input.type ?? '', types),
    httpMethod: input.integrationHttpMethod,
    uri: input.uri,
    connectionType: input.connectionType,
    connectionId: input.connectionId,
    requestParameters: { ...input.requestParameters },
    requestTemplates: { ...input.requestTemplates },
    passthroughBehavior: input.passthroughBehavior ?? 'WHEN_NO_MATCH',
    contentHandling: input.contentHandling,
    timeoutInMillis: input.timeoutInMillis ?? 29_000,
    tlsConfig: input.tlsConfig && { insecureSkipVerification: input.tlsConfig.insecureSkipVerification ?? false },
    cacheNamespace: input.cacheNamespace ?? resourceId,
    cacheKeyParameters: input.cacheKeyParameters ?? [],
    responses: {},
  }
  checkIntegration(method, integration)
  return integration
}

/** The texts on the HTTP method, the uri, the timeout and the mapping are AWS's, as its users report them. */
function checkIntegration(method: Method, integration: Integration): void {
  const { type, uri, timeoutInMillis: timeout } = integration
  if (type === 'AWS' || type === 'AWS_PROXY')
    throw badRequest(`The sandbox does not model integrations of type ${type}`)
  if (!(timeout >= 50 && timeout <= 29_000)) throw badRequest('Timeout should be between 50 ms and 29000 ms')
  readWord(integration.passthroughBehavior, ['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'])
  if (type !== 'MOCK') {
    if (!integration.httpMethod) throw badRequest('Enumeration value for HttpMethod must be non-empty')
    if (!/^https?:\/\/[^/]+/.test(uri ?? '')) throw badRequest('Invalid HTTP endpoint specified for URI')
  }
  if (integration.connectionType === 'VPC_LINK' && !integration.connectionId) {
    throw badRequest('ConnectionId is required for an integration with connectionType VPC_LINK')
  }
  for (const [target, source] of Object.entries(integration.requestParameters)) checkMapping(method, target, source)
}

/** A mapped request parameter must be one that the method declares. */
function checkMapping(method: Method, target: string, source: string): void {
  const sound =
    source.startsWith('context.') ||
    source.startsWith('stageVariables.') ||
    /^'.*'$/s.test(source) ||
    /^method\.request\.body(\.|$)/.test(source) ||
    Object.hasOwn(method.requestParameters, source.replace('.multivaluequerystring.', '.querystring.'))
  const wrong = /^integration\.request\.(path|querystring|header)\../.test(target)
    ? sound
      ? undefined
      : source
    : target
  if (wrong !== undefined) throw invalidMapping(wrong)
}

const patchRules: PatchRules<Integration> = {
  'replace /uri': (next, value) => void (next.uri = value),
  'replace /httpMethod': (next, value) => void (next.httpMethod = value),
  'replace /connectionType': (next, value) => void (next.connectionType = readWord(value, ['INTERNET', 'VPC_LINK'])),
  'replace /connectionId': (next, value) => void (next.connectionId = value),
  'replace /passthroughBehavior': (next, value) => void (next.passthroughBehavior = value),
  'replace /contentHandling': (next, value) =>
    void (next.contentHandling = value === '' ? undefined : readWord(value, ['CONVERT_TO_BINARY', 'CONVERT_TO_TEXT'])),
  'replace /timeoutInMillis': (next, value) => void (next.timeoutInMillis = Number(value)),
  'replace /cacheNamespace': (next, value) => void (next.cacheNamespace = value),
  'replace /tlsConfig/insecureSkipVerification': (next, value) =>
    void (next.tlsConfig = { insecureSkipVerification: readBoolean(value) }),
  ...mapRules('requestParameters'),
  ...mapRules('requestTemplates'),
}

function mapRules(member: 'requestParameters' | 'requestTemplates'): PatchRules<Integration> {
  const set = (next: Integration, value: string, [name = '']: string[]) => void (next[member][name] = value)
  return {
    [`add /${member}/{}`]: set,
    [`replace /${member}/{}`]: set,
    [`remove /${member}/{}`]: (next, _, [name = '']) => void delete next[member][name],
  }
}

/** An integration as AWS returns it; maps without entries are left out, as Terraform expects. */
export const describeIntegration = (integration: Integration): IntegrationOutput => ({
  type: integration.type,
  httpMethod: integration.httpMethod,
  uri: integration.uri,
  connectionType: integration.connectionType,
  connectionId: integration.connectionId,
  requestParameters: unlessEmpty(integration.requestParameters),
  requestTemplates: unlessEmpty(integration.requestTemplates),
  passthroughBehavior: integration.passthroughBehavior,
  contentHandling: integration.contentHandling,
  timeoutInMillis: integration.timeoutInMillis,
  cacheNamespace: integration.cacheNamespace,
  cacheKeyParameters: integration.cacheKeyParameters,
  tlsConfig: integration.tlsConfig,
  integrationResponses: unlessEmpty(
    Object.fromEntries(
      Object.entries(integration.responses).map(([status, one]) => [status, describeIntegrationResponse(one)]),
    ),
  ),
})
