import { isOwn } from '../../reads/own-resources.ts'
import type { VpcConfig } from '@aws-sdk/client-lambda'
import { durations } from '../../state/durations.ts'
import type { Call } from '../operation.ts'
import type { World } from '../../state/world.ts'
import type { NetworkInterface } from '../../state/ec2.ts'
import { invalidParameter } from '../../reads/function-refusals.ts'
import type { FunctionVpc } from '../../state/lambda.ts'
import { AwsError } from '../../state/aws-error.ts'
import type { CallContext } from '../../state/call-context.ts'
import { placeInterface, removeInterfaces } from '../../writes/network-interfaces.ts'
import { isSame, interfacesFor } from '../../reads/functions.ts'

/** Subnets and security groups of one function ("Lambda quotas", VpcConfig). */
const most = { subnets: 16, groups: 5 }

/**
 * Reads the VPC that a request gives a function; `undefined` for none. Texts as AWS's users report them.
 *
 * @throws AwsError InvalidParameterValueException
 */
export function readVpc(call: Call, wanted: VpcConfig | undefined): FunctionVpc | undefined {
  const { SubnetIds: subnetIds = [], SecurityGroupIds: groupIds = [], Ipv6AllowedForDualStack: dual } = wanted ?? {}
  if (dual === true) throw invalidParameter('The sandbox does not model Ipv6AllowedForDualStack.')
  if (subnetIds.length === 0 && groupIds.length === 0) return undefined
  if (subnetIds.length === 0 || groupIds.length === 0) {
    throw invalidParameter('SubnetIds and SecurityIds must coexist or be both empty list.')
  }
  if (subnetIds.length > most.subnets || groupIds.length > most.groups) {
    throw invalidParameter(`A function may have ${most.subnets} subnets and ${most.groups} security groups.`)
  }
  const { subnets, securityGroups } = call.world.ec2
  const lostSubnet = subnetIds.find((id) => !isOwn(call, subnets[id]))
  if (lostSubnet !== undefined) {
    throw refusedByEc2('DescribeSubnets', 'InvalidSubnetID.NotFound', `The subnet ID '${lostSubnet}' does not exist`)
  }
  const lostGroup = groupIds.find((id) => !isOwn(call, securityGroups[id]))
  if (lostGroup !== undefined) {
    throw refusedByEc2(
      'DescribeSecurityGroups',
      'InvalidGroup.NotFound',
      `The security group '${lostGroup}' does not exist`,
    )
  }
  const vpcIds = new Set(subnetIds.map((id) => subnets[id]?.vpcId ?? ''))
  const [vpcId = ''] = vpcIds
  if (vpcIds.size > 1) throw invalidParameter('Subnets are required to be in the same VPC.')
  if (groupIds.some((id) => securityGroups[id]?.vpcId !== vpcId)) {
    throw invalidParameter('Security Groups are required to be in the same VPC.')
  }
  return { vpcId, subnetIds: [...new Set(subnetIds)], groupIds: [...new Set(groupIds)] }
}

const refusedByEc2 = (operation: string, code: string, message: string): AwsError =>
  invalidParameter(`Error occurred while ${operation}. EC2 Error Code: ${code}. EC2 Error Message: ${message}`)

/**
 * Gives a function its interfaces: those that are there for the same subnet and groups, even on their way out, and new
 * ones ("Hyperplane elastic network interfaces", Lambda guide).
 *
 * @returns how long that takes, in ms
 * @throws AwsError InsufficientFreeAddressesInSubnet
 */
export function attachInterfaces(world: World, context: CallContext, name: string, vpc: FunctionVpc): number {
  const present = interfacesFor(world, context, vpc, context.now)
  for (const one of present) delete one.goneAt
  const bare = vpc.subnetIds.filter((id) => !present.some(({ subnetId }) => subnetId === id))
  for (const subnetId of bare) placeFunctionInterface(world, context, name, subnetId, vpc.groupIds)
  return bare.length > 0 ? durations.functionInterfaceMade : durations.functionReady
}

function placeFunctionInterface(
  world: World,
  context: CallContext,
  name: string,
  subnetId: string,
  groupIds: string[],
): void {
  const placed = placeInterface(world, context, {
    subnetId,
    groupIds,
    description: '',
    interfaceType: 'lambda',
    attachedBy: 'amazon-aws',
    servesId: `arn:aws:lambda:${context.region}:${context.account}:function:${name}`,
  })
  placed.description = `AWS Lambda VPC ENI-${name}-${placed.networkInterfaceId.slice('eni-'.length)}`
}

/** Lets interfaces that no function uses any more linger for `ms`. */
export function releaseUnused(world: World, context: CallContext, ms: number): void {
  const functions = Object.values(world.lambda.functions)
  const isUsed = (placed: NetworkInterface): boolean =>
    functions.some(({ vpc, account, region }) => {
      const isHere = account === placed.account && region === placed.region
      return isHere && vpc?.subnetIds.includes(placed.subnetId) === true && isSame(vpc.groupIds, placed.groupIds)
    })
  const unused = Object.values(world.ec2.networkInterfaces).filter(
    (one) =>
      one.interfaceType === 'lambda' &&
      one.account === context.account &&
      one.region === context.region &&
      !isUsed(one) &&
      one.goneAt === undefined,
  )
  removeInterfaces(
    world,
    unused.map(({ networkInterfaceId }) => networkInterfaceId),
    context.now + ms,
  )
}
