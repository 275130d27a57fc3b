import { exists, type World } from '../state/world.ts'
import { parseBlock, usableAddresses } from './addresses.ts'
import type { Subnet } from '../state/ec2.ts'
import { AwsError } from '../state/aws-error.ts'

/** The addresses of a subnet that are taken: by interfaces, and by the servers that stand in its VPC. */
function takenAddresses(world: World, subnet: Subnet, now: number): Set<string> {
  const interfaces = Object.values(world.ec2.networkInterfaces).filter(
    (one) => one.subnetId === subnet.subnetId && exists(one, now),
  )
  const hosts = world.hosts.filter((host) => host.vpcId === subnet.vpcId)
  return new Set([...interfaces.map((one) => one.privateIp), ...hosts.map((host) => host.ip)])
}

/** Counts the addresses that a subnet has left: AWS keeps five of them. */
export function countFreeAddresses(world: World, subnet: Subnet, now: number): number {
  const block = parseBlock(subnet.cidrBlock)
  if (block === undefined) return 0
  const taken = [...takenAddresses(world, subnet, now)].filter((address) => {
    const one = parseBlock(`${address}/32`)
    return one !== undefined && one.first >= block.first + 4 && one.first < block.last
  })
  return Math.max(0, block.last - block.first + 1 - 5 - taken.length)
}

/** The subnet's lowest free address. Throws InsufficientFreeAddressesInSubnet. */
export function freeAddress(world: World, subnet: Subnet, now: number): string {
  const taken = takenAddresses(world, subnet, now)
  for (const address of usableAddresses(subnet.cidrBlock)) if (!taken.has(address)) return address
  throw new AwsError(
    'InsufficientFreeAddressesInSubnet',
    `The subnet '${subnet.subnetId}' does not have enough free addresses to satisfy the request.`,
  )
}
