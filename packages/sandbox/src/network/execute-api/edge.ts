// API Gateway's own end of a connection: it decides which API a request means and whether it gets in.
import { createHash, randomUUID } from 'node:crypto'

import { exists, type World } from '../../state/world.ts'
import { evaluatePolicy } from '../../reads/policy.ts'
import { gatewayAnswers } from './gateway-answers.ts'
import { invoke } from './invoke.ts'
import { servedDeployment } from '../../reads/deployments.ts'
import type { RestApi } from '../../state/apigateway.ts'
import type { VpcEndpoint } from '../../state/ec2.ts'
import { firstUsable } from '../../reads/addresses.ts'
import { type ApiName, readName } from '../../reads/api-name.ts'
import type { EdgeAnswer, EdgeEnd, Entry, HttpAnswer, HttpRequest, Network } from '../network.ts'
import { internetAddress } from '../path.ts'
import { admits } from '../security.ts'
import { isApiService, isOpen } from '../../reads/endpoints.ts'

/** Names the interface endpoint that a test call is made through; as the vantage sends it. */
export const fromHeader = 'x-privlink-sandbox-from'
/** The caller's address in that endpoint's VPC; without it, the first usable one of the VPC's first subnet. */
export const sourceIpHeader = 'x-privlink-sandbox-source-ip'

/** Answers a request that has come to API Gateway's own end of a connection inside the network. */
export async function answerAtEnd(network: Network, request: HttpRequest, end: EdgeEnd): Promise<HttpAnswer> {
  const host = request.headers['host'] ?? ''
  // A client inside the network cannot claim another address.
  const { [sourceIpHeader]: _, ...headers } = request.headers
  const asked = { ...request, headers }
  if (end.endpointId === undefined) return await fromInternet(network, asked, readName(host))
  const endpoint = network.world.ec2.endpoints[end.endpointId]
  return endpoint ? await enter(network, asked, host, endpoint, end.sourceIp) : forbidden()
}

/**
 * Answers a request to an API's name as AWS would, given where it comes from: through an interface endpoint, named by
 * `fromEndpointId` or implied by an endpoint's own name or an alias, or from the internet. `hang` is a caller whose
 * packets are dropped, by the endpoint's security groups or because it is not available.
 */
export async function answerAtEdge(
  network: Network,
  request: HttpRequest,
  host: string,
  fromEndpointId: string | undefined,
): Promise<EdgeAnswer> {
  const { world } = network
  const now = network.clock.now()
  const name = readName(host)
  const endpointId = fromEndpointId ?? name?.endpointId
  if (endpointId === undefined) return await fromInternet(network, request, name)

  const endpoint = world.ec2.endpoints[endpointId]
  // A name that does not resolve, or a test call through something that is no door to API Gateway.
  if (!endpoint || !exists(endpoint, now) || !isApiService(endpoint)) return forbidden()
  const sourceIp = request.headers[sourceIpHeader] ?? addressIn(world, endpoint.vpcId)
  if (!isOpen(endpoint, now) || !letsIn(world, endpoint, sourceIp)) return 'hang'
  return await enter(network, request, host, endpoint, sourceIp)
}

const letsIn = (world: World, endpoint: VpcEndpoint, ip: string): boolean =>
  admits(world, endpoint.groupIds, 'in', 443, { ip, groupIds: [] })

function addressIn(world: World, vpcId: string): string {
  const subnet = Object.values(world.ec2.subnets).find((one) => one.vpcId === vpcId)
  return firstUsable(subnet?.cidrBlock ?? world.ec2.vpcs[vpcId]?.cidrBlocks[0] ?? '10.0.0.0/16')
}

/** A request that has reached an execute-api endpoint's interface: endpoint policy first, then the API's own. */
async function enter(
  network: Network,
  request: HttpRequest,
  host: string,
  endpoint: VpcEndpoint,
  sourceIp: string,
): Promise<HttpAnswer> {
  // The endpoint itself answers: the cross-account samples use it as their load balancer's health check.
  if (request.path === '/ping') return complete({ status: 200, headers: {}, body: Buffer.alloc(0) })
  const { world } = network
  const name = readName(host)
  const api = findApi(world, endpoint.region, name, request)
  const [, stageName = ''] = request.path.split('/')
  if (!api || api.disableExecuteApiEndpoint || api.endpointType !== 'PRIVATE') return forbidden()
  if (
    name?.kind === 'alias' &&
    !(name.endpointId === endpoint.endpointId && isAssociated(network, api, endpoint, stageName))
  )
    return forbidden()
  if (!policyAllows(endpoint, api, request, sourceIp)) return forbidden()
  const { endpointId, vpcId, account } = endpoint
  return await ask(network, api, request, { kind: 'endpoint', endpointId, vpcId, account, sourceIp })
}

/** Private APIs have no door to the internet. */
async function fromInternet(network: Network, request: HttpRequest, name: ApiName | undefined): Promise<HttpAnswer> {
  const api = name && findApi(network.world, name.region, name, request)
  if (!api || api.disableExecuteApiEndpoint || api.endpointType === 'PRIVATE') return forbidden()
  return await ask(network, api, request, {
    kind: 'internet',
    sourceIp: request.headers[sourceIpHeader] ?? internetAddress,
  })
}

/** An endpoint's own name says nothing of the API: the header does. Names of other Regions lead nowhere here. */
function findApi(world: World, region: string, name: ApiName | undefined, request: HttpRequest): RestApi | undefined {
  if (name?.region !== region) return undefined
  const apiId = name.kind === 'endpoint' ? request.headers['x-apigw-api-id'] : name.apiId
  const api = apiId === undefined ? undefined : world.apigateway.restApis[apiId]
  return api?.region === region ? api : undefined
}

/** The alias exists once the association is deployed ("Redeploy your API for the changes to take effect"). */
function isAssociated({ clock }: Network, api: RestApi, endpoint: VpcEndpoint, stageName: string): boolean {
  const named = api.stages[stageName]
  return (named ? [named] : Object.values(api.stages)).some((stage) =>
    servedDeployment(api, stage, clock.now())?.vpcEndpointIds.includes(endpoint.endpointId),
  )
}

function policyAllows(endpoint: VpcEndpoint, api: RestApi, request: HttpRequest, sourceIp: string): boolean {
  const [, stageName = '', ...rest] = request.path.split('/')
  const verdict = evaluatePolicy(endpoint.policy, {
    action: 'execute-api:Invoke',
    resource: `arn:aws:execute-api:${api.region}:${api.account}:${api.restApiId}/${stageName}/${request.method}/${rest.join('/')}`,
    // Signatures are not checked here, so that every caller is anonymous, as without IAM authorization.
    principal: 'anonymous',
    context: {
      'aws:SourceVpce': endpoint.endpointId,
      'aws:SourceVpc': endpoint.vpcId,
      'aws:VpcSourceIp': sourceIp,
    },
  })
  return verdict.decision === 'allow'
}

async function ask(network: Network, api: RestApi, request: HttpRequest, entry: Entry): Promise<HttpAnswer> {
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => name !== fromHeader && name !== sourceIpHeader),
  )
  return complete(await invoke(network, { api, request: { ...request, headers }, entry }))
}

/**
 * The answer to an unknown name, a refusal by an endpoint policy, and a public API behind private DNS (section 5.5).
 */
const forbidden = (): HttpAnswer => complete(gatewayAnswers.forbidden())

/** Adds the headers that every answer of API Gateway has. */
function complete(answer: HttpAnswer): HttpAnswer {
  const requestId = answer.headers['x-amzn-requestid'] ?? randomUUID()
  const extendedId = `${createHash('sha256').update(requestId).digest('base64url').slice(0, 15)}=`
  return {
    ...answer,
    headers: {
      'content-type': 'application/json',
      'x-amz-apigw-id': extendedId,
      ...answer.headers,
      'x-amzn-requestid': requestId,
    },
  }
}
