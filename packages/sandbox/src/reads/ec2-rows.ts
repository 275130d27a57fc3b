import { isOwn } from './own-resources.ts'
import type { ResourceBase, Tags } from '../state/resource.ts'
import { exists, type World } from '../state/world.ts'
import type {
  Ec2State,
  EndpointService,
  InternetGateway,
  NetworkAcl,
  NetworkInterface,
  RouteTable,
  SecurityGroup,
  Subnet,
  Vpc,
  VpcEndpoint,
} from '../state/ec2.ts'
import { AwsError } from '../state/aws-error.ts'
import type { CallContext } from '../state/call-context.ts'

/** A row of one of EC2's tables. */
export interface Row extends ResourceBase {
  tags: Tags
  goneAt?: number
}

/** A noun of EC2: where its rows are and how its absence is said. Codes as in EC2's list of error codes. */
export interface Kind<T extends Row> {
  /** The type in tag specifications. */
  type: string
  prefix: string
  notFound: string
  malformed: string
  absent(id: string): string
  table(ec2: Ec2State): Record<string, T>
  id(row: T): string
}

const kind = <T extends Row>(kind: Kind<T>): Kind<T> => kind

/** All nouns that have an id and tags of their own; rules are tagged within their group. */
export const kinds = {
  vpc: kind<Vpc>({
    type: 'vpc',
    prefix: 'vpc-',
    notFound: 'InvalidVpcID.NotFound',
    malformed: 'InvalidVpcID.Malformed',
    absent: (id) => `The vpc ID '${id}' does not exist`,
    table: (ec2) => ec2.vpcs,
    id: (row) => row.vpcId,
  }),
  subnet: kind<Subnet>({
    type: 'subnet',
    prefix: 'subnet-',
    notFound: 'InvalidSubnetID.NotFound',
    malformed: 'InvalidSubnetID.Malformed',
    absent: (id) => `The subnet ID '${id}' does not exist`,
    table: (ec2) => ec2.subnets,
    id: (row) => row.subnetId,
  }),
  securityGroup: kind<SecurityGroup>({
    type: 'security-group',
    prefix: 'sg-',
    notFound: 'InvalidGroup.NotFound',
    malformed: 'InvalidGroupId.Malformed',
    absent: (id) => `The security group '${id}' does not exist`,
    table: (ec2) => ec2.securityGroups,
    id: (row) => row.groupId,
  }),
  routeTable: kind<RouteTable>({
    type: 'route-table',
    prefix: 'rtb-',
    notFound: 'InvalidRouteTableID.NotFound',
    malformed: 'InvalidRouteTableId.Malformed',
    absent: (id) => `The routeTable ID '${id}' does not exist`,
    table: (ec2) => ec2.routeTables,
    id: (row) => row.routeTableId,
  }),
  networkAcl: kind<NetworkAcl>({
    type: 'network-acl',
    prefix: 'acl-',
    notFound: 'InvalidNetworkAclID.NotFound',
    malformed: 'InvalidNetworkAclId.Malformed',
    absent: (id) => `The networkAcl ID '${id}' does not exist`,
    table: (ec2) => ec2.networkAcls,
    id: (row) => row.networkAclId,
  }),
  networkInterface: kind<NetworkInterface>({
    type: 'network-interface',
    prefix: 'eni-',
    notFound: 'InvalidNetworkInterfaceID.NotFound',
    malformed: 'InvalidNetworkInterfaceId.Malformed',
    absent: (id) => `The networkInterface ID '${id}' does not exist`,
    table: (ec2) => ec2.networkInterfaces,
    id: (row) => row.networkInterfaceId,
  }),
  internetGateway: kind<InternetGateway>({
    type: 'internet-gateway',
    prefix: 'igw-',
    notFound: 'InvalidInternetGatewayID.NotFound',
    malformed: 'InvalidInternetGatewayId.Malformed',
    absent: (id) => `The internetGateway ID '${id}' does not exist`,
    table: (ec2) => ec2.internetGateways,
    id: (row) => row.internetGatewayId,
  }),
  endpointService: kind<EndpointService>({
    type: 'vpc-endpoint-service',
    prefix: 'vpce-svc-',
    notFound: 'InvalidVpcEndpointServiceId.NotFound',
    malformed: 'InvalidVpcEndpointServiceId.Malformed',
    absent: (id) => `The VpcEndpointService Id '${id}' does not exist`,
    table: (ec2) => ec2.endpointServices,
    id: (row) => row.serviceId,
  }),
  endpoint: kind<VpcEndpoint>({
    type: 'vpc-endpoint',
    prefix: 'vpce-',
    notFound: 'InvalidVpcEndpointId.NotFound',
    malformed: 'InvalidVpcEndpointId.Malformed',
    absent: (id) => `The Vpc Endpoint Id '${id}' does not exist`,
    table: (ec2) => ec2.endpoints,
    id: (row) => row.endpointId,
  }),
}

const belongs = (row: Row | undefined, context: CallContext): boolean => exists(row, context.now) && isOwn(context, row)

/** All rows that the caller has of a noun. */
export const rowsOf = <T extends Row>(world: World, context: CallContext, kind: Kind<T>): T[] =>
  Object.values(kind.table(world.ec2)).filter((row) => belongs(row, context))

/** The caller's row of that id, if there is one. */
export function findRow<T extends Row>(world: World, context: CallContext, kind: Kind<T>, id: string): T | undefined {
  const row = kind.table(world.ec2)[id]
  return belongs(row, context) ? row : undefined
}

/**
 * The caller's row of that id. Throws the noun's `...NotFound`, or `...Malformed` for what cannot be an id, or
 * MissingParameter. Another account's row does not exist.
 */
export function getRow<T extends Row>(world: World, context: CallContext, kind: Kind<T>, id: string | undefined): T {
  if (id === undefined || id === '') {
    throw new AwsError('MissingParameter', `The request must contain the parameter ${kind.type}-id`)
  }
  const row = findRow(world, context, kind, id)
  if (row !== undefined) return row
  if (!id.startsWith(kind.prefix) || !/^[0-9a-f]{8,17}$/.test(id.slice(kind.prefix.length))) {
    throw new AwsError(kind.malformed, `Invalid id: "${id}" (expecting "${kind.prefix}...")`)
  }
  throw new AwsError(kind.notFound, kind.absent(id))
}

/** The rows named by id, each of which must exist, or all of the caller's. */
export const getRows = <T extends Row>(
  world: World,
  context: CallContext,
  kind: Kind<T>,
  ids: string[] | undefined,
): T[] =>
  ids === undefined || ids.length === 0
    ? rowsOf(world, context, kind)
    : [...new Set(ids)].map((id) => getRow(world, context, kind, id))
