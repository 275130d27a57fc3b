// Asks a Lambda authorizer about a call, as API Gateway does before it calls the backend.
import * as z from 'zod'
import type { Network, HttpAnswer, HttpRequest } from '../network.ts'
import { evaluatePolicy } from '../../reads/policy.ts'
import { mayAssume, roleMay } from '../../reads/roles.ts'
import { stateOf } from '../../reads/functions.ts'
import type { LambdaFunction } from '../../state/lambda.ts'
import { gatewayAnswers } from './gateway-answers.ts'
import type { Route } from './routing.ts'
import type { Authorizer, RestApi } from '../../state/apigateway.ts'
import { callFunction } from '../functions/call-function.ts'

/** A call that an authorizer decides about. */
interface AuthorizerCall {
  api: RestApi
  authorizer: Authorizer
  stageName: string
  stageVariables: Record<string, string>
  route: Route
  /** Its path is without the stage. */
  request: HttpRequest
  sourceIp: string
  /** ARN of the method with the request's own path. */
  resource: string
}

/** The function of an authorizer, if the sandbox has it. */
export const functionOf = ({ world }: Network, { authorizerUri = '' }: Authorizer): LambdaFunction | undefined =>
  world.lambda.functions[/\/functions\/(.+)\/invocations$/.exec(authorizerUri)?.[1] ?? '']

/** The answer that a function has to give ("Output from an API Gateway Lambda authorizer", API Gateway guide). */
const outputSchema = z.object({
  principalId: z.string().min(1),
  policyDocument: z.looseObject({ Statement: z.union([z.looseObject({}), z.array(z.looseObject({}))]) }),
})

/**
 * Asks a Lambda authorizer's function, which really runs. Nothing means yes; else what the caller is told: 401 where
 * the function fails with exactly "Unauthorized", 403 where its policy does not allow the method, 500 where it cannot
 * be asked or answers something else. Answers are not cached (deviation).
 */
export async function callAuthorizer(
  network: Network,
  one: LambdaFunction,
  call: AuthorizerCall,
): Promise<HttpAnswer | undefined> {
  const now = network.clock.now()
  if (!mayInvoke(network, one, call) || stateOf(one, now) !== 'Active') return gatewayAnswers.authorizerFailed()
  const ran = await callFunction({ network, now, signal: network.signal }, one, JSON.stringify(eventFor(call)))
  const said = readJson(ran.payload)
  if (ran.failed) {
    const { errorMessage } = z
      .object({ errorMessage: z.string().default('') })
      .catch({ errorMessage: '' })
      .parse(said)
    return errorMessage === 'Unauthorized' ? gatewayAnswers.unauthorized() : gatewayAnswers.authorizerFailed()
  }
  const output = outputSchema.safeParse(said)
  if (!output.success) return gatewayAnswers.authorizerFailed()
  const { resource } = call
  const question = { action: 'execute-api:Invoke', resource, principal: output.data.principalId, context: {} }
  try {
    // An identity policy: whom it is about is clear.
    const { decision } = evaluatePolicy(output.data.policyDocument, question)
    return decision === 'allow' ? undefined : gatewayAnswers.authorizerDenied(decision === 'deny')
  } catch {
    return gatewayAnswers.authorizerFailed()
  }
}

/** Whether the authorizer's role, or the function's own policy, lets API Gateway invoke the function (guide). */
function mayInvoke({ world, clock }: Network, one: LambdaFunction, { api, authorizer }: AuthorizerCall): boolean {
  const action = 'lambda:InvokeFunction'
  const role = authorizer.authorizerCredentials
  if (role !== undefined && role !== '') {
    const isOurs = mayAssume(world, clock.now(), role, 'apigateway.amazonaws.com')
    return isOurs && roleMay(world, role, { action, resource: one.arn }, { now: clock.now(), region: one.region })
  }
  const source = `arn:aws:execute-api:${api.region}:${api.account}:${api.restApiId}/authorizers/${authorizer.authorizerId}`
  const Statement = Object.values(one.policy).map((text): unknown => JSON.parse(text))
  if (Statement.length === 0) return false
  const policy = { Version: '2012-10-17', Statement }
  const context = { 'aws:SourceArn': source, 'aws:SourceAccount': api.account }
  return (
    evaluatePolicy(policy, { action, resource: one.arn, principal: 'apigateway.amazonaws.com', context }).decision ===
    'allow'
  )
}

/** "Input to an API Gateway Lambda authorizer", API Gateway guide. */
function eventFor({
  api,
  authorizer,
  stageName,
  stageVariables,
  route,
  request,
  sourceIp,
  resource,
}: AuthorizerCall): object {
  const { headers, method, path, query } = request
  if (authorizer.type === 'TOKEN') {
    return { type: 'TOKEN', authorizationToken: tokenIn(authorizer, headers) ?? '', methodArn: resource }
  }
  const parameters = new URLSearchParams(query)
  const names = [...new Set(parameters.keys())]
  return {
    type: 'REQUEST',
    methodArn: resource,
    resource: route.resource.path,
    path,
    httpMethod: method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: Object.fromEntries(names.map((name) => [name, parameters.getAll(name).at(-1)])),
    multiValueQueryStringParameters: Object.fromEntries(names.map((name) => [name, parameters.getAll(name)])),
    pathParameters: route.pathParameters,
    stageVariables,
    requestContext: {
      accountId: api.account,
      apiId: api.restApiId,
      httpMethod: method,
      path: `/${stageName}${path}`,
      resourcePath: route.resource.path,
      stage: stageName,
      identity: { sourceIp, userAgent: headers['user-agent'] ?? null },
    },
  }
}

/** The header that carries the token: `method.request.header.NAME`. */
export const tokenIn = ({ identitySource = '' }: Authorizer, headers: Record<string, string>): string | undefined =>
  headers[/^method\.request\.header\.([\w-]+)$/.exec(identitySource)?.[1]?.toLowerCase() ?? '']

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
