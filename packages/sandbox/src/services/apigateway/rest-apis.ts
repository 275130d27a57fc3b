import { ownOf } from '../../reads/own-resources.ts'
import type {
  CreateRestApiRequest,
  DeleteRestApiRequest,
  EndpointConfiguration,
  GetRestApiRequest,
  GetRestApisRequest,
  RestApi as RestApiOutput,
  RestApis,
  UpdateRestApiRequest,
} from '@aws-sdk/client-api-gateway'

import { type Call, operation } from '../operation.ts'
import { newId } from '../../state/world.ts'
import { addVpcEndpoint, apiPatchRules, setIpAddressType } from './api-patch.ts'
import { getApi } from './lookups.ts'
import { pageOf, unlessEmpty } from './pages.ts'
import { applyPatches, readWord } from './patch.ts'
import { readBackPolicy, storePolicy } from './policy-text.ts'
import { badRequest, limitExceeded } from './refusals.ts'
import type { RestApi } from '../../state/apigateway.ts'
import { checkTags } from './tags.ts'
import { onPath, updatesApi, createsApi } from './required-permissions.ts'

/** Private APIs per account and Region (API Gateway quotas). */
const mostPrivateApis = 600

export const restApiOperations = {
  CreateRestApi: operation<CreateRestApiRequest, RestApiOutput>()(
    [
      'name',
      'description',
      'version',
      'binaryMediaTypes',
      'minimumCompressionSize',
      'apiKeySource',
      'endpointConfiguration',
      'policy',
      'tags',
      'disableExecuteApiEndpoint',
      'securityPolicy',
      'endpointAccessMode',
    ],
    createsApi,
    (input, call) => {
      const api = newApi(call, input.name ?? '', input.endpointConfiguration ?? {})
      api.description = input.description
      api.version = input.version
      api.binaryMediaTypes = [...new Set(input.binaryMediaTypes)]
      api.minimumCompressionSize = input.minimumCompressionSize
      api.apiKeySource = input.apiKeySource ?? 'HEADER'
      api.disableExecuteApiEndpoint = input.disableExecuteApiEndpoint ?? false
      api.securityPolicy = input.securityPolicy
      api.endpointAccessMode = input.endpointAccessMode
      api.tags = checkTags({ ...input.tags })
      if (input.policy) api.policy = storePolicy(input.policy, api)
      return describeApi(addApi(call, api))
    },
  ),

  GetRestApi: operation<GetRestApiRequest, RestApiOutput>()(['restApiId'], onPath, ({ restApiId }, call) =>
    describeApi(getApi(call, restApiId)),
  ),

  GetRestApis: operation<GetRestApisRequest, RestApis>()(['position', 'limit'], onPath, (input, call) => {
    const { items, ...more } = pageOf(apisOf(call), input)
    return { items: items.map((api) => describeApi(api)), ...more }
  }),

  UpdateRestApi: operation<UpdateRestApiRequest, RestApiOutput>()(
    ['restApiId', 'patchOperations'],
    updatesApi,
    ({ restApiId, patchOperations }, call) => {
      const api = getApi(call, restApiId)
      applyPatches(api, patchOperations, apiPatchRules)
      return describeApi(api)
    },
  ),

  DeleteRestApi: operation<DeleteRestApiRequest, object>()(['restApiId'], onPath, ({ restApiId }, call) => {
    const api = getApi(call, restApiId)
    delete call.world.apigateway.restApis[api.restApiId]
    return {}
  }),
}

const apisOf = (call: Call): RestApi[] => ownOf(call, call.world.apigateway.restApis)

/** An API with nothing but its root resource, not yet in the world. EDGE is what AWS makes unless told otherwise. */
export function newApi(call: Call, name: string, endpoint: EndpointConfiguration): RestApi {
  if (name === '') throw badRequest('Invalid API name specified')
  const types = endpoint.types ?? ['EDGE']
  const [endpointType] = types
  if (endpointType === undefined || types.length > 1) {
    throw badRequest('Cannot create an api with multiple Endpoint Types.')
  }
  const rootResourceId = newId(call.world, '', 10)
  const api: RestApi = {
    restApiId: newId(call.world, '', 10),
    account: call.account,
    region: call.region,
    createdAt: call.now,
    name,
    endpointType: readWord(endpointType, ['PRIVATE', 'REGIONAL', 'EDGE']),
    vpcEndpointIds: [],
    ipAddressType: endpointType === 'PRIVATE' ? 'dualstack' : 'ipv4',
    binaryMediaTypes: [],
    apiKeySource: 'HEADER',
    disableExecuteApiEndpoint: false,
    rootResourceId,
    authorizers: {},
    resources: { [rootResourceId]: { resourceId: rootResourceId, path: '/', methods: {} } },
    deployments: {},
    stages: {},
    tags: {},
  }
  if (endpoint.ipAddressType !== undefined) setIpAddressType(api, endpoint.ipAddressType)
  for (const id of endpoint.vpcEndpointIds ?? []) addVpcEndpoint(api, id)
  return api
}

export function addApi(call: Call, api: RestApi): RestApi {
  if (api.endpointType === 'PRIVATE') {
    const others = apisOf(call).filter((one) => one.endpointType === 'PRIVATE').length
    if (others >= mostPrivateApis)
      throw limitExceeded('Maximum number of private APIs for this account has been reached')
  }
  call.world.apigateway.restApis[api.restApiId] = api
  return api
}

/** An API as AWS returns it: the policy escaped once more than JSON needs. */
export const describeApi = (api: RestApi, warnings: string[] = []): RestApiOutput => ({
  id: api.restApiId,
  name: api.name,
  description: api.description,
  createdDate: new Date(api.createdAt),
  version: api.version,
  warnings: warnings.length > 0 ? warnings : undefined,
  binaryMediaTypes: api.binaryMediaTypes.length > 0 ? api.binaryMediaTypes : undefined,
  minimumCompressionSize: api.minimumCompressionSize,
  apiKeySource: api.apiKeySource,
  endpointConfiguration: {
    types: [api.endpointType],
    ipAddressType: api.ipAddressType,
    vpcEndpointIds: api.vpcEndpointIds.length > 0 ? api.vpcEndpointIds : undefined,
  },
  policy: api.policy === undefined ? undefined : readBackPolicy(api.policy),
  tags: unlessEmpty(api.tags),
  disableExecuteApiEndpoint: api.disableExecuteApiEndpoint,
  securityPolicy: api.securityPolicy,
  endpointAccessMode: api.endpointAccessMode,
  rootResourceId: api.rootResourceId,
  apiStatus: 'AVAILABLE',
})
