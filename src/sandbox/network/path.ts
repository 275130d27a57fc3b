import { exists, type World } from '../world.ts'
import type { VpcEndpoint } from '../services/ec2/state.ts'
import type { LoadBalancer, TargetGroup } from '../services/elbv2/state.ts'
import { choose, usageOf } from './balance.ts'
import { refreshHealth } from './health.ts'
import { type End, type Failure, lost, type Source } from './network.ts'
import { type Address, resolve } from './resolve.ts'
import { admits } from './security.ts'

/** A chain of endpoints and load balancers longer than this is a loop. */
const deepest = 8

/** How a connection comes to a load balancer. */
interface Approach {
  loadBalancerArn: string
  port: number
  /** The client's own private address: by PrivateLink, that in the consumer's VPC. */
  client: Source
  /** Zone of the endpoint's interface, for traffic that comes by one; API Gateway's own comes from any. */
  zoneId?: string
  /** PrivateLink traffic is exempt from inbound rules while the load balancer does not enforce them on it. */
  privateLink: boolean
}

/**
 * Follows a connection from a source to an address until it ends at a server on this machine, at the API edge, or
 * nowhere: through interface endpoints, their services' load balancers and the targets of those. Looks at the health
 * of the targets on the way, and so makes the checks that are due.
 */
async function follow(world: World, now: number, source: Source, to: Address, depth = 0): Promise<End | Failure> {
  if (depth > deepest) return lost('timeout', to.ip, 'the way leads in a circle')
  const place = resolve(world, now, source, to)
  if (!place.arrived) return place
  if (place.at === 'host') {
    // Assumed: a stand-in on port 443 is the one that would terminate TLS, whatever it speaks on loopback.
    const tls = to.port === 443 || place.url.startsWith('https:')
    return { arrived: true, at: 'host', url: place.url, hop: `${to.ip}:${to.port}`, tls }
  }
  const { endpoint, networkInterface } = place
  const hop = `endpoint ${endpoint.endpointId}`
  if (!isOpen(endpoint, now)) return lost('timeout', hop, 'it is not available')
  if (!admits(world, networkInterface.groupIds, 'in', to.port, source))
    return lost('timeout', hop, `its security groups do not admit ${source.ip} on port ${to.port}`)
  if (isApiService(endpoint)) {
    if (to.port !== 443) return lost('timeout', hop, `API Gateway does not listen on port ${to.port}`)
    const { endpointId, region } = endpoint
    return { arrived: true, at: 'edge', endpointId, region, sourceIp: source.ip }
  }
  const service = Object.values(world.ec2.endpointServices).find(
    (one) => one.serviceName === endpoint.serviceName && exists(one, now),
  )
  if (!service) return lost('timeout', hop, `nothing is behind ${endpoint.serviceName}`)
  const zoneId = world.ec2.subnets[networkInterface.subnetId]?.zoneId
  const inZone = service.loadBalancerArns.find((arn) => servesZone(world, arn, zoneId)) ?? service.loadBalancerArns[0]
  if (inZone === undefined) return lost('timeout', hop, `${service.serviceId} has no load balancer`)
  const approach = { loadBalancerArn: inZone, port: to.port, client: source, privateLink: true }
  return await passLoadBalancer(world, now, zoneId === undefined ? approach : { ...approach, zoneId }, depth + 1)
}

/** Whether traffic flows through an endpoint: accepted, set up, and not being deleted. */
export const isOpen = (endpoint: VpcEndpoint, now: number): boolean =>
  endpoint.acceptance === 'accepted' &&
  endpoint.readyAt <= now &&
  endpoint.failure === undefined &&
  endpoint.deletingSince === undefined &&
  exists(endpoint, now)

/** Whether an endpoint is one of API Gateway's service rather than of somebody's endpoint service. */
export const isApiService = (endpoint: VpcEndpoint): boolean =>
  endpoint.serviceName === `com.amazonaws.${endpoint.region}.execute-api`

const servesZone = (world: World, loadBalancerArn: string, zoneId: string | undefined): boolean =>
  world.elbv2.loadBalancers[loadBalancerArn]?.subnetIds.some((id) => world.ec2.subnets[id]?.zoneId === zoneId) ?? false

/** Follows a connection that arrives at a load balancer's listener on to the target that it is given. */
export async function passLoadBalancer(
  world: World,
  now: number,
  approach: Approach,
  depth = 0,
): Promise<End | Failure> {
  const balancer = world.elbv2.loadBalancers[approach.loadBalancerArn]
  if (!balancer) return lost('timeout', approach.loadBalancerArn, 'the load balancer does not exist')
  const hop = `load balancer ${balancer.name}`
  if (balancer.readyAt > now) return lost('timeout', hop, 'it is still provisioning')
  const { client, port } = approach
  // Groups of a client behind PrivateLink mean nothing in the provider's VPC: only its address counts (section 10.6).
  const peer = approach.privateLink ? { ip: client.ip, groupIds: [] } : client
  const exempt = approach.privateLink && balancer.enforceOnPrivateLink === 'off'
  if (!exempt && !admits(world, balancer.groupIds, 'in', port, peer))
    return lost('timeout', hop, `its security groups do not admit ${client.ip} on port ${port}`)
  const listener = Object.values(world.elbv2.listeners).find(
    (one) => one.loadBalancerArn === balancer.arn && one.port === port,
  )
  const group = listener && world.elbv2.targetGroups[listener.targetGroupArn]
  if (!group) return lost('no-listener', hop, `no listener on port ${port}`)
  await checkTargets(world, now, group, depth)
  const chosen = choose(world, now, balancer, group, approach.zoneId)
  if (!('node' in chosen)) return chosen
  const to = { ip: chosen.target.id, port: chosen.target.port }
  // The NLB guide: client IP preservation is unsupported when targets are PrivateLink interfaces.
  if (group.attributes['preserve_client_ip.enabled'] === 'true' && isEndpointAddress(world, now, group.vpcId, to.ip))
    return lost(
      'timeout',
      hop,
      `${to.ip} is an endpoint's interface, which cannot answer while client IPs are preserved`,
    )
  return await leave(world, now, balancer, chosen.node, to, depth)
}

/** Makes the health checks that are due for a group's targets. */
export const checkTargets = (world: World, now: number, group: TargetGroup, depth = 0): Promise<void> =>
  refreshHealth(world, now, group, (node, to) => {
    const balancer = usageOf(world, group)?.balancer
    return balancer
      ? leave(world, now, balancer, node, to, depth)
      : Promise.resolve(lost('timeout', to.ip, 'the target group is not in use'))
  })

/** A connection from a load balancer's node to a target: the outbound rules of its groups apply. */
async function leave(
  world: World,
  now: number,
  balancer: LoadBalancer,
  node: Source,
  to: Address,
  depth: number,
): Promise<End | Failure> {
  const target = interfaceAt(world, now, balancer.vpcId, to.ip)
  if (!admits(world, balancer.groupIds, 'out', to.port, { ip: to.ip, groupIds: target?.groupIds ?? [] })) {
    const why = `the outbound rules of its security groups do not let it reach ${to.ip}:${to.port}`
    return lost('timeout', `load balancer ${balancer.name}`, why)
  }
  return await follow(world, now, node, to, depth + 1)
}

const interfaceAt = (world: World, now: number, vpcId: string, ip: string) =>
  Object.values(world.ec2.networkInterfaces).find(
    (one) => one.vpcId === vpcId && one.privateIp === ip && exists(one, now),
  )

function isEndpointAddress(world: World, now: number, vpcId: string, ip: string): boolean {
  const networkInterface = interfaceAt(world, now, vpcId, ip)
  return networkInterface !== undefined && networkInterface.servesId in world.ec2.endpoints
}
