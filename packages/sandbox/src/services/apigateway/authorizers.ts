import type {
  Authorizer as AuthorizerOutput,
  Authorizers,
  CreateAuthorizerRequest,
  DeleteAuthorizerRequest,
  GetAuthorizerRequest,
  GetAuthorizersRequest,
} from '@aws-sdk/client-api-gateway'

import { operation } from '../operation.ts'
import { newId, type World } from '../../state/world.ts'
import { getApi } from './lookups.ts'
import { pageOf } from './pages.ts'
import { readWord } from './patch.ts'
import { badRequest, conflict, notFound } from './refusals.ts'
import type { Authorizer, RestApi } from '../../state/apigateway.ts'
import { own } from '../../state/own.ts'
import { onPath } from './required-permissions.ts'

export const authorizerOperations = {
  CreateAuthorizer: operation<CreateAuthorizerRequest, AuthorizerOutput>()(
    [
      'restApiId',
      'name',
      'type',
      'providerARNs',
      'authType',
      'authorizerUri',
      'authorizerCredentials',
      'identitySource',
      'identityValidationExpression',
      'authorizerResultTtlInSeconds',
    ],
    onPath,
    ({ restApiId, ...input }, call) => describeAuthorizer(addAuthorizer(call.world, getApi(call, restApiId), input)),
  ),

  GetAuthorizer: operation<GetAuthorizerRequest, AuthorizerOutput>()(
    ['restApiId', 'authorizerId'],
    onPath,
    ({ restApiId, authorizerId }, call) => describeAuthorizer(getAuthorizer(getApi(call, restApiId), authorizerId)),
  ),

  GetAuthorizers: operation<GetAuthorizersRequest, Authorizers>()(
    ['restApiId', 'position', 'limit'],
    onPath,
    ({ restApiId, ...paging }, call) => {
      const { items, ...more } = pageOf(Object.values(getApi(call, restApiId).authorizers ?? {}), paging)
      return { items: items.map(describeAuthorizer), ...more }
    },
  ),

  DeleteAuthorizer: operation<DeleteAuthorizerRequest, object>()(
    ['restApiId', 'authorizerId'],
    onPath,
    ({ restApiId, authorizerId }, call) => {
      const api = getApi(call, restApiId)
      const { authorizerId: id } = getAuthorizer(api, authorizerId)
      const methods = Object.values(api.resources).flatMap((resource) => Object.values(resource.methods))
      // Assumed, as the console says it: one that a method uses stays.
      if (methods.some((method) => method.authorizerId === id)) throw conflict('Authorizer is in use by a method')
      delete api.authorizers?.[id]
      return {}
    },
  ),
}

type Input = Omit<CreateAuthorizerRequest, 'restApiId'>

/** Adds an authorizer with AWS's defaults (CreateAuthorizer, API Gateway reference); the texts are assumed. */
export function addAuthorizer(world: World, api: RestApi, input: Input): Authorizer {
  const { name = '', authorizerUri } = input
  if (name === '') throw badRequest('Authorizer name cannot be empty')
  const authorizers = (api.authorizers ??= {})
  if (Object.values(authorizers).some((one) => one.name === name)) {
    throw conflict('Authorizer name must be unique. Authorizer name specified already exists in this RestApi.')
  }
  const type = readWord(input.type ?? '', ['TOKEN', 'REQUEST', 'COGNITO_USER_POOLS'])
  if (type === 'COGNITO_USER_POOLS') {
    const pools = input.providerARNs ?? []
    if (pools.length === 0) throw badRequest('Invalid Authorizer: providerARNs must be set for COGNITO_USER_POOLS')
    const bad = pools.find((arn) => !/^arn:[^:]+:cognito-idp:[^:]+:\d{12}:userpool\/[\w-]+$/.test(arn))
    if (bad !== undefined) throw badRequest(`Invalid Cognito User Pool ARN: ${bad}`)
  } else if (!/^arn:[^:]+:apigateway:[^:]+:lambda:path\/.+\/invocations$/.test(authorizerUri ?? '')) {
    throw badRequest(`Invalid Authorizer URI: ${authorizerUri ?? ''}. Authorizer URI should be a valid API Gateway ARN`)
  }
  const authorizer: Authorizer = {
    authorizerId: newId(world, '', 6),
    name,
    type,
    providerARNs: input.providerARNs,
    authType: input.authType,
    authorizerUri,
    authorizerCredentials: input.authorizerCredentials,
    identitySource: input.identitySource ?? 'method.request.header.Authorization',
    identityValidationExpression: input.identityValidationExpression,
    authorizerResultTtlInSeconds: input.authorizerResultTtlInSeconds ?? 300,
  }
  authorizers[authorizer.authorizerId] = authorizer
  return authorizer
}

/** An authorizer of the API by its id. The text is the one that AWS's users report. */
export function getAuthorizer(api: RestApi, authorizerId: string | undefined): Authorizer {
  const authorizer = own(api.authorizers ?? {}, authorizerId)
  if (authorizer === undefined) throw notFound('Invalid Authorizer identifier specified')
  return authorizer
}

const describeAuthorizer = (authorizer: Authorizer): AuthorizerOutput => {
  const { authorizerId, authType, ...same } = authorizer
  const usual = authorizer.type === 'COGNITO_USER_POOLS' ? 'cognito_user_pools' : 'custom'
  return { id: authorizerId, authType: authType ?? usual, ...same }
}
