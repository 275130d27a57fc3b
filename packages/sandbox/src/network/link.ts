// Carries the requests of API Gateway's private integrations through VPC links.
import { isOwn } from '../reads/own-resources.ts'
import { exists } from '../state/world.ts'
import type { VpcLink } from '../state/apigateway.ts'
import { type Arrival, type Failure, type HttpRequest, failureAt, type Network } from './network.ts'
import { deliver } from './deliver.ts'
import { passLoadBalancer } from './path.ts'

/**
 * Assumed: the address that API Gateway's side of a VPC link has. AWS publishes none and advises against rules that
 * name any; this one is in a block for benchmarks (RFC 2544), so that only an open rule admits it.
 */
const apiGatewayAddress = '198.18.0.10'

/** A request of an API's private integration. */
export interface LinkRequest {
  account: string
  region: string
  vpcLinkId: string
  scheme: 'http' | 'https'
  /** Becomes the Host header where the request has none, and the name that TLS checks. */
  host: string
  /** Selects the load balancer's listener. */
  port: number
  request: HttpRequest
  /** The integration's timeout, in ms of the clock. */
  timeoutMs: number
  /** `tlsConfig.insecureSkipVerification` of the integration. */
  insecure?: boolean
}

/**
 * Sends a request through a VPC link: the hidden endpoint service on its load balancer, the listener of the port, a
 * target, a server. A way that swallows packets takes the whole timeout. Never throws: what goes wrong is the answer.
 */
export async function sendThroughLink(network: Network, linkRequest: LinkRequest): Promise<Arrival> {
  const { clock, signal } = network
  const arrival = await travel(network, linkRequest)
  if (!arrival.arrived && arrival.cause === 'timeout')
    await clock.aside(() => clock.sleep(linkRequest.timeoutMs, signal))
  return arrival
}

async function travel(network: Network, linkRequest: LinkRequest): Promise<Arrival> {
  const now = network.clock.now()
  const link = usableLink(network, linkRequest, now)
  if ('arrived' in link) return link
  const end = await passLoadBalancer(network, now, {
    loadBalancerArn: link.targetArn,
    port: linkRequest.port,
    client: { ip: apiGatewayAddress, groupIds: [] },
    privateLink: true,
  })
  return end.arrived ? await deliver(network, linkRequest, end) : end
}

function usableLink({ world }: Network, linkRequest: LinkRequest, now: number): VpcLink | Failure {
  const hop = `VPC link ${linkRequest.vpcLinkId}`
  const link = world.apigateway.vpcLinks[linkRequest.vpcLinkId]
  if (!isOwn(linkRequest, link) || !exists(link, now))
    return failureAt('link', hop, 'it does not exist in the account and Region of the API')
  if (link.deletingSince !== undefined) return failureAt('link', hop, 'it is being deleted')
  if (link.readyAt > now) return failureAt('link', hop, 'it is still pending')
  if (link.failure !== undefined) return failureAt('link', hop, `it has failed: ${link.failure}`)
  const service = link.serviceId === undefined ? undefined : world.ec2.endpointServices[link.serviceId]
  if (!exists(service, now)) return failureAt('link', hop, 'the endpoint service that API Gateway made for it is gone')
  return link
}
