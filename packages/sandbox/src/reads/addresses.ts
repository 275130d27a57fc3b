import ipaddr from 'ipaddr.js'

import type { Subnet } from '../state/ec2.ts'
import type { World } from '../state/world.ts'

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

/** The subnet of a VPC that an address lies in. */
export const subnetOf = (world: World, vpcId: string, ip: string): Subnet | undefined =>
  Object.values(world.ec2.subnets).find((subnet) => subnet.vpcId === vpcId && inBlock(ip, subnet.cidrBlock))

/** An IPv4 block as numbers; `last` is its broadcast address. */
export interface Block {
  first: number
  last: number
  bits: number
}

const toNumber = ({ octets }: ipaddr.IPv4): number => octets.reduce((sum, octet) => sum * 256 + octet, 0)

const addressOf = (number: number): string =>
  new ipaddr.IPv4([24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256)).toString()

/** The block that a CIDR names, its host bits cut off; undefined if it is none. */
export function parseBlock(cidr: string): Block | undefined {
  const { IPv4 } = ipaddr
  if (!IPv4.isValidCIDRFourPartDecimal(cidr)) return undefined
  const [, bits] = IPv4.parseCIDR(cidr)
  return {
    first: toNumber(IPv4.networkAddressFromCIDR(cidr)),
    last: toNumber(IPv4.broadcastAddressFromCIDR(cidr)),
    bits,
  }
}

/** The CIDR with its host bits cut off, as EC2 gives it back. */
export const canonical = (block: Block): string => `${addressOf(block.first)}/${block.bits}`

export const overlap = (a: Block, b: Block): boolean => a.first <= b.last && b.first <= a.last

export const within = (inner: Block, outer: Block): boolean => outer.first <= inner.first && inner.last <= outer.last

/**
 * The addresses of a subnet that something may have, lowest first: AWS keeps the first four and the last one
 * (VPC guide, "Subnet sizing").
 */
export function* usableAddresses(cidr: string): Generator<string> {
  const block = parseBlock(cidr)
  if (block === undefined) return
  for (let number = block.first + 4; number < block.last; number += 1) yield addressOf(number)
}

/** The first address of a block that AWS does not keep for itself. */
export const firstUsable = (cidr: string): string => addressOf((parseBlock(cidr)?.first ?? 0) + 4)
