import ipaddr from 'ipaddr.js'

/** An IPv4 block as numbers; `last` is its broadcast address. */
export interface Block {
  first: number
  last: number
  bits: number
}

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)

/** Dotted form of an address. */
const addressOf = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')

/** The block that a CIDR names, its host bits cut off; undefined if it is none. */
export function parseBlock(cidr: string): Block | undefined {
  const [address = '', length = ''] = cidr.split('/')
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) || !/^\d{1,2}$/.test(length) || Number(length) > 32) return undefined
  const bits = Number(length)
  const size = 2 ** (32 - bits)
  const first = toNumber(address) - (toNumber(address) % size)
  return { first, last: first + size - 1, bits }
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
