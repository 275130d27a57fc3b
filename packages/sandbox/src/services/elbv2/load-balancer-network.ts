import { AwsError } from '../../state/aws-error.ts'
import type {
  SetSecurityGroupsInput,
  SetSecurityGroupsOutput,
  SetSubnetsInput,
  SetSubnetsOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { type Call, operation } from '../operation.ts'
import { exists } from '../../state/world.ts'
import { showZones } from './load-balancers.ts'
import { invalid, getLoadBalancer } from './lookup.ts'
import { checkGroups, placeNode, readSubnets } from './placement.ts'
import type { LoadBalancer } from '../../state/elbv2.ts'
import { removeInterfaces } from '../../writes/network-interfaces.ts'
import { onThe } from './required-permissions.ts'

export const loadBalancerNetworkOperations = {
  SetSecurityGroups: operation<SetSecurityGroupsInput, SetSecurityGroupsOutput>()(
    ['LoadBalancerArn', 'SecurityGroups', 'EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic'],
    onThe('LoadBalancerArn'),
    ({ LoadBalancerArn, SecurityGroups = [], EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: enforce }, call) => {
      const found = getLoadBalancer(call, LoadBalancerArn)
      // The text of cluster-api-provider-aws#4790.
      const bare =
        'You cannot set security groups on a Network Load Balancer which was created without any security groups.'
      if (found.type === 'network' && found.groupIds.length === 0)
        throw new AwsError('InvalidConfigurationRequest', bare)
      if (SecurityGroups.length === 0)
        throw new AwsError('InvalidConfigurationRequest', 'You must specify at least one security group')
      if (enforce !== undefined && found.type !== 'network') {
        const message = 'Enforcement of inbound rules on PrivateLink traffic is for Network Load Balancers only'
        throw new AwsError('InvalidConfigurationRequest', message)
      }
      found.groupIds = checkGroups(call, found.vpcId, SecurityGroups)
      found.enforceOnPrivateLink = enforce ?? found.enforceOnPrivateLink
      for (const id of found.networkInterfaceIds) {
        const placed = call.world.ec2.networkInterfaces[id]
        if (placed) placed.groupIds = [...found.groupIds]
      }
      return {
        SecurityGroupIds: found.groupIds,
        ...(found.type === 'network' && {
          EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: found.enforceOnPrivateLink,
        }),
      }
    },
  ),

  SetSubnets: operation<SetSubnetsInput, SetSubnetsOutput>()(
    ['LoadBalancerArn', 'Subnets', 'SubnetMappings'],
    onThe('LoadBalancerArn'),
    (input, call) => {
      const found = getLoadBalancer(call, input.LoadBalancerArn)
      const { vpcId, subnets } = readSubnets(call, input, found.subnetIds)
      if (vpcId !== found.vpcId)
        throw new AwsError(
          'InvalidConfigurationRequest',
          `The subnets must belong to the VPC '${found.vpcId}' of the load balancer`,
        )
      if (found.type === 'application' && subnets.length < 2)
        throw invalid('At least two subnets in two different Availability Zones must be specified')
      const wanted = subnets.map((subnet) => subnet.subnetId)
      const dropped = found.subnetIds.filter((id) => !wanted.includes(id))
      const held = dropped.find((id) => hasEndpointIn(call, found, id))
      // The NLB guide: an Availability Zone cannot be removed while endpoints use it. The code is assumed.
      if (held !== undefined) {
        const message = `Subnet '${held}' cannot be removed because VPC endpoints use its Availability Zone`
        throw new AwsError('ResourceInUse', message)
      }
      const nodes = found.networkInterfaceIds.map((id) => call.world.ec2.networkInterfaces[id])
      const leaving = nodes.flatMap((node) =>
        node && dropped.includes(node.subnetId) ? [node.networkInterfaceId] : [],
      )
      removeInterfaces(call.world, leaving, call.now)
      found.networkInterfaceIds = found.networkInterfaceIds.filter((id) => !leaving.includes(id))
      const added = wanted.filter((id) => !found.subnetIds.includes(id))
      found.subnetIds = wanted
      for (const subnetId of added) placeNode(call, found, subnetId)
      return { AvailabilityZones: showZones(call, found), IpAddressType: 'ipv4' as const }
    },
  ),
}

function hasEndpointIn({ world, now }: Call, balancer: LoadBalancer, subnetId: string): boolean {
  const zoneId = world.ec2.subnets[subnetId]?.zoneId
  const names = Object.values(world.ec2.endpointServices)
    .filter((service) => service.loadBalancerArns.includes(balancer.arn) && exists(service, now))
    .map((service) => service.serviceName)
  return Object.values(world.ec2.endpoints).some(
    (endpoint) =>
      names.includes(endpoint.serviceName) &&
      exists(endpoint, now) &&
      endpoint.acceptance !== 'rejected' &&
      endpoint.subnetIds.some((id) => world.ec2.subnets[id]?.zoneId === zoneId),
  )
}
