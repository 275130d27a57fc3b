import ipaddr from 'ipaddr.js'

import type { World } from '../state/world.ts'
import type { Subnet } from '../state/ec2.ts'

export const isIpv4 = (text: string): boolean => ipaddr.IPv4.isValidFourPartDecimal(text)

/** Whether an IPv4 address lies in a block; a block of the other family holds none. */
export function inBlock(ip: string, cidr: string): boolean {
  if (!isIpv4(ip) || !ipaddr.IPv4.isValidCIDR(cidr)) return false
  return ipaddr.IPv4.parse(ip).match(ipaddr.IPv4.parseCIDR(cidr))
}

export const prefixLength = (cidr: string): number => Number(cidr.split('/')[1] ?? 32)

/** RFC 1918 and RFC 6598: what an ip target outside the VPC may be (API_TargetDescription, RegisterTargets). */
export const isPrivateAddress = (ip: string): boolean =>
  ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].some((block) => inBlock(ip, block))

/** The first address of a subnet that AWS does not keep for itself: it reserves the first four (VPC guide, subnets). */
export function firstUsable(cidr: string): string {
  const [base] = ipaddr.IPv4.parseCIDR(cidr)
  const value = base.octets.reduce((sum, octet) => sum * 256 + octet, 0) + 4
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}

/** The subnet of a VPC that an address lies in. */
export const subnetOf = (world: World, vpcId: string, ip: string): Subnet | undefined =>
  Object.values(world.ec2.subnets).find((subnet) => subnet.vpcId === vpcId && inBlock(ip, subnet.cidrBlock))
