import { existing, made, onEach, privateDns, tagsAtCreation } from './required-permissions.ts'
import type { CreateVpcEndpointRequest, CreateVpcEndpointResult } from '@aws-sdk/client-ec2'
import { newId } from '../../state/world.ts'
import { durations } from '../../state/durations.ts'
import { operation, type Call, type PermissionsOf } from '../operation.ts'
import {
  checkGroups,
  checkPolicy,
  checkPrivateDns,
  checkQuota,
  checkRouteTables,
  checkSubnets,
} from './endpoint-checks.ts'
import { showEndpoint } from './endpoint-states.ts'
import { kinds, getRow, findRow } from '../../reads/ec2-rows.ts'
import { offersFor, unknownService, type Offer } from './offers.ts'
import type { Vpc, VpcEndpoint } from '../../state/ec2.ts'
import { takeTags } from './tags.ts'
import { once } from './tokens.ts'
import { AwsError } from '../../state/aws-error.ts'
import { placeInterface } from '../../writes/network-interfaces.ts'

const accepted = [
  'VpcEndpointType',
  'VpcId',
  'ServiceName',
  'PolicyDocument',
  'RouteTableIds',
  'SubnetIds',
  'SecurityGroupIds',
  'IpAddressType',
  'ClientToken',
  'PrivateDnsEnabled',
  'TagSpecifications',
  'ServiceRegion',
] as const

type Request = Pick<CreateVpcEndpointRequest, (typeof accepted)[number]>

/**
 * The service that a request names. Throws InvalidServiceName for one that is not there or does not allow the caller
 * yet, InvalidParameter for the wrong type, and 503 `Unavailable` while a new service is `Available` but not usable.
 */
function findOffer(call: Call, { ServiceName = '', VpcEndpointType = 'Gateway' }: Request): Offer {
  const named = offersFor(call.world, call).filter((offer) => offer.serviceName === ServiceName)
  if (named.length === 0) throw unknownService(ServiceName)
  const offer = named.find(({ type }) => type === VpcEndpointType)
  if (offer === undefined) {
    const types = named.map(({ type }) => type).join(', ')
    const message = `Endpoint type (${VpcEndpointType}) does not match available service types ([${types}]).`
    throw new AwsError('InvalidParameter', message)
  }
  if (offer.service !== undefined && call.now < offer.service.usableAt) {
    throw new AwsError('Unavailable', 'The service is unavailable', 503)
  }
  return offer
}

/** Refuses combinations that are not modelled, rather than ignoring half of them. */
function checkRequest(call: Call, request: Request): void {
  if (request.ServiceRegion !== undefined && request.ServiceRegion !== call.region) {
    throw new AwsError('UnsupportedOperation', 'The sandbox has no endpoints across regions')
  }
  if ((request.IpAddressType ?? 'ipv4') !== 'ipv4') {
    throw new AwsError('UnsupportedOperation', 'The sandbox has only IPv4 endpoints')
  }
}

/** The members that both types of endpoint have. */
function blank(call: Call, vpc: Vpc, offer: Offer, request: Request): VpcEndpoint {
  return {
    endpointId: '',
    vpcId: vpc.vpcId,
    serviceName: offer.serviceName,
    type: offer.type,
    subnetIds: [],
    groupIds: [],
    networkInterfaceIds: [],
    routeTableIds: [],
    privateDnsEnabled: false,
    policy: checkPolicy(offer, request.PolicyDocument),
    acceptance: offer.acceptanceRequired ? 'waiting' : 'accepted',
    readyAt: call.now,
    dnsSuffix: '',
    account: call.account,
    region: call.region,
    createdAt: call.now,
    tags: takeTags(request.TagSpecifications, kinds.endpoint.type),
  }
}

function checkedGateway(call: Call, vpc: Vpc, offer: Offer, request: Request): VpcEndpoint {
  if ((request.SubnetIds ?? []).length + (request.SecurityGroupIds ?? []).length > 0 || request.PrivateDnsEnabled) {
    const message = 'Subnets, security groups and private DNS are only supported for interface VPC endpoints.'
    throw new AwsError('InvalidParameter', message)
  }
  const routeTableIds = checkRouteTables(call.world, call, offer, vpc.vpcId, request.RouteTableIds ?? [])
  return { ...blank(call, vpc, offer, request), routeTableIds }
}

/** Private DNS is on unless the request or the service says otherwise: assumed, from older API references. */
function checkedInterface(call: Call, vpc: Vpc, offer: Offer, request: Request): VpcEndpoint {
  const { world } = call
  if ((request.RouteTableIds ?? []).length > 0) {
    throw new AwsError('InvalidParameter', 'Route table IDs are only supported for Gateway type VPC endpoints.')
  }
  checkQuota(world, call, vpc.vpcId)
  const groups = checkGroups(world, call, vpc.vpcId, request.SecurityGroupIds ?? [])
  const subnets = checkSubnets(world, call, offer, { vpcId: vpc.vpcId, ids: request.SubnetIds ?? [] })
  const privateDnsEnabled = request.PrivateDnsEnabled ?? offer.service === undefined
  if (privateDnsEnabled) checkPrivateDns(world, call, vpc, offer)
  return {
    ...blank(call, vpc, offer, request),
    subnetIds: subnets.map((subnet) => subnet.subnetId),
    groupIds: groups.map((group) => group.groupId),
    privateDnsEnabled,
    readyAt: call.now + durations.endpointAvailable,
  }
}

/** Puts an endpoint's interface into a subnet that has been checked. */
export const placeEndpointInterface = (call: Call, endpoint: VpcEndpoint, subnetId: string): string =>
  placeInterface(call.world, call, {
    subnetId,
    groupIds: endpoint.groupIds,
    description: `VPC Endpoint Interface ${endpoint.endpointId}`,
    interfaceType: 'vpc_endpoint',
    attachedBy: 'amazon-aws',
    servesId: endpoint.endpointId,
  }).networkInterfaceId

function createEndpoint(call: Call, request: Request): VpcEndpoint {
  const { world } = call
  checkRequest(call, request)
  const vpc = getRow(world, call, kinds.vpc, request.VpcId)
  const offer = findOffer(call, request)
  const checked = (offer.type === 'Gateway' ? checkedGateway : checkedInterface)(call, vpc, offer, request)
  const endpointId = newId(world, 'vpce-')
  const endpoint: VpcEndpoint = { ...checked, endpointId, dnsSuffix: newId(world, '', 8) }
  endpoint.networkInterfaceIds = endpoint.subnetIds.map((id) => placeEndpointInterface(call, endpoint, id))
  world.ec2.endpoints[endpointId] = endpoint
  return endpoint
}

/** `amazon` or the account that offers the service (`ec2:VpceServiceOwner`). */
const serviceOwner = ({ world }: Call, name: string): string =>
  Object.values(world.ec2.endpointServices).find(({ serviceName }) => serviceName === name)?.account ?? 'amazon'

const createsEndpoint: PermissionsOf<CreateVpcEndpointRequest> = (input, call, requested) => {
  const { ServiceName = '', VpcEndpointType = 'Gateway', VpcId } = input
  const isPrivate = input.PrivateDnsEnabled ?? (VpcEndpointType === 'Interface' && !ServiceName.includes('.vpce.'))
  return [
    made(call, kinds.endpoint, input, {
      'ec2:VpceServiceName': ServiceName,
      'ec2:VpceServiceOwner': serviceOwner(call, ServiceName),
    }),
    existing(call, kinds.vpc, VpcId),
    ...onEach(kinds.subnet, 'SubnetIds')(input, call, requested),
    ...onEach(kinds.securityGroup, 'SecurityGroupIds')(input, call, requested),
    ...onEach(kinds.routeTable, 'RouteTableIds')(input, call, requested),
    ...tagsAtCreation(input, call, requested),
    ...(isPrivate ? [privateDns] : []),
  ]
}

export const createEndpointOperations = {
  CreateVpcEndpoint: operation<CreateVpcEndpointRequest, CreateVpcEndpointResult>()(
    accepted,
    createsEndpoint,
    (request, call) => {
      const endpoint = once(
        call,
        'CreateVpcEndpoint',
        request,
        (id) => findRow(call.world, call, kinds.endpoint, id),
        () => createEndpoint(call, request),
        (made) => made.endpointId,
      )
      return { VpcEndpoint: showEndpoint(call.world, endpoint, call.now), ClientToken: request.ClientToken }
    },
  ),
}
