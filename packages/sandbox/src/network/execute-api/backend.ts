// Calls the backend of a method by its integration, and translates there and back.
import { sendThroughLink } from '../link.ts'
import type { Arrival, HttpAnswer, HttpRequest, Network } from '../network.ts'
import { gatewayAnswers } from './gateway-answers.ts'
import { fillStageVariables, type IntegrationCall, readSource } from './mapping.ts'
import { answerFromMock, type BackendAnswer, transformAnswer } from './responses.ts'
import type { Integration } from '../../state/apigateway.ts'

/** Lets the method's integration answer: MOCK by itself, HTTP and HTTP_PROXY through the VPC link. Never throws. */
export async function callBackend(network: Network, incoming: IntegrationCall): Promise<BackendAnswer> {
  const { integration } = incoming.route.method
  if (integration === undefined) return failed('Execution failed due to configuration error: No integration defined')
  if (integration.type === 'MOCK') return answerFromMock(integration, incoming)
  if (integration.connectionType !== 'VPC_LINK') {
    return failed('Execution failed: the sandbox has no way to endpoints on the internet')
  }
  const log: string[] = []
  const target = targetOf(integration, incoming)
  if (target === undefined) return failed('Execution failed due to configuration error: Invalid endpoint address')
  const vpcLinkId = fillStageVariables(integration.connectionId ?? '', incoming.stageVariables)
  const request = requestFor(integration, incoming, target)
  const uri = `${target.origin}${request.path}${request.query === '' ? '' : `?${request.query}`}`
  log.push(`Endpoint request URI: ${uri}`, `Endpoint request headers: ${JSON.stringify(request.headers)}`)
  log.push(`Endpoint request body after transformations: ${request.body.toString()}`, `Sending request to ${uri}`)
  const started = network.clock.now()
  const arrival = await sendThroughLink(network, {
    account: incoming.api.account,
    region: incoming.api.region,
    vpcLinkId,
    scheme: target.protocol === 'https:' ? 'https' : 'http',
    host: target.host,
    port: target.port === '' ? (target.protocol === 'https:' ? 443 : 80) : Number(target.port),
    request,
    timeoutMs: integration.timeoutInMillis,
    insecure: integration.tlsConfig?.insecureSkipVerification ?? false,
  })
  if (!arrival.arrived) {
    log.push(`Execution failed due to ${reasonOf(arrival)} (${arrival.hop}: ${arrival.why})`)
    return { answer: failures[arrival.cause](), log }
  }
  const { answer } = arrival
  log.push(
    `Received response. Status: ${answer.status}, Integration latency: ${network.clock.now() - started} ms`,
    `Endpoint response headers: ${JSON.stringify(answer.headers)}`,
    `Endpoint response body before transformations: ${answer.body.toString()}`,
  )
  const transformed = integration.type === 'HTTP_PROXY' ? answer : transformAnswer(integration, incoming, answer)
  return { answer: transformed ? remap(transformed) : gatewayAnswers.internalError(), log }
}

const failed = (line: string): BackendAnswer => ({ answer: gatewayAnswers.internalError(), log: [line] })

type Lost = Extract<Arrival, { arrived: false }>

const reasonOf = ({ cause }: Lost): string => {
  if (cause === 'timeout') return 'a timeout error'
  return cause === 'link' ? 'configuration error: Invalid VPC link' : 'a network error communicating with endpoint'
}

/**
 * A healthy way with nobody at its end is 503, silence is 504, anything else 500 (which cause gives which is assumed).
 */
const failures: Record<Lost['cause'], () => HttpAnswer> = {
  link: gatewayAnswers.internalError,
  'no-listener': gatewayAnswers.internalError,
  refused: gatewayAnswers.internalError,
  tls: gatewayAnswers.internalError,
  'no-target': gatewayAnswers.unavailable,
  timeout: gatewayAnswers.timedOut,
}

/** The integration's uri with stage variables and mapped path parameters; an unmapped `{name}` is sent as it stands. */
function targetOf(integration: Integration, incoming: IntegrationCall): URL | undefined {
  const mapped = fillStageVariables(integration.uri ?? '', incoming.stageVariables)
  const uri = mapped.replaceAll(/\{([^}]+)\}/g, (whole, name: string) => {
    const source = integration.requestParameters[`integration.request.path.${name}`]
    return (source === undefined ? undefined : readSource(source, incoming)) ?? whole
  })
  return URL.canParse(uri) ? new URL(uri) : undefined
}

/** Hop-by-hop headers, those that the next hop sets itself, and the host, which the integration's uri replaces. */
const notForwarded = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** A proxy integration forwards headers, query and body; any other one only what is mapped. */
function requestFor(integration: Integration, incoming: IntegrationCall, target: URL): HttpRequest {
  const { request, route, api } = incoming
  const proxy = integration.type === 'HTTP_PROXY'
  const forwarded = Object.entries(proxy ? request.headers : pick(request.headers, ['accept', 'content-type']))
  const headers = Object.fromEntries(forwarded.filter(([name]) => !notForwarded.has(name)))
  if (route.method.authorizationType === 'AWS_IAM') delete headers['authorization']
  headers['x-amzn-apigateway-api-id'] = api.restApiId
  headers['user-agent'] ??= `AmazonAPIGateway_${api.restApiId}`
  if (incoming.sourceIp !== undefined) {
    const before = headers['x-forwarded-for']
    headers['x-forwarded-for'] = before === undefined ? incoming.sourceIp : `${before}, ${incoming.sourceIp}`
    headers['x-forwarded-proto'] ??= 'https'
    headers['x-forwarded-port'] ??= '443'
  }
  const extra = new URLSearchParams()
  for (const [name, source] of Object.entries(integration.requestParameters)) {
    const [, kind, key = ''] = /^integration\.request\.(header|querystring)\.(.+)$/.exec(name) ?? []
    const value = kind === undefined ? undefined : readSource(source, incoming)
    if (value !== undefined && kind === 'header') headers[key.toLowerCase()] = value
    if (value !== undefined && kind === 'querystring') extra.set(key, value)
  }
  const inherited = proxy ? without(request.query, [...extra.keys()]) : ''
  const method = integration.httpMethod ?? 'ANY'
  return {
    method: method === 'ANY' ? request.method : method,
    path: target.pathname,
    query: [target.search.slice(1), inherited, extra.toString()].filter((part) => part !== '').join('&'),
    headers,
    body: request.body,
  }
}

const pick = (headers: Record<string, string>, names: string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name)))

/** A query string without some of its names, otherwise untouched. */
const without = (query: string, names: string[]): string =>
  query
    .split('&')
    .filter((pair) => ![...new URLSearchParams(pair).keys()].some((name) => names.includes(name)))
    .join('&')

/** Response headers that API Gateway renames ("Important notes: HTTP headers"). */
const remapped = new Set(['connection', 'content-length', 'date', 'server', 'www-authenticate', 'transfer-encoding'])

const remap = (answer: HttpAnswer): HttpAnswer => ({
  ...answer,
  headers: Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [
      remapped.has(name) ? `x-amzn-remapped-${name}` : name,
      value,
    ]),
  ),
})
