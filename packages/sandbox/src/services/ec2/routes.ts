import { invalidValue } from './refusals.ts'
import type {
  CreateRouteRequest,
  CreateRouteResult,
  DeleteRouteRequest,
  Route as ShownRoute,
} from '@aws-sdk/client-ec2'
import { operation } from '../operation.ts'
import { canonical, parseBlock } from '../../reads/addresses.ts'
import { kinds, getRow } from '../../reads/ec2-rows.ts'
import type { Route } from '../../state/ec2.ts'
import { AwsError } from '../../state/aws-error.ts'
import { onThe } from './required-permissions.ts'

/** The member of a route that holds a target of that kind. */
function targetMember(target: string): Partial<ShownRoute> {
  if (target.startsWith('nat-')) return { NatGatewayId: target }
  if (target.startsWith('tgw-')) return { TransitGatewayId: target }
  if (target.startsWith('pcx-')) return { VpcPeeringConnectionId: target }
  if (target.startsWith('eni-')) return { NetworkInterfaceId: target }
  // A gateway endpoint's too: `vpce-...`.
  return { GatewayId: target }
}

/** A route as EC2 shows it. */
export const showRoute = ({ destination, target, blackhole }: Route): ShownRoute => ({
  ...(destination.startsWith('pl-') ? { DestinationPrefixListId: destination } : { DestinationCidrBlock: destination }),
  ...targetMember(target),
  Origin: target === 'local' ? 'CreateRouteTable' : 'CreateRoute',
  State: blackhole === true ? 'blackhole' : 'active',
})

/** The block of a route in its canonical form. Throws InvalidParameterValue. */
function destinationOf(cidr: string | undefined): string {
  const block = parseBlock(cidr ?? '')
  if (block === undefined) {
    throw invalidValue(`Value (${cidr}) for parameter destinationCidrBlock is invalid.`)
  }
  return canonical(block)
}

export const routeOperations = {
  /** NAT, transit and peering gateways are outside the sandbox: their ids are taken as they are. */
  CreateRoute: operation<CreateRouteRequest, CreateRouteResult>()(
    [
      'RouteTableId',
      'DestinationCidrBlock',
      'GatewayId',
      'NatGatewayId',
      'TransitGatewayId',
      'VpcPeeringConnectionId',
      'NetworkInterfaceId',
    ],
    onThe(kinds.routeTable, 'RouteTableId'),
    ({ RouteTableId, DestinationCidrBlock, ...targets }, { world, ...call }) => {
      const table = getRow(world, call, kinds.routeTable, RouteTableId)
      const destination = destinationOf(DestinationCidrBlock)
      const [target, second] = Object.values(targets).filter((id) => id !== undefined)
      if (target === undefined || second !== undefined) {
        throw new AwsError('InvalidParameterCombination', 'Exactly one target must be specified for a route.')
      }
      if (target.startsWith('igw-') && getRow(world, call, kinds.internetGateway, target).vpcId !== table.vpcId) {
        const message = `route table ${table.routeTableId} and network gateway ${target} belong to different networks`
        throw invalidValue(message)
      }
      if (target.startsWith('eni-')) getRow(world, call, kinds.networkInterface, target)
      if (table.routes.some((route) => route.destination === destination)) {
        throw new AwsError('RouteAlreadyExists', `The route identified by ${destination} already exists.`)
      }
      table.routes.push({ destination, target })
      return { Return: true }
    },
  ),

  DeleteRoute: operation<DeleteRouteRequest, object>()(
    ['RouteTableId', 'DestinationCidrBlock'],
    onThe(kinds.routeTable, 'RouteTableId'),
    ({ RouteTableId, DestinationCidrBlock }, { world, ...call }) => {
      const table = getRow(world, call, kinds.routeTable, RouteTableId)
      const destination = destinationOf(DestinationCidrBlock)
      const route = table.routes.find((one) => one.destination === destination)
      if (route === undefined) {
        const message = `no route with destination-cidr-block ${destination} in route table ${table.routeTableId}`
        throw new AwsError('InvalidRoute.NotFound', message)
      }
      if (route.target === 'local') {
        const message = `cannot remove local route ${destination} in route table ${table.routeTableId}`
        throw invalidValue(message)
      }
      table.routes = table.routes.filter((one) => one !== route)
      return {}
    },
  ),
}
