import ipaddr from 'ipaddr.js'

/**
 * Whether a Network Load Balancer takes an address for a target outside its VPC: RFC 1918 and 100.64.0.0/10
 * (RegisterTargets, ELBv2 API reference).
 */
const blocks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10']

export const isPrivate = (address: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(address) &&
  blocks.some((block) => ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(block)))
