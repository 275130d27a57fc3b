// Makes a request at the far end of a way, where a load balancer or a VPC link has led it.
import { type Arrival, type End, type HttpRequest, isFailure, type Network } from './network.ts'
import { exchange } from './exchange.ts'
import { openEnd } from './open-end.ts'

/** A request to deliver at the end of a way. */
interface Delivery {
  scheme: 'http' | 'https'
  /** The host with its port, where that is not the scheme's own. */
  host: string
  request: HttpRequest
  timeoutMs: number
  insecure?: boolean
}

/**
 * Delivers a request at the far end of a way: TLS first, if the client speaks it, then HTTP. API Gateway has to show a
 * certificate for the name; what other servers show is not looked at.
 */
export async function deliver(network: Network, delivery: Delivery, end: End): Promise<Arrival> {
  const stream = await openEnd(network, end)
  if (isFailure(stream)) return stream
  const { hop } = end
  const { host, timeoutMs } = delivery
  const request = { ...delivery.request, headers: { host, ...delivery.request.headers } }
  if (delivery.scheme === 'http') return await exchange(stream, request, { hop, timeoutMs })
  const believes = end.at !== 'edge' || delivery.insecure === true
  const name = host.replace(/:\d+$/, '')
  return await exchange(stream, request, { hop, timeoutMs, secure: { name, ...(!believes && { ca: network.ca }) } })
}
