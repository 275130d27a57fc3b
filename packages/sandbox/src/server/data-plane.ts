import { firstUsable, subnetOf } from '../reads/addresses.ts'
import { answerAtEdge, fromHeader, sourceIpHeader } from '../network/execute-api/edge.ts'
import type { Network, Source } from '../network/network.ts'
import { asInside } from '../network/execute-api/serve-edge.ts'
import { refuse, tunnel } from '../network/tunnel.ts'
import type { Connect } from './listen.ts'
import type { World } from '../state/world.ts'
import type { ServerAnswer, ServerRequest } from '../network/http.ts'

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
  network: Network,
  request: ServerRequest,
  signal: AbortSignal,
): Promise<ServerAnswer | 'lost'> {
  const { clock } = network
  const { headers } = request
  const inside = asInside(request)
  const answer = await answerAtEdge({ ...network, signal }, inside, headers['host'] ?? '', headers[fromHeader])
  if (answer !== 'hang') return answer
  await clock.aside(() => clock.sleep(patience, signal))
  return 'lost'
}

/**
 * Takes a connection through the sandbox's network by CONNECT, from where `x-privlink-sandbox-from` says: an endpoint,
 * a subnet or a VPC, in which the client then stands, in the first subnet. `advance` brings the world up to date
 * before.
 */
export const connectFrom =
  (network: Network, advance: () => Promise<void>): Connect =>
  ({ authority, headers }, client) => {
    const from = headers[fromHeader] ?? ''
    const source = sourceAt(network.world, from, headers[sourceIpHeader])
    const open = (at: Source) => advance().then(() => tunnel(network, at, authority, client))
    if (source) open(source).catch(() => client.destroy())
    else refuse(client, 400, `${fromHeader} has to name an endpoint, a subnet or a VPC: there is no '${from}'`)
  }

/** A client with a public address that no groups hold back. */
function sourceAt(world: World, from: string, ip: string | undefined): Source | undefined {
  const vpcId = world.ec2.endpoints[from]?.vpcId ?? world.ec2.subnets[from]?.vpcId ?? from
  if (!world.ec2.vpcs[vpcId]) return undefined
  const first = Object.values(world.ec2.subnets).find((one) => one.vpcId === vpcId)
  const named = ip === undefined ? undefined : subnetOf(world, vpcId, ip)
  const subnet = world.ec2.subnets[from] ?? named ?? first
  if (!subnet) return undefined
  const { subnetId, cidrBlock } = subnet
  return { ip: ip ?? firstUsable(cidrBlock), groupIds: [], vpcId, subnetId, isPublic: true }
}
