// Decides whether something in a VPC can reach a service of AWS, which ECS has to know before it starts a task.
import type { RouteTable, VpcEndpoint } from '../state/ec2.ts'
import { exists, type World } from '../state/world.ts'
import { firstUsable, inBlock, prefixLength } from '../reads/addresses.ts'
import type { Source } from './network.ts'
import { admits } from './security.ts'
import { gatewayBlocks, gatewayRoutes, prefixListId } from '../reads/gateway-endpoints.ts'
import { endpointState } from '../reads/endpoints.ts'

/** A caller in a VPC that calls a service of AWS. */
export type Caller = Source & { vpcId: string; subnetId: string }

/** Stands for all public addresses of AWS: one of its published ranges. */
const publicAddress = '52.94.133.131'

/**
 * Tells why a caller cannot reach a service of AWS in its VPC's Region, nothing if it can: by an interface endpoint
 * with private DNS, which takes the service's names over for the whole VPC; S3 also by a gateway endpoint's route; else
 * over the internet ("Access AWS services through AWS PrivateLink", guide; "Amazon ECR interface VPC endpoints").
 *
 * @param service what follows the Region in the service's name: `ecr.api`, `logs`, `s3`.
 */
export function reachesService(world: World, now: number, caller: Caller, service: string): string | undefined {
  const serviceName = `com.amazonaws.${world.ec2.vpcs[caller.vpcId]?.region}.${service}`
  const endpoint = Object.values(world.ec2.endpoints).find(
    (one) =>
      one.vpcId === caller.vpcId &&
      one.serviceName === serviceName &&
      one.privateDnsEnabled &&
      exists(one, now) &&
      endpointState(one, now) === 'available',
  )
  if (endpoint !== undefined) return shutOutBy(world, caller, endpoint)
  const table = tableOf(world, caller)
  const list = prefixListId(serviceName)
  if (table !== undefined && gatewayRoutes(world, table, now).some(({ destination }) => destination === list)) {
    const [block = ''] = gatewayBlocks[service] ?? []
    return keptIn(world, caller, firstUsable(block))
  }
  const why = reachesInternet(world, caller)
  if (why === undefined) return undefined
  const wanted = service === 's3' ? 'gateway endpoint' : 'interface endpoint with private DNS'
  return `${caller.vpcId} has no ${wanted} of ${serviceName} that is available to ${caller.subnetId}, and ${why}`
}

/**
 * Tells why a caller cannot reach public addresses, nothing if it can. Behind igw-, one has a public address unless it
 * says no.
 */
export function reachesInternet(world: World, caller: Caller): string | undefined {
  const [route] = (tableOf(world, caller)?.routes ?? [])
    .filter(({ target, destination }) => target !== 'local' && inBlock(publicAddress, destination))
    .toSorted((a, b) => prefixLength(b.destination) - prefixLength(a.destination))
  if (route === undefined || route.blackhole === true || !/^(igw|nat|tgw)-/.test(route.target)) {
    return `the route table of ${caller.subnetId} has no route to the internet`
  }
  if (route.target.startsWith('igw-') && caller.isPublic === false) {
    return `${caller.ip} has no public address, without which ${route.target} leads nowhere`
  }
  return keptIn(world, caller, publicAddress)
}

function tableOf({ ec2 }: World, { subnetId, vpcId }: Caller): RouteTable | undefined {
  const tables = Object.values(ec2.routeTables).filter((table) => table.vpcId === vpcId)
  return tables.find((table) => table.subnetIds.includes(subnetId)) ?? tables.find(({ main }) => main)
}

function keptIn(world: World, { groupIds, subnetId }: Caller, ip: string): string | undefined {
  if (admits(world, groupIds, 'out', 443, { ip, groupIds: [] })) return undefined
  return `the security groups of the caller in ${subnetId} do not let it out to ${ip} on port 443`
}

function shutOutBy(world: World, caller: Caller, { endpointId, networkInterfaceIds }: VpcEndpoint): string | undefined {
  const interfaces = networkInterfaceIds.flatMap((id) => world.ec2.networkInterfaces[id] ?? [])
  for (const { privateIp, groupIds } of interfaces) {
    if (!admits(world, caller.groupIds, 'out', 443, { ip: privateIp, groupIds })) {
      return `the security groups of the caller do not let it out to ${endpointId} on port 443`
    }
    if (!admits(world, groupIds, 'in', 443, caller)) {
      return `the security groups of ${endpointId} do not admit ${caller.ip} on port 443`
    }
  }
  return undefined
}
