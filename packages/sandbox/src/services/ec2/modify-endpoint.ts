import { onEach, onThe, privateDns } from './required-permissions.ts'
import type { ModifyVpcEndpointRequest, ModifyVpcEndpointResult } from '@aws-sdk/client-ec2'
import { exists } from '../../state/world.ts'
import { durations } from '../../state/durations.ts'
import { all, operation, type Call, type PermissionsOf } from '../operation.ts'
import { placeEndpointInterface } from './create-endpoint.ts'
import { checkGroups, checkPolicy, checkPrivateDns, checkRouteTables, checkSubnets } from './endpoint-checks.ts'
import { defaultPolicy } from './endpoint-states.ts'
import { kinds, getRow } from '../../reads/ec2-rows.ts'
import { offersFor, unknownService, type Offer } from './offers.ts'
import type { VpcEndpoint } from '../../state/ec2.ts'
import { AwsError } from '../../state/aws-error.ts'
import { endpointState } from '../../reads/endpoints.ts'
import { removeInterfaces } from '../../writes/network-interfaces.ts'

const accepted = [
  'VpcEndpointId',
  'ResetPolicy',
  'PolicyDocument',
  'AddRouteTableIds',
  'RemoveRouteTableIds',
  'AddSubnetIds',
  'RemoveSubnetIds',
  'AddSecurityGroupIds',
  'RemoveSecurityGroupIds',
  'PrivateDnsEnabled',
] as const

type Request = Pick<ModifyVpcEndpointRequest, (typeof accepted)[number]>

const without = (all: readonly string[], gone: readonly string[] = []): string[] =>
  all.filter((one) => !gone.includes(one))

/** The offer behind an endpoint, also when the consumer's permission has been taken back meanwhile. */
function offerOf(call: Call, endpoint: VpcEndpoint): Offer {
  const asOwner = Object.values(call.world.ec2.endpointServices).find(
    (service) => service.serviceName === endpoint.serviceName && exists(service, call.now),
  )
  const caller = asOwner === undefined ? call : { ...call, account: asOwner.account }
  const offer = offersFor(call.world, caller).find(
    (one) => one.serviceName === endpoint.serviceName && one.type === endpoint.type,
  )
  if (offer === undefined) throw unknownService(endpoint.serviceName)
  return offer
}

/** Throws InvalidParameter for what the other type of endpoint has: assumed, after CreateVpcEndpoint. */
function checkKind({ type }: VpcEndpoint, request: Request): void {
  const { AddRouteTableIds = [], RemoveRouteTableIds = [], AddSubnetIds = [], AddSecurityGroupIds = [] } = request
  if (type === 'Interface' && AddRouteTableIds.length + RemoveRouteTableIds.length > 0) {
    throw new AwsError('InvalidParameter', 'Route table IDs are only supported for Gateway type VPC endpoints.')
  }
  if (type === 'Gateway' && (AddSubnetIds.length + AddSecurityGroupIds.length > 0 || request.PrivateDnsEnabled)) {
    const message = 'Subnets, security groups and private DNS are only supported for interface VPC endpoints.'
    throw new AwsError('InvalidParameter', message)
  }
}

/** Computes the modified endpoint. The endpoint itself is unchanged when a check throws. */
function plan(call: Call, endpoint: VpcEndpoint, request: Request) {
  const { world } = call
  const { vpcId } = endpoint
  const offer = offerOf(call, endpoint)
  checkKind(endpoint, request)
  const stay = without(endpoint.subnetIds, request.RemoveSubnetIds)
  const added = without(request.AddSubnetIds ?? [], endpoint.subnetIds)
  checkSubnets(world, call, offer, { vpcId, ids: added, taken: stay })
  const groupIds = [
    ...without(endpoint.groupIds, request.RemoveSecurityGroupIds),
    ...without(request.AddSecurityGroupIds ?? [], endpoint.groupIds),
  ]
  if (endpoint.type === 'Interface') checkGroups(world, call, vpcId, groupIds)
  const privateDnsEnabled = request.PrivateDnsEnabled ?? endpoint.privateDnsEnabled
  if (privateDnsEnabled && !endpoint.privateDnsEnabled) {
    checkPrivateDns(world, call, getRow(world, call, kinds.vpc, vpcId), offer, endpoint)
  }
  const policy = request.PolicyDocument ? checkPolicy(offer, request.PolicyDocument) : endpoint.policy
  const routeTableIds = [
    ...without(endpoint.routeTableIds, request.RemoveRouteTableIds),
    ...checkRouteTables(world, call, offer, vpcId, without(request.AddRouteTableIds ?? [], endpoint.routeTableIds)),
  ]
  const reset = request.ResetPolicy === true
  return { stay, added, groupIds, privateDnsEnabled, policy: reset ? defaultPolicy : policy, routeTableIds }
}

/** Brings the interfaces in line with the subnets and groups. */
function moveInterfaces(call: Call, endpoint: VpcEndpoint, stay: readonly string[], added: readonly string[]): void {
  const { networkInterfaces } = call.world.ec2
  const kept = endpoint.networkInterfaceIds.filter((id) => stay.includes(networkInterfaces[id]?.subnetId ?? ''))
  removeInterfaces(call.world, without(endpoint.networkInterfaceIds, kept), call.now + durations.endpointModified)
  for (const id of kept) {
    const one = networkInterfaces[id]
    if (one !== undefined) one.groupIds = [...endpoint.groupIds]
  }
  endpoint.networkInterfaceIds = [...kept, ...added.map((id) => placeEndpointInterface(call, endpoint, id))]
}

/** Assumed: a caller needs permission on removed groups, subnets and route tables too. */
const modifiesEndpoint: PermissionsOf<ModifyVpcEndpointRequest> = all(
  onThe(kinds.endpoint, 'VpcEndpointId'),
  onEach(kinds.subnet, 'AddSubnetIds'),
  onEach(kinds.subnet, 'RemoveSubnetIds'),
  onEach(kinds.securityGroup, 'AddSecurityGroupIds'),
  onEach(kinds.securityGroup, 'RemoveSecurityGroupIds'),
  onEach(kinds.routeTable, 'AddRouteTableIds'),
  onEach(kinds.routeTable, 'RemoveRouteTableIds'),
  ({ PrivateDnsEnabled }: ModifyVpcEndpointRequest) => (PrivateDnsEnabled === true ? [privateDns] : []),
)

export const modifyEndpointOperations = {
  /** The endpoint is `pending` again for a while. Which states refuse it is assumed. */
  ModifyVpcEndpoint: operation<ModifyVpcEndpointRequest, ModifyVpcEndpointResult>()(
    accepted,
    modifiesEndpoint,
    (request, call) => {
      const endpoint = getRow(call.world, call, kinds.endpoint, request.VpcEndpointId)
      const state = endpointState(endpoint, call.now)
      if (state === 'deleting' || state === 'rejected' || state === 'failed') {
        throw new AwsError('InvalidState', `The VPC endpoint ${endpoint.endpointId} is ${state} and cannot be modified`)
      }
      const { stay, added, groupIds, privateDnsEnabled, policy, routeTableIds } = plan(call, endpoint, request)
      Object.assign(endpoint, { subnetIds: [...stay, ...added], groupIds, privateDnsEnabled, policy, routeTableIds })
      moveInterfaces(call, endpoint, stay, added)
      if (endpoint.type === 'Interface') {
        endpoint.readyAt = Math.max(endpoint.readyAt, call.now + durations.endpointModified)
      }
      return { Return: true }
    },
  ),
}
