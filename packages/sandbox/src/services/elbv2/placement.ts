import { isOwn } from '../../reads/own-resources.ts'
import { AwsError } from '../../state/aws-error.ts'
import type { SubnetMapping } from '@aws-sdk/client-elastic-load-balancing-v2'

import type { Call } from '../operation.ts'
import type { Subnet } from '../../state/ec2.ts'
import { invalid } from './lookup.ts'
import type { LoadBalancer } from '../../state/elbv2.ts'
import { countFreeAddresses } from '../../reads/free-addresses.ts'
import { placeInterface } from '../../writes/network-interfaces.ts'

/**
 * The subnets that a load balancer is asked to be in. Throws SubnetNotFound, and InvalidConfigurationRequest for two in
 * one zone (so in terraform-aws-vault#5 and others), and InvalidSubnet for one with fewer than eight free addresses
 * (NLB guide; the subnets that it has already, `present`, are exempt).
 */
export function readSubnets(
  call: Call,
  input: { Subnets?: string[] | undefined; SubnetMappings?: SubnetMapping[] | undefined },
  present: readonly string[] = [],
): { vpcId: string; subnets: Subnet[] } {
  const { Subnets = [], SubnetMappings = [] } = input
  if (Subnets.length > 0 && SubnetMappings.length > 0)
    throw invalid('You must specify either subnets or subnet mappings, but not both')
  for (const { SubnetId, ...rest } of SubnetMappings) {
    const unmodelled = Object.entries(rest).find(([, value]) => value !== undefined)
    if (unmodelled) throw invalid(`The sandbox does not model ${unmodelled[0]} of the subnet mapping for ${SubnetId}`)
  }
  const subnets = [...Subnets, ...SubnetMappings.map((mapping) => mapping.SubnetId ?? '')].map((id) => {
    const subnet = call.world.ec2.subnets[id]
    if (!isOwn(call, subnet)) throw new AwsError('SubnetNotFound', `The subnet ID '${id}' does not exist`)
    return subnet
  })
  const [first] = subnets
  if (!first) throw invalid('At least one subnet must be specified')
  if (subnets.some((subnet) => subnet.vpcId !== first.vpcId))
    throw new AwsError('InvalidConfigurationRequest', 'The subnets must belong to the same VPC')
  if (new Set(subnets.map((subnet) => subnet.zoneId)).size < subnets.length) {
    const message = 'A load balancer cannot be attached to multiple subnets in the same Availability Zone'
    throw new AwsError('InvalidConfigurationRequest', message)
  }
  const full = subnets.find(
    (subnet) => !present.includes(subnet.subnetId) && countFreeAddresses(call.world, subnet, call.now) < 8,
  )
  if (full) {
    const message = `Not enough IP space available in ${full.subnetId}. ELB requires at least 8 free IP addresses in each subnet.`
    throw new AwsError('InvalidSubnet', message)
  }
  return { vpcId: first.vpcId, subnets }
}

/** Security groups for a load balancer. Throws InvalidSecurityGroup for one that its VPC does not have. */
export function checkGroups(call: Call, vpcId: string, groupIds: string[]): string[] {
  const missing = groupIds.find((id) => call.world.ec2.securityGroups[id]?.vpcId !== vpcId)
  if (missing !== undefined)
    throw new AwsError('InvalidSecurityGroup', `The security group '${missing}' does not exist in VPC '${vpcId}'`)
  return [...new Set(groupIds)]
}

/** Puts a load balancer's interface into a subnet; Terraform finds it by its description and attachment owner. */
export function placeNode(call: Call, balancer: LoadBalancer, subnetId: string): void {
  const network = balancer.type === 'network'
  const placed = placeInterface(call.world, call, {
    subnetId,
    groupIds: balancer.groupIds,
    description: `ELB ${balancer.arn.slice(balancer.arn.indexOf('loadbalancer/') + 'loadbalancer/'.length)}`,
    interfaceType: network ? 'network_load_balancer' : 'interface',
    attachedBy: network ? 'amazon-aws' : 'amazon-elb',
    servesId: balancer.arn,
  })
  balancer.networkInterfaceIds.push(placed.networkInterfaceId)
}
