import type { LoadBalancer, NetworkConfiguration } from '@aws-sdk/client-ecs'

import { usageOf } from '../../network/balance.ts'
import type { Call } from '../operation.ts'
import { kinds, findRow } from '../../reads/ec2-rows.ts'
import { clientError, findTaskDefinition, invalid } from './lookup.ts'
import type { Placement, TaskDefinition } from '../../state/ecs.ts'

/**
 * The revision that a service is to run. Texts as in terraform-provider-aws and its issues.
 *
 * @throws AwsError ClientException, InvalidParameterException
 */
export function runnable(call: Call, text: string | undefined): TaskDefinition {
  const found = findTaskDefinition(call, text)
  if (!found) throw clientError('TaskDefinition not found.')
  if (found.deregisteredAt !== undefined) throw clientError('TaskDefinition is inactive')
  if (found.definition.requiresCompatibilities?.includes('FARGATE') !== true)
    throw invalid('Task definition does not support launch_type FARGATE.')
  return found
}

/** Reads the subnets and groups of tasks. Throws InvalidParameterException. */
export function readPlacement(call: Call, configuration: NetworkConfiguration | undefined): Placement {
  const given = configuration?.awsvpcConfiguration
  if (!given?.subnets?.length)
    throw invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
  const { subnets: subnetIds = [], securityGroups = [], assignPublicIp = 'DISABLED' } = given
  const vpcIds = subnetIds.map((id) => subnetAt(call, id).vpcId)
  const [vpcId = ''] = vpcIds
  if (vpcIds.some((id) => id !== vpcId)) throw invalid('subnets must be in the same VPC')
  const groupIds = securityGroups.length > 0 ? securityGroups : [defaultGroup(call, vpcId)]
  for (const id of groupIds) {
    const group = findRow(call.world, call, kinds.securityGroup, id)
    const retrieving = `Error retrieving security group information for [${id}]`
    if (!group)
      throw invalid(`${retrieving}: The security group '${id}' does not exist (ErrorCode: InvalidGroup.NotFound)`)
    if (group.vpcId !== vpcId)
      throw invalid(`Security group ${id} does not appear to belong to the same VPC as the input subnets.`)
  }
  return { subnetIds: [...new Set(subnetIds)], groupIds, assignPublicIp: assignPublicIp === 'ENABLED' }
}

function subnetAt(call: Call, id: string) {
  const subnet = findRow(call.world, call, kinds.subnet, id)
  if (subnet) return subnet
  const missing = `The subnet ID '${id}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`
  throw invalid(`Error retrieving subnet information for [${id}]: ${missing}`)
}

const defaultGroup = ({ world }: Call, vpcId: string): string =>
  Object.values(world.ec2.securityGroups).find((one) => one.vpcId === vpcId && one.name === 'default')?.groupId ?? ''

/**
 * Target groups that tasks are to be put into. Each must be in use by a load balancer, and of addresses, since tasks
 * have interfaces of their own (semantics, section 14.5; texts as quoted in terraform-provider-aws issues).
 *
 * @throws AwsError InvalidParameterException
 */
export function checkTargetGroups(
  call: Call,
  balancers: readonly LoadBalancer[],
  { definition }: TaskDefinition,
): void {
  for (const { targetGroupArn = '', containerName = '', containerPort, loadBalancerName } of balancers) {
    if (loadBalancerName !== undefined) throw invalid('The sandbox knows no Classic Load Balancers.')
    const group = call.world.elbv2.targetGroups[targetGroupArn]
    if (!group || group.account !== call.account) {
      const permissions = 'Please verify that the ECS service role being passed has the proper permissions.'
      throw invalid(`Unable to assume role and validate the specified targetGroupArn. ${permissions}`)
    }
    if (group.targetType !== 'ip') {
      const mode = 'which is incompatible with the awsvpc network mode specified in the task definition'
      throw invalid(`The provided target group ${targetGroupArn} has target type ${group.targetType}, ${mode}.`)
    }
    if (!usageOf(call.world, group))
      throw invalid(`The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`)
    const container = definition.containerDefinitions?.find(({ name }) => name === containerName)
    if (!container) throw invalid(`The container ${containerName} does not exist in the task definition.`)
    if (!container.portMappings?.some((mapping) => mapping.containerPort === containerPort))
      throw invalid(`The container ${containerName} did not have a container port ${containerPort} defined.`)
  }
}
