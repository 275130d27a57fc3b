// The Application Load Balancer itself: it ends TLS and HTTP, chooses by its rules, and calls its targets anew.
import http from 'node:http'
import type { Duplex } from 'node:stream'
import tls, { type TLSSocket } from 'node:tls'
import type { Listener, LoadBalancer, TargetGroup } from '../state/elbv2.ts'
import { choose } from './balance.ts'
import { clientCertificateHeaders, isRevoked, leadsTo } from './client-certificate.ts'
import { dial } from './dial.ts'
import { exchange } from './exchange.ts'
import { outcomeFor, transformed } from './listener-rules.ts'
import { type ApplicationEnd, type HttpRequest, isFailure, type Network } from './network.ts'
import { checkTargets } from './path.ts'
import { asInside } from './execute-api/serve-edge.ts'
import { leastVersion } from '../reads/security-policies.ts'
import { listenerOf, type ServerAnswer } from './http.ts'

const never = new AbortController().signal

/** One connection as the load balancer has it. */
interface Connection {
  balancer: LoadBalancer
  listener: Listener
  end: ApplicationEnd
  /** Headers that tell targets about the client's certificate. */
  certificateHeaders: Record<string, string>
}

/**
 * An Application Load Balancer at the far side of a connection: TLS as its listener has it, client certificates and
 * all, then HTTP by its rules. A connection to a port without a listener is closed.
 */
export function serveApplication(network: Network, stream: Duplex, end: ApplicationEnd): void {
  const { elbv2 } = network.world
  stream.on('error', () => stream.destroy())
  const balancer = elbv2.loadBalancers[end.loadBalancerArn]
  const listener = Object.values(elbv2.listeners).find(
    (one) => one.loadBalancerArn === end.loadBalancerArn && one.port === end.port,
  )
  if (!balancer || !listener) return void stream.end()
  const server = (certificateHeaders: Record<string, string>) => {
    const connection = { balancer, listener, end, certificateHeaders }
    return http.createServer(
      listenerOf(
        (request, signal) => answer({ ...network, signal }, asInside(request), connection),
        network.signal ?? never,
      ),
    )
  }
  if (listener.protocol === 'HTTP') return void server({}).emit('connection', stream)
  secure(network, listener, stream, (inside, headers) => server(headers).emit('connection', inside))
}

/**
 * Speaks TLS as the listener is set. In mode `verify` a connection is closed whose client shows no certificate, or one
 * that has expired, was revoked, or leads to no authority of the trust store ("Mutual authentication with TLS", ALB
 * guide).
 */
function secure(
  { world }: Network,
  listener: Listener,
  stream: Duplex,
  onward: (inside: TLSSocket, headers: Record<string, string>) => void,
): void {
  const certificate = world.acm.certificates[listener.certificateArn ?? '']
  const { mode = 'off', trustStoreArn = '', ignoreExpiry = false } = listener.mutualAuthentication ?? {}
  const store = world.elbv2.trustStores[trustStoreArn]
  // TLS without authorities of its own would trust the public ones.
  if (!certificate || (mode === 'verify' && !store)) return void stream.end()
  const server = tls.createServer({
    key: certificate.key,
    cert: [certificate.certificate, certificate.chain ?? ''].join('\n'),
    minVersion: leastVersion(listener),
    requestCert: mode !== 'off',
    // Expiry is checked below, where the listener may ignore it.
    rejectUnauthorized: mode === 'verify' && !ignoreExpiry,
    ...(mode === 'verify' && store && { ca: store.bundle }),
  })
  // A client that breaks off, or is refused, sees the connection end.
  server.on('tlsClientError', () => stream.end())
  server.on('secureConnection', (inside) => {
    inside.on('error', () => inside.destroy())
    inside.once('close', () => stream.end())
    const expired = inside.authorizationError?.toString().includes('CERT_HAS_EXPIRED') === true
    const forgiven = ignoreExpiry && expired && store !== undefined && leadsTo(store, inside)
    const admitted = mode !== 'verify' || inside.authorized || forgiven
    if (!admitted || (store && isRevoked(inside, store))) return void inside.destroy()
    onward(inside, clientCertificateHeaders(inside, mode))
  })
  server.emit('connection', stream)
}

/** Headers that only the load balancer itself may set. */
const own = /^x-amzn-mtls-clientcert/

async function answer(network: Network, request: HttpRequest, connection: Connection): Promise<ServerAnswer | 'lost'> {
  const { world } = network
  const strict = connection.balancer.attributes['routing.http.drop_invalid_header_fields.enabled'] === 'true'
  const kept = Object.entries(request.headers).filter(
    ([name]) => !own.test(name) && !(strict && /[^a-z0-9-]/.test(name)),
  )
  const received: HttpRequest = {
    ...request,
    headers: { ...Object.fromEntries(kept), ...connection.certificateHeaders },
  }
  const outcome = outcomeFor(world, connection.listener, received)
  if (outcome.fixedResponse) {
    const { statusCode, contentType = 'text/plain', messageBody = '' } = outcome.fixedResponse
    return said(Number(statusCode), messageBody, contentType)
  }
  const group = world.elbv2.targetGroups[outcome.targetGroupArn ?? '']
  if (!group) return gone(503)
  const rewritten = transformed(received, outcome.transforms)
  if (rewritten === undefined) return gone(500)
  return await forward(network, forwarded(rewritten, connection), connection, group)
}

/** Adds what is known of the client ("HTTP headers and Application Load Balancers", ALB guide). */
function forwarded(request: HttpRequest, { listener, end }: Connection): HttpRequest {
  const { headers } = request
  const before = headers['x-forwarded-for']
  return {
    ...request,
    headers: {
      ...headers,
      'x-forwarded-for': before === undefined ? end.client.ip : `${before}, ${end.client.ip}`,
      'x-forwarded-proto': listener.protocol.toLowerCase(),
      'x-forwarded-port': String(listener.port),
    },
  }
}

/**
 * Sends a request on to a target of the group, by TLS if the group has it; what certificate the target shows does not
 * matter ("Target groups for your Application Load Balancers"). Without an answer: "The load balancer generates an HTTP
 * error", ALB guide.
 */
async function forward(
  network: Network,
  request: HttpRequest,
  { balancer, end }: Connection,
  group: TargetGroup,
): Promise<ServerAnswer> {
  const { world, clock } = network
  await checkTargets(network, clock.now(), group)
  const zoneId = world.ec2.subnets[end.subnetId]?.zoneId
  const chosen = choose(world, clock.now(), balancer, group, zoneId)
  if (!('node' in chosen)) return gone(503)
  const { node, target } = chosen
  const stream = await dial(network, node, { ip: target.id, port: target.port })
  if (isFailure(stream)) return gone(stream.cause === 'timeout' ? 504 : 502)
  const arrival = await exchange(stream, request, {
    hop: `target ${target.id}`,
    ...(group.protocol === 'HTTPS' && { secure: { name: target.id } }),
  })
  if (arrival.arrived) return arrival.answer
  return gone(arrival.cause === 'timeout' ? 504 : 502)
}

const said = (status: number, text: string, type: string): ServerAnswer => ({
  status,
  headers: { server: 'awselb/2.0', 'content-type': type },
  body: Buffer.from(text),
})

/** An error page of the load balancer itself. */
function gone(status: 500 | 502 | 503 | 504): ServerAnswer {
  const why = { 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Temporarily Unavailable' }
  const title = `${status} ${status === 504 ? 'Gateway Time-out' : why[status]}`
  const page = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`
  return said(status, page, 'text/html')
}
