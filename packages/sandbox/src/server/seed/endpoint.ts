import { createHash } from 'node:crypto'

import type { Tags, AccountRegion } from '../../state/resource.ts'
import { admitTcp } from './security-group.ts'
import { defaultPolicy } from '../../services/ec2/endpoint-states.ts'
import { addGroup } from '../../services/ec2/security-groups.ts'
import type { World } from '../../state/world.ts'
import type { CallContext } from '../../state/call-context.ts'
import { placeInterface } from '../../writes/network-interfaces.ts'

export interface EndpointSpec extends AccountRegion {
  endpointId: string
  vpcId: string
  subnetIds: string[]
  serviceName: string
  /** A gateway endpoint has its routes in the route tables of its subnets. */
  type?: 'Interface' | 'Gateway'
  privateDns?: boolean
  /** The endpoint gets a group that lets the VPC in on port 443 if this is absent. */
  securityGroupIds?: string[]
  /** JSON; full access without it. */
  policy?: string
  tags?: Tags
}

/** An endpoint that has been available since `owner.now`. */
export function seedEndpoint(world: World, context: CallContext, spec: EndpointSpec): void {
  const { endpointId, vpcId, serviceName, type = 'Interface' } = spec
  const isGateway = type === 'Gateway'
  const subnetIds = isGateway ? [] : spec.subnetIds
  const groupIds = isGateway ? [] : (spec.securityGroupIds ?? [endpointGroup(world, context, spec)])
  const interfaces = subnetIds.map((subnetId) =>
    placeInterface(world, context, {
      subnetId,
      groupIds,
      description: `VPC Endpoint Interface ${endpointId}`,
      interfaceType: 'vpc_endpoint',
      attachedBy: 'amazon-aws',
      servesId: endpointId,
    }),
  )
  world.ec2.endpoints[endpointId] = {
    account: spec.account,
    region: spec.region,
    createdAt: context.now,
    endpointId,
    vpcId,
    serviceName,
    type,
    subnetIds,
    groupIds,
    networkInterfaceIds: interfaces.map(({ networkInterfaceId }) => networkInterfaceId),
    routeTableIds: isGateway ? tablesOf(world, spec) : [],
    privateDnsEnabled: spec.privateDns ?? false,
    policy: spec.policy ?? defaultPolicy,
    acceptance: 'accepted',
    readyAt: context.now,
    dnsSuffix: createHash('sha256').update(endpointId).digest('hex').slice(0, 8),
    tags: spec.tags ?? {},
  }
}

const tablesOf = (world: World, { vpcId, subnetIds }: EndpointSpec): string[] => {
  const tables = Object.values(world.ec2.routeTables).filter((table) => table.vpcId === vpcId)
  const own = tables.filter((table) => subnetIds.some((id) => table.subnetIds.includes(id)))
  const isAnyOnMain = subnetIds.some((id) => !own.some((table) => table.subnetIds.includes(id)))
  return [...own, ...(isAnyOnMain ? tables.filter(({ main }) => main) : [])].map((table) => table.routeTableId)
}

function endpointGroup(world: World, context: CallContext, { endpointId, vpcId }: EndpointSpec): string {
  const name = `endpoint ${endpointId}`
  const group = addGroup(world, context, { name, description: name, vpcId })
  const blocks = world.ec2.vpcs[vpcId]?.cidrBlocks ?? []
  group.rules.push(...blocks.map((cidr) => admitTcp(world, 443, cidr)))
  return group.groupId
}
