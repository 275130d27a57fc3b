// Makes a request at the far end of a way, where a load balancer or a VPC link has led it.
import { type Arrival, type End, type HttpRequest, isLost, type Network } from './network.ts'
import { exchange } from './exchange.ts'
import { openEnd } from './open-end.ts'

/** A request to deliver at the end of a way. */
interface Parcel {
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
export async function deliver(network: Network, parcel: Parcel, end: End): Promise<Arrival> {
  const stream = await openEnd(network, end)
  if (isLost(stream)) return stream
  const { hop } = end
  const { host, timeoutMs } = parcel
  const request = { ...parcel.request, headers: { host, ...parcel.request.headers } }
  if (parcel.scheme === 'http') return await exchange(stream, request, { hop, timeoutMs })
  const believes = end.at !== 'edge' || parcel.insecure === true
  const name = host.replace(/:\d+$/, '')
  return await exchange(stream, request, { hop, timeoutMs, secure: { name, ...(!believes && { ca: network.ca }) } })
}
