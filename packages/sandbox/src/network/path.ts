// Follows a connection from hop to hop, as endpoints, load balancers and security groups let it.
import { exists, type World } from '../state/world.ts'
import type { NetworkInterface, VpcEndpoint } from '../state/ec2.ts'
import type { LoadBalancer, Target, TargetGroup } from '../state/elbv2.ts'
import { type BalancerNode, choose, nodesOf, usageOf } from './balance.ts'
import { refreshHealth } from './health.ts'
import { type End, type Failure, type HostEnd, failureAt, type Network, type Source } from './network.ts'
import { openEnd } from './open-end.ts'
import { type Address, interfaceAt, resolve } from './resolve.ts'
import { admits, letsOut } from './security.ts'
import { isOpen, isApiService } from '../reads/endpoints.ts'

/** A chain of endpoints and load balancers longer than this is a loop. */
const deepest = 8

/**
 * The address by which a NAT or internet gateway shows a client to the internet; of a block for documentation (RFC
 * 5737).
 */
export const internetAddress = '203.0.113.10'

/** A connection that comes to a load balancer. */
interface Approach {
  loadBalancerArn: string
  port: number
  /** The client's own private address: by PrivateLink, that in the consumer's VPC. */
  client: Source
  /** The zone of the interface that it comes by; API Gateway's own traffic comes from any. */
  zoneId?: string
  /** PrivateLink traffic is exempt from inbound rules while the load balancer does not enforce them on it. */
  privateLink: boolean
}

/**
 * Follows a connection from a source to an address until it ends at a server on this machine, in the sandbox itself, or
 * nowhere: through interface endpoints, their services' load balancers and the targets of those. The source's own
 * groups have let it out. Looks at the health of the targets on the way, and so makes the checks that are due.
 */
export async function follow(
  network: Network,
  now: number,
  source: Source,
  to: Address,
  depth = 0,
): Promise<End | Failure> {
  const { world } = network
  if (depth > deepest) return failureAt('timeout', to.ip, 'the way leads in a circle')
  const place = resolve(world, now, source, to)
  if (!place.arrived) return place
  if (place.at === 'host') return hostEnd(place.url, to)
  if (place.at === 'internet') return atInternet(to)
  const { networkInterface } = place
  if (place.at === 'balancer') return await enterBalancer(network, now, place, { source, to, depth })
  const hop = place.at === 'endpoint' ? `endpoint ${place.endpoint.endpointId}` : `${to.ip}:${to.port}`
  if (place.at === 'endpoint' && !isOpen(place.endpoint, now)) return failureAt('timeout', hop, 'it is not available')
  if (!admits(world, networkInterface.groupIds, 'in', to.port, source))
    return failureAt('timeout', hop, `its security groups do not admit ${source.ip} on port ${to.port}`)
  if (place.at === 'interface') {
    if (place.url !== undefined) return hostEnd(place.url, to)
    return failureAt('refused', hop, `the host does not listen on port ${to.port}`)
  }
  const { endpoint } = place
  if (isApiService(endpoint)) {
    if (to.port !== 443) return failureAt('timeout', hop, `API Gateway does not listen on port ${to.port}`)
    return { arrived: true, at: 'edge', endpointId: endpoint.endpointId, sourceIp: source.ip, hop }
  }
  return await enterService(network, now, { endpoint, networkInterface }, { source, to, depth })
}

/** A connection on its way. */
interface Leg {
  source: Source
  to: Address
  depth: number
}

/** Assumed: a stand-in on port 443 is the one that would terminate TLS, which the sandbox then does for it. */
function hostEnd(url: string, to: Address): HostEnd {
  const tls = url.startsWith('http:') && to.port === 443
  return { arrived: true, at: 'host', url, hop: `${to.ip}:${to.port}`, tls }
}

function atInternet({ port }: Address): End | Failure {
  const hop = 'API Gateway on the internet'
  if (port !== 443) return failureAt('timeout', hop, `it does not listen on port ${port}`)
  return { arrived: true, at: 'edge', sourceIp: internetAddress, hop }
}

/** From an interface endpoint on to the load balancer of its service, which has to be in the interface's zone. */
async function enterService(
  network: Network,
  now: number,
  { endpoint, networkInterface }: { endpoint: VpcEndpoint; networkInterface: NetworkInterface },
  { source, to, depth }: Leg,
): Promise<End | Failure> {
  const { world } = network
  const hop = `endpoint ${endpoint.endpointId}`
  const service = Object.values(world.ec2.endpointServices).find(
    (one) => one.serviceName === endpoint.serviceName && exists(one, now),
  )
  if (!service) return failureAt('timeout', hop, `nothing is behind ${endpoint.serviceName}`)
  const zoneId = world.ec2.subnets[networkInterface.subnetId]?.zoneId
  const inZone = service.loadBalancerArns.find((arn) => servesZone(world, arn, zoneId)) ?? service.loadBalancerArns[0]
  if (inZone === undefined) return failureAt('timeout', hop, `${service.serviceId} has no load balancer`)
  const approach = { loadBalancerArn: inZone, port: to.port, client: source, privateLink: true }
  return await passLoadBalancer(network, now, zoneId === undefined ? approach : { ...approach, zoneId }, depth + 1)
}

/** A client in the load balancer's own network comes to one of its nodes. */
async function enterBalancer(
  network: Network,
  now: number,
  { balancer, networkInterface }: { balancer: LoadBalancer; networkInterface: NetworkInterface },
  { source, to, depth }: Leg,
): Promise<End | Failure> {
  const { world } = network
  const { port } = to
  const loadBalancerArn = balancer.arn
  if (balancer.type === 'application') {
    const hop = `load balancer ${balancer.name}`
    if (balancer.readyAt > now) return failureAt('timeout', hop, 'it is still provisioning')
    if (!admits(world, balancer.groupIds, 'in', port, source))
      return failureAt('timeout', hop, `its security groups do not admit ${source.ip} on port ${port}`)
    const { subnetId } = networkInterface
    return { arrived: true, at: 'application', loadBalancerArn, port, client: source, subnetId, hop }
  }
  // AWS documents this for client IP preservation; assumed in general.
  if (source.loadBalancerArn !== undefined)
    return failureAt(
      'timeout',
      to.ip,
      `${networkInterface.networkInterfaceId} does not accept traffic of load balancers`,
    )
  const zoneId = world.ec2.subnets[networkInterface.subnetId]?.zoneId
  const approach = { loadBalancerArn, port, client: source, privateLink: false }
  return await passLoadBalancer(network, now, zoneId === undefined ? approach : { ...approach, zoneId }, depth + 1)
}

const servesZone = (world: World, loadBalancerArn: string, zoneId: string | undefined): boolean =>
  world.elbv2.loadBalancers[loadBalancerArn]?.subnetIds.some((id) => world.ec2.subnets[id]?.zoneId === zoneId) ?? false

/** Follows a connection that arrives at a load balancer's listener on to the target that it is given. */
export async function passLoadBalancer(
  network: Network,
  now: number,
  approach: Approach,
  depth = 0,
): Promise<End | Failure> {
  const { world } = network
  const balancer = world.elbv2.loadBalancers[approach.loadBalancerArn]
  if (!balancer) return failureAt('timeout', approach.loadBalancerArn, 'the load balancer does not exist')
  const hop = `load balancer ${balancer.name}`
  if (balancer.readyAt > now) return failureAt('timeout', hop, 'it is still provisioning')
  const { client, port } = approach
  // Groups of a client behind PrivateLink mean nothing in the provider's VPC: only its address counts (section 10.6).
  const peer = approach.privateLink ? { ip: client.ip, groupIds: [] } : client
  const exempt = approach.privateLink && balancer.enforceOnPrivateLink === 'off'
  if (!exempt && !admits(world, balancer.groupIds, 'in', port, peer))
    return failureAt('timeout', hop, `its security groups do not admit ${client.ip} on port ${port}`)
  const listener = Object.values(world.elbv2.listeners).find(
    (one) => one.loadBalancerArn === balancer.arn && one.port === port,
  )
  const group = listener && world.elbv2.targetGroups[listener.targetGroupArn ?? '']
  if (!group) return failureAt('no-listener', hop, `no listener on port ${port}`)
  await checkTargets(network, now, group, depth)
  const chosen = choose(world, now, balancer, group, approach.zoneId)
  if (!('node' in chosen)) return chosen
  const to = addressOf(world, now, chosen.target, chosen.node)
  // The NLB guide: client IP preservation is unsupported when targets are PrivateLink interfaces.
  if (group.attributes['preserve_client_ip.enabled'] === 'true' && isEndpointAddress(world, now, group.vpcId, to.ip))
    return failureAt(
      'timeout',
      hop,
      `${to.ip} is an endpoint's interface, which cannot answer while client IPs are preserved`,
    )
  return await leave(network, now, balancer, { source: chosen.node, to, depth })
}

/** The address of a target; of an Application Load Balancer, its node in the zone of the other's, or any. */
function addressOf(world: World, now: number, { id, port }: Pick<Target, 'id' | 'port'>, from: BalancerNode): Address {
  const balancer = world.elbv2.loadBalancers[id]
  const nodes = balancer ? nodesOf(world, now, balancer) : []
  const node = nodes.find(({ zoneId }) => zoneId === from.zoneId) ?? nodes[0]
  return { ip: node?.ip ?? id, port }
}

/** Makes the health checks that are due for a group's targets. */
export const checkTargets = (network: Network, now: number, group: TargetGroup, depth = 0): Promise<void> =>
  refreshHealth(network, now, group, async (source, to) => {
    const balancer = usageOf(network.world, group)?.balancer
    if (!balancer) return failureAt('timeout', to.ip, 'the target group is not in use')
    const there = addressOf(network.world, now, { id: to.ip, port: to.port }, source)
    const end = await leave(network, now, balancer, { source, to: there, depth })
    return end.arrived ? await openEnd(network, end) : end
  })

/** A connection from a load balancer's node to a target: the outbound rules of its groups apply. */
async function leave(
  network: Network,
  now: number,
  balancer: LoadBalancer,
  { source, to, depth }: Leg,
): Promise<End | Failure> {
  const { world } = network
  if (!letsOut(world, now, { ...source, groupIds: balancer.groupIds }, to)) {
    const why = `the outbound rules of its security groups do not let it reach ${to.ip}:${to.port}`
    return failureAt('timeout', `load balancer ${balancer.name}`, why)
  }
  return await follow(network, now, source, to, depth + 1)
}

function isEndpointAddress(world: World, now: number, vpcId: string, ip: string): boolean {
  const networkInterface = interfaceAt(world, now, vpcId, ip)
  return networkInterface !== undefined && networkInterface.servesId in world.ec2.endpoints
}
