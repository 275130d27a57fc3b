import { SecurityPolicy } from '@aws-sdk/client-api-gateway'

import { type PatchRules, readBoolean, readNumber, readWord } from './patch.ts'
import { storePolicy } from './policy-text.ts'
import { badRequest } from './refusals.ts'
import type { RestApi } from '../../state/apigateway.ts'

/** An association of an endpoint; whether it exists, or whose it is, is not asked (assumed). */
export function addVpcEndpoint(api: RestApi, endpointId: string): void {
  if (api.endpointType !== 'PRIVATE') throw badRequest('VPCEndpoints can only be specified with PRIVATE apis.')
  if (!/^vpce-[0-9a-z]+$/.test(endpointId)) throw badRequest(`Invalid VPC endpoint ID specified: ${endpointId}`)
  if (!api.vpcEndpointIds.includes(endpointId)) api.vpcEndpointIds.push(endpointId)
}

/** Private APIs are dualstack only (API Gateway, "IP address types"). */
export function setIpAddressType(api: RestApi, value: string): void {
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

/** The paths that UpdateRestApi may change. */
export const apiPatchRules: PatchRules<RestApi> = {
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
