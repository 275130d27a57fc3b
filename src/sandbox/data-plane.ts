import type { Network } from './network/network.ts'
import type { ServerAnswer, ServerRequest } from './server.ts'

/** Names that callers of an API use, as opposed to those of AWS's own control plane. */
const dataPlaneName = /\.execute-api\.[\w-]+\.amazonaws\.com$|\.vpce\.amazonaws\.com$/

/** Says from where in the network a test call is made: the id of the interface endpoint that it enters through. */
const fromHeader = 'x-privlink-sandbox-from'

const nameOf = (request: ServerRequest): string => (request.headers['host'] ?? '').replace(/:\d+$/, '').toLowerCase()

/** Whether a request is a call of an API, not of AWS. */
export const isDataPlane = (request: ServerRequest): boolean =>
  request.headers[fromHeader] !== undefined || dataPlaneName.test(nameOf(request))

/** Lets a request travel through the sandbox's network. A request that hangs is closed after a minute of its time. */
export async function travel(_: Network, request: ServerRequest): Promise<ServerAnswer | 'lost'> {
  return { status: 501, headers: {}, body: Buffer.from(`${request.path}: the data path is not there yet`) }
}
