import type { Route, RouteTable } from '@aws-sdk/client-ec2'
import ipaddr from 'ipaddr.js'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { seconds } from '../engine/step.ts'
import { PrivlinkError } from '../errors.ts'
import { isWithin, type Target } from './target-group.ts'
import { describe } from '../aws/permissions/permission.ts'

interface Inputs {
  vpcId: string
  cidrBlocks: string[]
  subnetIds: string[]
  targets: Target[]
}

/**
 * Whether every subnet of the load balancer has a route to every target outside the VPC: a transit gateway, a peering,
 * a virtual private gateway. The way back is on the other side and cannot be seen from here.
 */
export const routes = defineStep<Inputs>()({
  id: 'routes',
  title: 'Routes to the other network',
  /** The targets, now known to be within reach. */
  facts: z.object({ targets: z.array(z.object({ address: z.string(), port: z.number() })) }),
  permissions: {
    read: [describe('ec2:DescribeRouteTables')],
  },
  patience: { upTo: seconds(30), every: seconds(5) },

  async read({ aws, inputs: { vpcId, cidrBlocks, subnetIds, targets } }) {
    if (vpcId === undefined || cidrBlocks === undefined || subnetIds === undefined || targets === undefined) {
      return { state: 'absent' }
    }
    const tables = await aws.reads.routeTables({ vpcId })
    for (const subnetId of subnetIds) {
      const table = tableOf(tables, subnetId)
      for (const { address } of targets.filter(({ address }) => !isWithin(address, cidrBlocks))) {
        if (leadsTo(table?.Routes ?? [], address)) continue
        throw new PrivlinkError('NoRoute', `${subnetId} in ${vpcId} has no route to ${address}`, {
          hint: `Add one to ${table?.RouteTableId ?? 'its route table'} (transit gateway, peering or VPN), and the way back on the other side.`,
        })
      }
    }
    return { state: 'ready', owner: 'other', facts: { targets } }
  },
})

/** A subnet without a table of its own uses the VPC's main one ("Subnet route tables", VPC guide). */
export const tableOf = (tables: readonly RouteTable[], subnetId: string): RouteTable | undefined => {
  const has = (test: (association: { SubnetId?: string | undefined; Main?: boolean | undefined }) => boolean) =>
    tables.find(({ Associations = [] }) => Associations.some(test))
  return has(({ SubnetId }) => SubnetId === subnetId) ?? has(({ Main }) => Main === true)
}

/** The most specific route wins; an internet gateway leads nowhere for a private address. */
function leadsTo(routes: readonly Route[], address: string): boolean {
  const ip = ipaddr.IPv4.parse(address)
  const matching = routes
    .flatMap((route) => {
      const { DestinationCidrBlock: block } = route
      if (block === undefined) return []
      const [network, bits] = ipaddr.IPv4.parseCIDR(block)
      return ip.match(network, bits) ? [{ route, bits }] : []
    })
    .toSorted((a, b) => b.bits - a.bits)
  const best = matching[0]?.route
  if (best !== undefined) {
    return best.State !== 'blackhole' && best.GatewayId !== 'local' && best.GatewayId?.startsWith('igw-') !== true
  }
  // The content of a prefix list is not read: it may be the way.
  return routes.some(({ DestinationPrefixListId, GatewayId }) => DestinationPrefixListId && !GatewayId)
}
