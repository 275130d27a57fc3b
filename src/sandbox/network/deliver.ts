import { type Arrival, type End, type HttpAnswer, type HttpRequest, lost, type Network } from './network.ts'
import { sendHttp } from './send.ts'

/** What is to be delivered at the end of an open connection. */
interface Parcel {
  scheme: 'http' | 'https'
  host: string
  request: HttpRequest
  timeoutMs: number
  insecure?: boolean
}

/** Delivers a request at the far end of a connection: TLS first, if the client speaks it, then HTTP. */
export async function deliver(network: Network, parcel: Parcel, end: End): Promise<Arrival> {
  const request = withHost(parcel.request, parcel.host)
  const secure = end.at === 'edge' || end.tls
  const hop = end.at === 'edge' ? `endpoint ${end.endpointId}` : end.hop
  if (parcel.scheme === 'http' && secure) return { arrived: true, answer: plainToTls }
  if (parcel.scheme === 'https' && !secure) return lost('tls', hop, 'it does not speak TLS')
  if (end.at === 'host') return await sendHttp(end.url, request, end.hop, parcel.timeoutMs)

  if (parcel.insecure !== true && !certified(parcel.host, end.region))
    return lost('tls', hop, `Host name '${parcel.host}' does not match the certificate subject`)
  if (!network.edge) return lost('refused', hop, 'this request was sent without a way on to the API edge')
  const answer = await network.edge(request, request.headers['host'] ?? parcel.host, end)
  if (answer === 'hang') return lost('timeout', hop, 'it does not answer')
  return { arrived: true, answer }
}

function withHost(request: HttpRequest, host: string): HttpRequest {
  return { ...request, headers: { ...request.headers, host: request.headers['host'] ?? host } }
}

/** The names on API Gateway's certificate for its endpoints: one label under each of two domains. */
function certified(name: string, region: string): boolean {
  const rest = name.slice(name.indexOf('.') + 1).toLowerCase()
  return rest === `execute-api.${region}.amazonaws.com` || rest === `execute-api.${region}.vpce.amazonaws.com`
}

/** What servers that expect TLS commonly say to plain HTTP; assumed of those behind a load balancer. */
const plainToTls: HttpAnswer = {
  status: 400,
  headers: { 'content-type': 'text/plain' },
  body: Buffer.from('Client sent an HTTP request to an HTTPS server.\n'),
}
