// Answers a call as the deployed stage does: route, policy, authorization, integration.
import type { Entry, HttpAnswer, HttpRequest, Network } from '../network.ts'
import { evaluatePolicy, type PolicyVerdict } from '../../reads/policy.ts'
import { roleMay } from '../../reads/roles.ts'
import { callBackend } from './backend.ts'
import { gatewayAnswers } from './gateway-answers.ts'
import { findRoute, type Route } from './routing.ts'
import { servedDeployment } from '../../reads/deployments.ts'
import { callAuthorizer, functionOf, tokenIn } from './authorizer-function.ts'
import type { Authorizer, Deployment, Method, RestApi, Stage } from '../../state/apigateway.ts'
import { judgeToken } from './user-pool-tokens.ts'
import { own } from '../../state/own.ts'
import { readScope } from '../../reads/signatures.ts'

/** A call that has reached an API. */
export interface Invocation {
  api: RestApi
  /** Its path begins with the stage. */
  request: HttpRequest
  entry: Entry
}

/** Bytes of a request's body (API Gateway quotas: payload size). */
const largestBody = 10 * 1024 * 1024

/**
 * Answers a call as the API's stage serves it: route, resource policy of the deployed snapshot combined with the
 * method's authorization, then the integration. Never throws: what goes wrong is an answer.
 */
export async function invoke(network: Network, { api, request, entry }: Invocation): Promise<HttpAnswer> {
  const [, stageName = '', ...rest] = request.path.split('/')
  const stage = own(api.stages, stageName)
  if (stage === undefined) return gatewayAnswers.missingToken()
  const deployment = servedDeployment(api, stage, network.clock.now())
  if (deployment === undefined) return gatewayAnswers.missingToken()
  const path = `/${rest.join('/')}`
  const route = findRoute(deployment.resources, request.method, path)
  if (route === undefined) return gatewayAnswers.missingToken()

  const resource = `arn:aws:execute-api:${api.region}:${api.account}:${api.restApiId}/${stageName}/${request.method}${path}`
  const call = { api, deployment, route, stage, path, method: route.method, resource, request, entry }
  const refusal = await authorize(network, call)
  if (refusal !== undefined) return refusal
  // API keys are not modelled, so that no caller has a right one.
  if (route.method.apiKeyRequired) return gatewayAnswers.forbidden()
  if (request.body.length > largestBody) return gatewayAnswers.tooLarge()

  const { answer } = await callBackend(network, {
    api,
    stageName,
    stageVariables: stage.variables,
    binaryMediaTypes: deployment.binaryMediaTypes,
    route,
    request: { ...request, path },
    sourceIp: entry.sourceIp,
  })
  return answer
}

interface Authorization extends Invocation {
  deployment: Deployment
  stage: Stage
  route: Route
  method: Method
  /** The path without the stage. */
  path: string
  /** ARN of the method with the request's own path. */
  resource: string
}

/**
 * API Gateway, "How resource policies affect the authorization workflow": without authorization the policy must allow;
 * with AWS_IAM a Deny wins, a caller of another account needs the leave of both the policy and its own identity
 * policies, one of the same account that of either. Signatures are not checked, only who claims to have signed.
 */
async function authorize(network: Network, call: Authorization): Promise<HttpAnswer | undefined> {
  const { api, deployment, method, resource } = call
  if (method.authorizationType === 'NONE') {
    // Only an API that is not private can be deployed without a policy.
    if (deployment.policy === undefined) return undefined
    const verdict = ask(deployment.policy, call, 'anonymous')
    return verdict.decision === 'allow' ? undefined : refuse('anonymous', resource, verdict)
  }
  if (method.authorizationType !== 'AWS_IAM') return authorizeByToken(network, call)
  const scope = readScope(call.request.headers['authorization'])
  if (scope === undefined) return gatewayAnswers.missingToken()
  const caller = callerOf(network, scope.accessKeyId)
  if (caller === undefined) return gatewayAnswers.invalidToken()
  const verdict: PolicyVerdict =
    deployment.policy === undefined ? { decision: 'none', why: 'no policy' } : ask(deployment.policy, call, caller)
  const sameAccount = caller.split(':')[4] === api.account
  const may = mayInvoke(network, scope.accessKeyId, call)
  if (verdict.decision === 'allow' && (may || sameAccount)) return undefined
  if (verdict.decision === 'none' && sameAccount && may) return undefined
  return refuse(caller, resource, verdict)
}

/**
 * A Lambda authorizer decides unless the policy denies; with Cognito the policy must allow as well, where there is one.
 * A call without what identifies the caller is refused before (gateway response UNAUTHORIZED).
 */
async function authorizeByToken(network: Network, call: Authorization): Promise<HttpAnswer | undefined> {
  const { api, deployment, method, resource, request } = call
  const verdict = deployment.policy === undefined ? undefined : ask(deployment.policy, call, 'anonymous')
  const authorizer = own(deployment.authorizers ?? api.authorizers ?? {}, method.authorizerId)
  if (authorizer === undefined) return gatewayAnswers.authorizerFailed()
  if (method.authorizationType === 'CUSTOM') {
    if (verdict?.decision === 'deny') return refuse('anonymous', resource, verdict)
    if (!identifies(authorizer, call)) return gatewayAnswers.unauthorized()
    const one = functionOf(network, authorizer)
    // A function that the sandbox does not have lets everybody in who says who they are.
    if (one === undefined) return undefined
    const { stage, route, path, entry } = call
    return callAuthorizer(network, one, {
      api,
      authorizer,
      route,
      resource,
      sourceIp: entry.sourceIp,
      stageName: stage.stageName,
      stageVariables: stage.variables,
      request: { ...request, path },
    })
  }
  const token = tokenIn(authorizer, request.headers) ?? ''
  const judged = judgeToken(token, authorizer.providerARNs ?? [], network.clock.now())
  if (judged === 'expired') return gatewayAnswers.expiredToken()
  if (judged === 'bad') return gatewayAnswers.unauthorized()
  return verdict === undefined || verdict.decision === 'allow' ? undefined : refuse('anonymous', resource, verdict)
}

/** Whether a request has all that identifies its caller, in the form that the authorizer asks for. */
function identifies(authorizer: Authorizer, { request, stage }: Authorization): boolean {
  const { type, identitySource = '', identityValidationExpression: form } = authorizer
  const token = tokenIn(authorizer, request.headers) ?? ''
  if (type === 'TOKEN') return token !== '' && (!form || new RegExp(`^(?:${form})$`).test(token))
  const query = new URLSearchParams(request.query)
  return identitySource.split(',').every((source) => {
    const [, kind = '', name = ''] =
      /^(?:method\.request\.)?(header|querystring|stageVariables)\.(.+)$/.exec(source.trim()) ?? []
    if (kind === 'header') return (request.headers[name.toLowerCase()] ?? '') !== ''
    if (kind === 'querystring') return (query.get(name) ?? '') !== ''
    // Sources in the context are always there.
    return kind === 'stageVariables' ? (own(stage.variables, name) ?? '') !== '' : true
  })
}

/** Whether the caller's own policies let it: those of an account's root and of a role without any do. */
function mayInvoke({ world, clock }: Network, accessKeyId: string, { resource, api }: Authorization): boolean {
  const session = own(world.sts.sessions, accessKeyId)
  if (session?.role === undefined) return true
  const acting = { now: clock.now(), region: api.region, session: session.arn.slice(session.arn.lastIndexOf('/') + 1) }
  return roleMay(world, session.role, { action: 'execute-api:Invoke', resource }, acting)
}

function callerOf({ world, clock }: Network, accessKeyId: string): string | undefined {
  if (/^\d{12}$/.test(accessKeyId)) return `arn:aws:iam::${accessKeyId}:root`
  const session = own(world.sts.sessions, accessKeyId)
  return session && session.expiresAt > clock.now() ? session.arn : undefined
}

/** Private callers are seen by `aws:VpcSourceIp`, public ones by `aws:SourceIp`, never by both. */
function ask(policy: string, { resource, entry, request }: Authorization, principal: string): PolicyVerdict {
  const origin: Record<string, string> =
    entry.kind === 'endpoint'
      ? {
          'aws:SourceVpce': entry.endpointId,
          'aws:SourceVpc': entry.vpcId,
          'aws:VpcSourceIp': entry.sourceIp,
        }
      : { 'aws:SourceIp': entry.sourceIp }
  return evaluatePolicy(policy, {
    action: 'execute-api:Invoke',
    resource,
    principal,
    context: { ...origin, 'aws:SecureTransport': 'true', 'aws:UserAgent': request.headers['user-agent'] },
  })
}

const refuse = (caller: string, resource: string, verdict: PolicyVerdict): HttpAnswer =>
  gatewayAnswers.notAuthorized(caller, resource, verdict.decision === 'deny')
