// Reads the sources of parameter mappings, for requests and answers alike.
import type { HttpRequest } from '../network.ts'
import type { RestApi } from '../../state/apigateway.ts'
import type { Route } from './routing.ts'

/** A request on its way through a method, as mappings see it. */
export interface IntegrationCall {
  api: RestApi
  stageName: string
  stageVariables: Record<string, string>
  binaryMediaTypes: string[]
  route: Route
  request: HttpRequest
  /** The client's address; none in a test invocation. */
  sourceIp: string | undefined
}

/** Replaces `${stageVariables.name}`; an unknown one is empty. */
export const fillStageVariables = (text: string, variables: Record<string, string>): string =>
  text.replaceAll(/\$\{stageVariables\.(\w+)\}/g, (_, name: string) => variables[name] ?? '')

/**
 * The value of a mapping's source (API Gateway, "Parameter mapping source reference"): a quoted literal, a part of the
 * request, a stage variable or a context variable.
 */
export function readSource(source: string, incoming: IntegrationCall): string | undefined {
  const literal = /^'(.*)'$/s.exec(source)
  if (literal) return literal[1]
  const { request, route, stageVariables } = incoming
  const [, where = '', name = ''] = /^(method\.request\.\w+|stageVariables|context)\.?(.*)$/.exec(source) ?? []
  switch (where) {
    case 'method.request.path':
      return route.pathParameters[name]
    case 'method.request.querystring':
    case 'method.request.multivaluequerystring':
      return new URLSearchParams(request.query).get(name) ?? undefined
    case 'method.request.header':
    case 'method.request.multivalueheader':
      return request.headers[name.toLowerCase()]
    case 'method.request.body':
      return name === '' ? request.body.toString() : undefined
    case 'stageVariables':
      return stageVariables[name]
    default:
      return contextOf(incoming)[name]
  }
}

const contextOf = ({
  api,
  stageName,
  route,
  request,
  sourceIp,
}: IntegrationCall): Record<string, string | undefined> => ({
  accountId: api.account,
  apiId: api.restApiId,
  httpMethod: request.method,
  resourceId: route.resource.resourceId,
  resourcePath: route.resource.path,
  path: `/${stageName}${request.path}`,
  stage: stageName,
  'identity.sourceIp': sourceIp,
  'identity.userAgent': request.headers['user-agent'],
})
