import type { Clock } from '../clock.ts'
import { answerAtEdge, fromHeader } from './network/edge.ts'
import type { ServerAnswer, ServerRequest } from './server.ts'
import type { World } from './world.ts'

/** Names that callers of an API use, as opposed to those of AWS's own control plane. */
const apiName = /\.execute-api\.[\w-]+\.amazonaws\.com$|\.vpce\.amazonaws\.com$/

/** How long a caller whose packets are dropped keeps its connection, in ms of the sandbox's time. */
const patience = 60_000

const nameOf = (request: ServerRequest): string => (request.headers['host'] ?? '').replace(/:\d+$/, '').toLowerCase()

/** Whether a request is a call of an API, not of AWS. */
export const isDataPlane = (request: ServerRequest): boolean =>
  request.headers[fromHeader] !== undefined || apiName.test(nameOf(request))

/** Lets a request travel through the sandbox's network, from the endpoint that `x-privlink-sandbox-from` names. */
export async function travel(
  { world, clock }: { world: World; clock: Clock },
  { method, path, rawQuery, headers, body }: ServerRequest,
  signal: AbortSignal,
): Promise<ServerAnswer | 'lost'> {
  const request = { method, path, query: rawQuery, headers, body }
  const answer = await answerAtEdge({ world, clock, signal }, request, headers['host'] ?? '', headers[fromHeader])
  if (answer !== 'hang') return answer
  await clock.aside(() => clock.sleep(patience, signal))
  return 'lost'
}
