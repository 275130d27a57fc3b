// Finds what answers at an address, as routes and interfaces have it.
import { exists, type Host, type World } from '../state/world.ts'
import type { NetworkInterface, Route, VpcEndpoint } from '../state/ec2.ts'
import type { LoadBalancer } from '../state/elbv2.ts'
import { inBlock, isPrivateAddress, prefixLength } from '../reads/addresses.ts'
import { type Failure, failureAt, type Source } from './network.ts'

export interface Address {
  ip: string
  port: number
}

/**
 * The address of API Gateway on the internet; of a block for documentation (RFC 5737), since AWS's own change.
 */
export const publicApiAddress = '198.51.100.10'

/** The server or interface at an address; the groups of an interface are still to be asked. */
export type Destination =
  | { arrived: true; at: 'host'; host: Host; url: string }
  /** The interface of a task or a function, with the server that it runs on the port, if it runs one. */
  | { arrived: true; at: 'interface'; networkInterface: NetworkInterface; url?: string }
  | { arrived: true; at: 'endpoint'; endpoint: VpcEndpoint; networkInterface: NetworkInterface }
  | { arrived: true; at: 'balancer'; balancer: LoadBalancer; networkInterface: NetworkInterface }
  /** API Gateway's door to the internet. */
  | { arrived: true; at: 'internet' }

/** The interface that has an address in a VPC. */
export const interfaceAt = (world: World, now: number, vpcId: string, ip: string): NetworkInterface | undefined =>
  Object.values(world.ec2.networkInterfaces).find(
    (one) => one.vpcId === vpcId && one.privateIp === ip && exists(one, now),
  )

/**
 * Finds what answers at an address, as seen from a source in a VPC: an interface or a host of the VPC, else whatever
 * the route table of the source's subnet leads to. Nobody there means silence, so a timeout; somebody who does not
 * listen on the port means a refusal.
 */
export function resolve(world: World, now: number, source: Source, to: Address): Destination | Failure {
  const vpc = source.vpcId === undefined ? undefined : world.ec2.vpcs[source.vpcId]
  const inside = vpc?.cidrBlocks.some((block) => inBlock(to.ip, block)) ?? false
  return vpc !== undefined && inside ? within(world, now, vpc.vpcId, to) : beyond(world, source, to)
}

function within(world: World, now: number, vpcId: string, to: Address): Destination | Failure {
  const networkInterface = interfaceAt(world, now, vpcId, to.ip)
  const hosts = world.hosts.filter((host) => host.vpcId === vpcId)
  if (!networkInterface) return hostAt(hosts, to, `nothing has this address in ${vpcId}`)
  const endpoint = world.ec2.endpoints[networkInterface.servesId]
  if (endpoint) return { arrived: true, at: 'endpoint', endpoint, networkInterface }
  const balancer = world.elbv2.loadBalancers[networkInterface.servesId]
  if (balancer) return { arrived: true, at: 'balancer', balancer, networkInterface }
  // A load balancer that is gone leaves its interfaces for a while.
  if (networkInterface.servesId.includes(':loadbalancer/'))
    return failureAt('timeout', to.ip, `${networkInterface.networkInterfaceId} does not accept traffic`)
  const server = hosts.find((host) => host.ip === to.ip && host.port === to.port)
  return { arrived: true, at: 'interface', networkInterface, ...(server?.url !== undefined && { url: server.url }) }
}

function beyond(world: World, source: Source, to: Address): Destination | Failure {
  if (source.vpcId === undefined && !isPrivateAddress(to.ip)) return onInternet(world, to)
  const route = source.subnetId === undefined ? undefined : routeTo(world, source.subnetId, to.ip)
  if (!route)
    return failureAt('timeout', to.ip, `the route table of ${source.subnetId ?? 'the source'} has no route to it`)
  if (route.blackhole) return failureAt('timeout', to.ip, `the route to ${route.destination} is a blackhole`)
  if (/^(igw|nat|eigw)-/.test(route.target)) {
    if (isPrivateAddress(to.ip))
      return failureAt(
        'timeout',
        to.ip,
        `the route leads to ${route.target}, and the internet has no private addresses`,
      )
    if (route.target.startsWith('igw-') && source.isPublic !== true)
      return failureAt(
        'timeout',
        to.ip,
        `${source.ip} has no public address, without which ${route.target} leads nowhere`,
      )
    if (to.ip === publicApiAddress) return { arrived: true, at: 'internet' }
  }
  const elsewhere = world.hosts.filter((host) => host.vpcId !== source.vpcId)
  const outsideFirst = elsewhere.sort((a, b) => Number(b.vpcId === 'outside') - Number(a.vpcId === 'outside'))
  return hostAt(outsideFirst, to, `nothing answers behind ${route.target}`)
}

function onInternet(world: World, to: Address): Destination | Failure {
  if (to.ip === publicApiAddress) return { arrived: true, at: 'internet' }
  const outside = world.hosts.filter(({ vpcId }) => vpcId === 'outside')
  return hostAt(outside, to, 'nothing on the internet has this address')
}

/** The most specific route of a subnet's table, which is the VPC's main table unless another one is associated. */
function routeTo(world: World, subnetId: string, ip: string): Route | undefined {
  const vpcId = world.ec2.subnets[subnetId]?.vpcId
  const tables = Object.values(world.ec2.routeTables).filter((table) => table.vpcId === vpcId)
  const table = tables.find((one) => one.subnetIds.includes(subnetId)) ?? tables.find((one) => one.main)
  return table?.routes
    .filter((route) => route.target !== 'local' && inBlock(ip, route.destination))
    .sort((a, b) => prefixLength(b.destination) - prefixLength(a.destination))[0]
}

function hostAt(hosts: readonly Host[], to: Address, nobody: string): Destination | Failure {
  const there = hosts.filter((host) => host.ip === to.ip)
  const host = there.find((one) => one.port === to.port)
  const name = `${to.ip}:${to.port}`
  if (host?.url !== undefined) return { arrived: true, at: 'host', host, url: host.url }
  if (there.length > 0) return failureAt('refused', name, `the host does not listen on port ${to.port}`)
  return failureAt('timeout', name, nobody)
}
