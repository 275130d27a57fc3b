import {
  type CreateRestApiRequest,
  type DeleteRestApiRequest,
  type EndpointConfiguration,
  type GetRestApiRequest,
  type GetRestApisRequest,
  type RestApi as RestApiOutput,
  type RestApis,
  SecurityPolicy,
  type UpdateRestApiRequest,
} from '@aws-sdk/client-api-gateway'

import { type Call, operation } from '../../protocol/operation.ts'
import { newId } from '../../world.ts'
import { findApi } from './lookups.ts'
import { pageOf, unlessEmpty } from './pages.ts'
import { applyPatches, type PatchRules, readBoolean, readNumber, readWord } from './patch.ts'
import { readBackPolicy, storePolicy } from './policy-text.ts'
import { badRequest, limitExceeded } from './refusals.ts'
import type { RestApi } from './state.ts'
import { checkTags } from './tags.ts'

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

  GetRestApi: operation<GetRestApiRequest, RestApiOutput>()(['restApiId'], ({ restApiId }, call) =>
    describeApi(findApi(call, restApiId)),
  ),

  GetRestApis: operation<GetRestApisRequest, RestApis>()(['position', 'limit'], (input, call) => {
    const { items, ...more } = pageOf(apisOf(call), input)
    return { items: items.map((api) => describeApi(api)), ...more }
  }),

  UpdateRestApi: operation<UpdateRestApiRequest, RestApiOutput>()(
    ['restApiId', 'patchOperations'],
    ({ restApiId, patchOperations }, call) => {
      const api = findApi(call, restApiId)
      applyPatches(api, patchOperations, patchRules)
      return describeApi(api)
    },
  ),

  DeleteRestApi: operation<DeleteRestApiRequest, object>()(['restApiId'], ({ restApiId }, call) => {
    const api = findApi(call, restApiId)
    delete call.world.apigateway.restApis[api.restApiId]
    return {}
  }),
}

const apisOf = ({ world, account, region }: Call): RestApi[] =>
  Object.values(world.apigateway.restApis).filter((api) => api.account === account && api.region === region)

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

/** An association of an endpoint; whether it exists, or whose it is, is not asked (assumed). */
export function addVpcEndpoint(api: RestApi, endpointId: string): void {
  if (api.endpointType !== 'PRIVATE') throw badRequest('VPCEndpoints can only be specified with PRIVATE apis.')
  if (!/^vpce-[0-9a-z]+$/.test(endpointId)) throw badRequest(`Invalid VPC endpoint ID specified: ${endpointId}`)
  if (!api.vpcEndpointIds.includes(endpointId)) api.vpcEndpointIds.push(endpointId)
}

/** Private APIs are dualstack only (API Gateway, "IP address types"). */
function setIpAddressType(api: RestApi, value: string): void {
  const type = readWord(value, ['ipv4', 'dualstack'])
  if (api.endpointType === 'PRIVATE' && type === 'ipv4') throw badRequest('Private APIs only support dualstack')
  api.ipAddressType = type
}

/** PRIVATE to EDGE and back are not possible directly (API Gateway, "Change a public or private API endpoint type"). */
function setEndpointType(api: RestApi, value: string, from: string): void {
  if (from !== '0' && from !== api.endpointType) throw badRequest(`Invalid endpoint type specified: ${from}`)
  const type = readWord(value, ['PRIVATE', 'REGIONAL', 'EDGE'])
  const both = [type, api.endpointType]
  if (both.includes('PRIVATE') && both.includes('EDGE')) {
    throw badRequest(`Cannot update endpoint from ${api.endpointType} to ${type}`)
  }
  api.endpointType = type
  if (type === 'PRIVATE') api.ipAddressType = 'dualstack'
  else api.vpcEndpointIds = []
}

const patchRules: PatchRules<RestApi> = {
  'replace /name': (api, value) => {
    if (value === '') throw badRequest('Invalid API name specified')
    api.name = value
  },
  'replace /description': (api, value) => void (api.description = value || undefined),
  'replace /version': (api, value) => void (api.version = value || undefined),
  'replace /policy': (api, value) => void (api.policy = value === '' ? undefined : storePolicy(value, api)),
  'replace /minimumCompressionSize': (api, value) =>
    void (api.minimumCompressionSize = value === '' ? undefined : readNumber(value, 0, 10_485_760)),
  'replace /apiKeySource': (api, value) => void (api.apiKeySource = readWord(value, ['HEADER', 'AUTHORIZER'])),
  'replace /disableExecuteApiEndpoint': (api, value) => void (api.disableExecuteApiEndpoint = readBoolean(value)),
  'replace /securityPolicy': (api, value) => void (api.securityPolicy = readWord(value, Object.values(SecurityPolicy))),
  'replace /endpointAccessMode': (api, value) => void (api.endpointAccessMode = readWord(value, ['BASIC', 'STRICT'])),
  'replace /endpointConfiguration/types/{}': (api, value, [from = '']) => setEndpointType(api, value, from),
  'replace /endpointConfiguration/ipAddressType': setIpAddressType,
  'add /endpointConfiguration/vpcEndpointIds': addVpcEndpoint,
  'remove /endpointConfiguration/vpcEndpointIds': (api, value) => {
    api.vpcEndpointIds = api.vpcEndpointIds.filter((id) => id !== value)
  },
  'add /binaryMediaTypes/{}': (api, _, [type = '']) => {
    api.binaryMediaTypes = [...new Set([...api.binaryMediaTypes, type])]
  },
  'replace /binaryMediaTypes/{}': (api, value, [type = '']) => {
    api.binaryMediaTypes = [...new Set(api.binaryMediaTypes.map((one) => (one === type ? value : one)))]
  },
  'remove /binaryMediaTypes/{}': (api, _, [type = '']) => {
    api.binaryMediaTypes = api.binaryMediaTypes.filter((one) => one !== type)
  },
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
