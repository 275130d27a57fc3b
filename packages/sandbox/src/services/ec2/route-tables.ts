import { invalidValue } from './refusals.ts'
import { toPairs } from '../tags.ts'
import { createHash } from 'node:crypto'

import type {
  AssociateRouteTableRequest,
  AssociateRouteTableResult,
  CreateRouteTableRequest,
  CreateRouteTableResult,
  DeleteRouteTableRequest,
  DescribeRouteTablesRequest,
  DescribeRouteTablesResult,
  DisassociateRouteTableRequest,
  RouteTable as ShownTable,
  RouteTableAssociation,
} from '@aws-sdk/client-ec2'
import type { Tags } from '../../state/resource.ts'
import { newId, type World } from '../../state/world.ts'
import { operation, all } from '../operation.ts'
import { list, type Facets } from './filters.ts'
import { kinds, getRow, getRows, findRow, rowsOf } from '../../reads/ec2-rows.ts'
import { showRoute } from './routes.ts'
import type { Route, RouteTable, Vpc } from '../../state/ec2.ts'
import { takeTags } from './tags.ts'
import { once } from './tokens.ts'
import { AwsError } from '../../state/aws-error.ts'
import type { CallContext } from '../../state/call-context.ts'
import { gatewayRoutes } from '../../reads/gateway-endpoints.ts'
import { existing, onThe, makes } from './required-permissions.ts'

/** Adds a route table with its local routes. */
export function addRouteTable(
  world: World,
  context: CallContext,
  vpc: Vpc,
  { main, tags }: { main: boolean; tags: Tags },
): RouteTable {
  const table: RouteTable = {
    routeTableId: newId(world, 'rtb-'),
    vpcId: vpc.vpcId,
    main,
    subnetIds: [],
    routes: vpc.cidrBlocks.map((destination) => ({ destination, target: 'local' })),
    account: context.account,
    region: context.region,
    createdAt: context.now,
    tags,
  }
  world.ec2.routeTables[table.routeTableId] = table
  return table
}

/** An association has no row of its own; its id follows from its two ends. */
const associationId = (table: RouteTable, subnetId: string): string =>
  `rtbassoc-${createHash('sha256').update(`${table.routeTableId}:${subnetId}`).digest('hex').slice(0, 17)}`

function associations(table: RouteTable): RouteTableAssociation[] {
  const shown = (subnetId: string): RouteTableAssociation => ({
    RouteTableAssociationId: associationId(table, subnetId),
    RouteTableId: table.routeTableId,
    Main: subnetId === 'main',
    SubnetId: subnetId === 'main' ? undefined : subnetId,
    AssociationState: { State: 'associated' },
  })
  return [...(table.main ? ['main'] : []), ...table.subnetIds].map(shown)
}

/** Its own routes, and those of gateway endpoints. */
const routesOf = (world: World, table: RouteTable, now: number): Route[] => [
  ...table.routes,
  ...gatewayRoutes(world, table, now),
]

const show = (world: World, table: RouteTable, now: number): ShownTable => ({
  RouteTableId: table.routeTableId,
  VpcId: table.vpcId,
  OwnerId: table.account,
  Associations: associations(table),
  Routes: routesOf(world, table, now).map(showRoute),
  PropagatingVgws: [],
  Tags: toPairs(table.tags),
})

const facetsAt = (world: World, now: number): Facets<RouteTable> => {
  const shown = (table: RouteTable) => routesOf(world, table, now).map(showRoute)
  return {
    'route-table-id': (table) => [table.routeTableId],
    'vpc-id': (table) => [table.vpcId],
    'owner-id': (table) => [table.account],
    'association.main': (table) => [String(table.main)],
    'association.subnet-id': (table) => table.subnetIds,
    'association.route-table-id': (table) => (associations(table).length > 0 ? [table.routeTableId] : []),
    'association.route-table-association-id': (table) => associations(table).map((one) => one.RouteTableAssociationId),
    'route.destination-cidr-block': (table) => shown(table).map((route) => route.DestinationCidrBlock),
    'route.destination-prefix-list-id': (table) => shown(table).map((route) => route.DestinationPrefixListId),
    'route.gateway-id': (table) => shown(table).map((route) => route.GatewayId),
    'route.nat-gateway-id': (table) => shown(table).map((route) => route.NatGatewayId),
    'route.transit-gateway-id': (table) => shown(table).map((route) => route.TransitGatewayId),
    'route.vpc-peering-connection-id': (table) => shown(table).map((route) => route.VpcPeeringConnectionId),
    'route.origin': (table) => shown(table).map((route) => route.Origin),
    'route.state': (table) => shown(table).map((route) => route.State),
  }
}

export const routeTableOperations = {
  CreateRouteTable: operation<CreateRouteTableRequest, CreateRouteTableResult>()(
    ['VpcId', 'TagSpecifications', 'ClientToken'],
    makes(kinds.routeTable, onThe(kinds.vpc, 'VpcId')),
    (request, call) => {
      const { world } = call
      const create = () => {
        const vpc = getRow(world, call, kinds.vpc, request.VpcId)
        const tags = takeTags(request.TagSpecifications, kinds.routeTable.type)
        return addRouteTable(world, call, vpc, { main: false, tags })
      }
      const find = (id: string) => findRow(world, call, kinds.routeTable, id)
      const table = once(call, 'CreateRouteTable', request, find, create, (made) => made.routeTableId)
      return { RouteTable: show(world, table, call.now), ClientToken: request.ClientToken }
    },
  ),

  DeleteRouteTable: operation<DeleteRouteTableRequest, object>()(
    ['RouteTableId'],
    onThe(kinds.routeTable, 'RouteTableId'),
    ({ RouteTableId }, { world, ...call }) => {
      const table = getRow(world, call, kinds.routeTable, RouteTableId)
      if (table.main || table.subnetIds.length > 0) {
        const message = `The routeTable '${table.routeTableId}' has dependencies and cannot be deleted.`
        throw new AwsError('DependencyViolation', message)
      }
      delete world.ec2.routeTables[table.routeTableId]
      // Gateway endpoints let go of it by themselves: assumed.
      for (const endpoint of rowsOf(world, call, kinds.endpoint)) {
        endpoint.routeTableIds = endpoint.routeTableIds.filter((id) => id !== table.routeTableId)
      }
      return {}
    },
  ),

  AssociateRouteTable: operation<AssociateRouteTableRequest, AssociateRouteTableResult>()(
    ['RouteTableId', 'SubnetId'],
    all(onThe(kinds.routeTable, 'RouteTableId'), onThe(kinds.subnet, 'SubnetId')),
    ({ RouteTableId, SubnetId }, { world, ...call }) => {
      const table = getRow(world, call, kinds.routeTable, RouteTableId)
      const { subnetId, vpcId } = getRow(world, call, kinds.subnet, SubnetId)
      if (vpcId !== table.vpcId) {
        const message = `Route table ${table.routeTableId} and subnet ${subnetId} belong to different networks`
        throw invalidValue(message)
      }
      const other = rowsOf(world, call, kinds.routeTable).find((one) => one.subnetIds.includes(subnetId))
      if (other !== undefined && other !== table) {
        const message = `the specified association for subnet ${subnetId} conflicts with an existing association`
        throw new AwsError('Resource.AlreadyAssociated', message)
      }
      if (other === undefined) table.subnetIds.push(subnetId)
      return { AssociationId: associationId(table, subnetId), AssociationState: { State: 'associated' } }
    },
  ),

  DisassociateRouteTable: operation<DisassociateRouteTableRequest, object>()(
    ['AssociationId'],
    (_, call) => [existing(call, kinds.routeTable, undefined)],
    ({ AssociationId }, { world, ...call }) => {
      for (const table of rowsOf(world, call, kinds.routeTable)) {
        const subnetId = table.subnetIds.find((id) => associationId(table, id) === AssociationId)
        if (subnetId === undefined) continue
        table.subnetIds = table.subnetIds.filter((id) => id !== subnetId)
        return {}
      }
      throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${AssociationId}' does not exist`)
    },
  ),

  DescribeRouteTables: operation<DescribeRouteTablesRequest, DescribeRouteTablesResult>()(
    ['RouteTableIds', 'Filters', 'MaxResults', 'NextToken'],
    '*',
    (request, { world, ...call }) => {
      const rows = getRows(world, call, kinds.routeTable, request.RouteTableIds)
      const { items, NextToken } = list(rows, request, facetsAt(world, call.now))
      return { RouteTables: items.map((table) => show(world, table, call.now)), NextToken }
    },
  ),
}
