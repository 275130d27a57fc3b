import { newId, type World } from '../state/world.ts'
import { kinds, getRow } from '../reads/ec2-rows.ts'
import type { NetworkInterface } from '../state/ec2.ts'
import type { CallContext } from '../state/call-context.ts'
import { freeAddress } from '../reads/free-addresses.ts'

/** The place and purpose of an interface. */
export interface Placement {
  subnetId: string
  groupIds: string[]
  description: string
  /** `vpc_endpoint` or `network_load_balancer`. */
  interfaceType: string
  /** `amazon-aws` or `amazon-elb`: the attachment's owner. */
  attachedBy: string
  /** The endpoint's id or the load balancer's ARN. */
  servesId: string
}

/**
 * Puts a requester-managed interface into a subnet of the owner, at its lowest free address. Throws
 * InvalidSubnetID.NotFound and InsufficientFreeAddressesInSubnet; the groups are the caller's to check.
 */
export function placeInterface(world: World, context: CallContext, placement: Placement): NetworkInterface {
  const subnet = getRow(world, context, kinds.subnet, placement.subnetId)
  const placed: NetworkInterface = {
    ...placement,
    groupIds: [...placement.groupIds],
    networkInterfaceId: newId(world, 'eni-'),
    vpcId: subnet.vpcId,
    privateIp: freeAddress(world, subnet, context.now),
    account: context.account,
    region: context.region,
    createdAt: context.now,
    tags: {},
  }
  world.ec2.networkInterfaces[placed.networkInterfaceId] = placed
  return placed
}

/** Lets interfaces exist until `goneAt` (ms since the epoch); until then they block subnets and groups. */
export function removeInterfaces(world: World, ids: readonly string[], goneAt: number): void {
  for (const id of ids) {
    const placed = world.ec2.networkInterfaces[id]
    if (placed !== undefined) placed.goneAt = Math.min(placed.goneAt ?? Infinity, goneAt)
  }
}
