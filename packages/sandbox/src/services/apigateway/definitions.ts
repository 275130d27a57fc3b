import type { ImportRestApiRequest, PutRestApiRequest, RestApi as RestApiOutput } from '@aws-sdk/client-api-gateway'

import { type Call, operation, all } from '../operation.ts'
import { addAuthorizer } from './authorizers.ts'
import { getApi } from './lookups.ts'
import { type ApiDocument, readDocument } from './openapi-document.ts'
import { importPaths, schemesOf } from './openapi-import.ts'
import { readWord } from './patch.ts'
import { storePolicy } from './policy-text.ts'
import { badRequest } from './refusals.ts'
import { addResource } from './resources.ts'
import { addVpcEndpoint } from './api-patch.ts'
import { addApi, describeApi, newApi } from './rest-apis.ts'
import type { Resource, RestApi } from '../../state/apigateway.ts'
import { onPath, setsPolicy } from './required-permissions.ts'

type Mode = 'merge' | 'overwrite'

/** One-call definitions: an API out of an OpenAPI document. */
export const definitionOperations = {
  ImportRestApi: operation<ImportRestApiRequest, RestApiOutput>()(
    ['failOnWarnings', 'parameters', 'body'],
    all(onPath, setsPolicy),
    (input, call) => {
      const { endpointConfigurationTypes, ...parameters } = input.parameters ?? {}
      const document = readDocument(input.body ?? new Uint8Array(), call)
      const api = newApi(call, document.info.title, {
        types: [readWord(endpointConfigurationTypes ?? 'EDGE', ['PRIVATE', 'REGIONAL', 'EDGE'])],
      })
      const warnings = define(call, api, document, { ...input, parameters, mode: 'overwrite' })
      return describeApi(addApi(call, api), warnings)
    },
  ),

  PutRestApi: operation<PutRestApiRequest, RestApiOutput>()(
    ['restApiId', 'mode', 'failOnWarnings', 'parameters', 'body'],
    all(onPath, setsPolicy),
    (input, call) => {
      const api = getApi(call, input.restApiId)
      const document = readDocument(input.body ?? new Uint8Array(), call)
      // All or nothing here; AWS's own import is not atomic, which no client can rely on.
      const next = structuredClone(api)
      const warnings = define(call, next, document, { ...input, mode: input.mode ?? 'merge' })
      Object.assign(api, next)
      return describeApi(api, warnings)
    },
  ),
}

interface Options {
  mode: Mode
  failOnWarnings?: boolean | undefined
  parameters?: Record<string, string> | undefined
}

function define(
  call: Call,
  api: RestApi,
  document: ApiDocument,
  { mode, failOnWarnings, parameters }: Options,
): string[] {
  const { basepath = 'ignore', ...others } = parameters ?? {}
  const [other] = Object.keys(others)
  if (other !== undefined) throw badRequest(`The sandbox does not model the import parameter ${other}`)
  const { paths, warnings } = importPaths(document, readWord(basepath, ['ignore', 'prepend']))
  if (failOnWarnings && warnings.length > 0) {
    throw badRequest(`Warnings found during import:\n\t${warnings.join('\n\t')}`)
  }
  if (mode === 'overwrite') forget(api)
  describe(api, document)
  const authorizerIds = authorize(call, api, document)
  for (const [path, methods] of Object.entries(paths)) {
    const resource = resourceAt(call, api, path)
    for (const [name, method] of Object.entries(methods)) {
      if (method.integration) method.integration.cacheNamespace ||= resource.resourceId
      if (method.authorizerId !== undefined) method.authorizerId = authorizerIds[method.authorizerId]
      resource.methods[name] = method
    }
  }
  return warnings
}

/**
 * Deletes what an overwriting document does not state again (API Gateway, "Update an existing API with a new API
 * definition"): resources, endpoint associations, policy, media types and the like. Endpoint type, stages and tags
 * stay.
 */
function forget(api: RestApi): void {
  api.resources = { [api.rootResourceId]: { resourceId: api.rootResourceId, path: '/', methods: {} } }
  api.authorizers = {}
  api.vpcEndpointIds = []
  api.policy = undefined
  api.binaryMediaTypes = []
  api.description = undefined
  api.minimumCompressionSize = undefined
  api.apiKeySource = 'HEADER'
}

function describe(api: RestApi, document: ApiDocument): void {
  const { info, servers = [] } = document
  api.name = info.title
  api.description = info.description ?? api.description
  api.version = info.version ?? api.version
  const policy = document['x-amazon-apigateway-policy']
  if (policy) api.policy = storePolicy(JSON.stringify(policy), api)
  api.binaryMediaTypes = [
    ...new Set([...api.binaryMediaTypes, ...(document['x-amazon-apigateway-binary-media-types'] ?? [])]),
  ]
  api.minimumCompressionSize = document['x-amazon-apigateway-minimum-compression-size'] ?? api.minimumCompressionSize
  const keySource = document['x-amazon-apigateway-api-key-source']
  if (keySource) api.apiKeySource = readWord(keySource, ['HEADER', 'AUTHORIZER'])
  // OpenAPI 3 has it inside a server, Swagger 2 at the top; the other place is ignored, as on AWS.
  const endpoints = document.swagger
    ? [document['x-amazon-apigateway-endpoint-configuration']]
    : servers.map((server) => server['x-amazon-apigateway-endpoint-configuration'])
  for (const endpoint of endpoints) {
    for (const id of endpoint?.vpcEndpointIds ?? []) addVpcEndpoint(api, id)
    api.disableExecuteApiEndpoint = endpoint?.disableExecuteApiEndpoint ?? api.disableExecuteApiEndpoint
  }
}

/**
 * The authorizers of the document, by the names of their schemes; one that has the name already is replaced (assumed).
 */
function authorize(call: Call, api: RestApi, document: ApiDocument): Record<string, string> {
  const ids: Record<string, string> = {}
  for (const [name, scheme] of Object.entries(schemesOf(document))) {
    const authorizer = scheme['x-amazon-apigateway-authorizer']
    if (authorizer === undefined) continue
    const known = Object.values(api.authorizers ?? {}).find((one) => one.name === name)
    if (known !== undefined) delete api.authorizers?.[known.authorizerId]
    const type = readWord(authorizer.type.toUpperCase(), ['TOKEN', 'REQUEST', 'COGNITO_USER_POOLS'])
    const authType = scheme['x-amazon-apigateway-authtype']
    const made = addAuthorizer(call.world, api, { ...authorizer, authType, name, type })
    if (known !== undefined) {
      // Methods that the document leaves alone keep theirs.
      delete api.authorizers?.[made.authorizerId]
      made.authorizerId = known.authorizerId
      api.authorizers = { ...api.authorizers, [known.authorizerId]: made }
    }
    ids[name] = made.authorizerId
  }
  return ids
}

/** The resource of a path, made with its parents where it is missing. */
function resourceAt(call: Call, api: RestApi, path: string): Resource {
  const known = Object.values(api.resources).find((resource) => resource.path === path)
  if (known) return known
  const cut = path.lastIndexOf('/')
  if (cut < 0) throw badRequest(`Invalid OpenAPI input: path ${path} does not begin with a slash`)
  const parent = resourceAt(call, api, cut === 0 ? '/' : path.slice(0, cut))
  return addResource(call.world, api, parent, path.slice(cut + 1))
}
