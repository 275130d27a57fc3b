import { isOwn, ownOf } from '../../reads/own-resources.ts'
import { AwsError } from '../../state/aws-error.ts'
import type {
  CreateTargetGroupInput,
  CreateTargetGroupOutput,
  DeleteTargetGroupInput,
  DescribeTargetGroupsInput,
  DescribeTargetGroupsOutput,
  ModifyTargetGroupInput,
  ModifyTargetGroupOutput,
  ProtocolEnum,
  TargetGroup as ShownTargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { type Call, operation } from '../operation.ts'
import { newId } from '../../state/world.ts'
import { healthCheckMembers, readHealthCheck } from './health-check.ts'
import { checkName, invalid, isVisible, getLoadBalancer, page, readTags, getTargetGroup } from './lookup.ts'
import type { TargetGroup } from '../../state/elbv2.ts'
import { defaultTargetGroupAttributes } from './target-group-attributes.ts'
import { listenersUsing } from '../../reads/listeners.ts'
import { onThe, makes, newNames } from './required-permissions.ts'

/** Target groups per Region and account ("Quotas for your Network Load Balancers"). */
const most = 3000

export const targetGroupOperations = {
  CreateTargetGroup: operation<CreateTargetGroupInput, CreateTargetGroupOutput>()(
    [
      'Name',
      'Protocol',
      'ProtocolVersion',
      'Port',
      'VpcId',
      'TargetType',
      'IpAddressType',
      'Tags',
      ...healthCheckMembers,
    ],
    makes(newNames.targetGroup),
    (input, call) => {
      const wanted = readWanted(input, call)
      const same = ownOf(call, call.world.elbv2.targetGroups).find((one) => one.name === wanted.name)
      if (same && !isSame(same, wanted)) {
        const message = `A target group with the same name '${wanted.name}' exists, but with different settings`
        throw new AwsError('DuplicateTargetGroupName', message)
      }
      const made = same ?? create(call, wanted, readTags(input.Tags))
      const { LoadBalancerArns = [], ...shown } = show(call, made)
      // AWS CLI reference, create-target-group: a group that no load balancer has comes without the list.
      return { TargetGroups: [LoadBalancerArns.length > 0 ? { ...shown, LoadBalancerArns } : shown] }
    },
  ),

  DescribeTargetGroups: operation<DescribeTargetGroupsInput, DescribeTargetGroupsOutput>()(
    ['LoadBalancerArn', 'TargetGroupArns', 'Names', 'Marker', 'PageSize'],
    '*',
    ({ LoadBalancerArn, TargetGroupArns, Names, Marker, PageSize }, call) => {
      const chosen = selected(call, LoadBalancerArn, TargetGroupArns, Names)
      const [shown, NextMarker] = page(chosen, Marker, PageSize)
      return { TargetGroups: shown.map((one) => show(call, one)), NextMarker }
    },
  ),

  ModifyTargetGroup: operation<ModifyTargetGroupInput, ModifyTargetGroupOutput>()(
    ['TargetGroupArn', ...healthCheckMembers],
    onThe('TargetGroupArn'),
    (input, call) => {
      const found = getTargetGroup(call, input.TargetGroupArn)
      found.healthCheck = readHealthCheck(input, found, found.healthCheck)
      return { TargetGroups: [show(call, found)] }
    },
  ),

  // The model has no NotFound for it: deleting what is absent succeeds.
  DeleteTargetGroup: operation<DeleteTargetGroupInput, object>()(
    ['TargetGroupArn'],
    onThe('TargetGroupArn'),
    ({ TargetGroupArn }, call) => {
      const found = ownOf(call, call.world.elbv2.targetGroups).find((one) => one.arn === TargetGroupArn)
      if (!found) return {}
      if (listenersUsing(call.world, found).length > 0)
        throw new AwsError('ResourceInUse', `Target group '${found.arn}' is currently in use by a listener or a rule`)
      delete call.world.elbv2.targetGroups[found.arn]
      return {}
    },
  ),
}

type Wanted = Pick<
  TargetGroup,
  'name' | 'protocol' | 'protocolVersion' | 'port' | 'vpcId' | 'targetType' | 'healthCheck'
>

function readWanted(input: CreateTargetGroupInput, call: Call): Wanted {
  const { Name: name = '', Protocol: protocol, Port: port, VpcId: vpcId, TargetType: targetType = 'instance' } = input
  checkName('Target group', name)
  if (protocol === undefined) throw invalid('A protocol must be specified')
  if (!['TCP', 'HTTP', 'HTTPS'].includes(protocol))
    throw invalid(`The sandbox does not model target groups of protocol ${protocol}`)
  if (targetType === 'lambda') throw invalid('The sandbox does not model target groups of type lambda')
  // "Use an Application Load Balancer as a target", NLB guide.
  if (targetType === 'alb' && protocol !== 'TCP') throw invalid('Target groups of type alb must have protocol TCP')
  // Terraform sends an empty one where none is meant.
  const protocolVersion = readVersion(protocol, input.ProtocolVersion || undefined)
  if ((input.IpAddressType ?? 'ipv4') !== 'ipv4')
    throw invalid('The sandbox models target groups of address type ipv4 only')
  if (port === undefined || port < 1 || port > 65_535) throw invalid('A port between 1 and 65535 must be specified')
  if (vpcId === undefined) throw invalid('A VPC ID must be specified')
  const vpc = call.world.ec2.vpcs[vpcId]
  if (!isOwn(call, vpc)) throw invalid(`The VPC ID '${vpcId}' is not found`)
  const healthCheck = readHealthCheck(input, { protocol, targetType })
  return { name, protocol, ...(protocolVersion && { protocolVersion }), port, vpcId, targetType, healthCheck }
}

/** HTTP and HTTPS groups have the version HTTP1 unless told otherwise (API_CreateTargetGroup). */
function readVersion(protocol: string, version: string | undefined): string | undefined {
  if (protocol === 'TCP') {
    if (version !== undefined) throw invalid('A protocol version cannot be specified for target groups of protocol TCP')
    return undefined
  }
  if (version !== undefined && version !== 'HTTP1')
    throw invalid(`The sandbox does not model protocol version ${version}`)
  return 'HTTP1'
}

const isSame = (a: Wanted, b: Wanted): boolean =>
  a.protocol === b.protocol &&
  a.protocolVersion === b.protocolVersion &&
  a.port === b.port &&
  a.vpcId === b.vpcId &&
  a.targetType === b.targetType &&
  Object.entries(b.healthCheck).every(([key, value]) =>
    Object.entries(a.healthCheck).some(([k, v]) => k === key && v === value),
  )

function create(call: Call, wanted: Wanted, tags: TargetGroup['tags']): TargetGroup {
  const { world, account, region, now } = call
  if (ownOf(call, world.elbv2.targetGroups).length >= most)
    throw new AwsError('TooManyTargetGroups', 'The maximum number of target groups has been reached')
  const made: TargetGroup = {
    ...wanted,
    arn: `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/${wanted.name}/${newId(world, '', 16)}`,
    account,
    region,
    createdAt: now,
    attributes: defaultTargetGroupAttributes(wanted),
    targets: [],
    tags,
  }
  world.elbv2.targetGroups[made.arn] = made
  return made
}

function selected(
  call: Call,
  balancerArn: string | undefined,
  arns: string[] | undefined,
  names: string[] | undefined,
): TargetGroup[] {
  const own = ownOf(call, call.world.elbv2.targetGroups)
  if (balancerArn !== undefined) {
    const { arn } = getLoadBalancer(call, balancerArn)
    return own.filter((group) => listenersUsing(call.world, group).some((one) => one.loadBalancerArn === arn))
  }
  if (arns?.length) return arns.map((arn) => getTargetGroup(call, arn))
  if (!names?.length) return own
  return names.map((name) => {
    const found = own.find((one) => one.name === name && isVisible(one, call.now))
    if (!found) throw new AwsError('TargetGroupNotFound', 'One or more target groups not found')
    return found
  })
}

function show(call: Call, one: TargetGroup): ShownTargetGroup {
  const { healthCheck: check } = one
  return {
    TargetGroupArn: one.arn,
    TargetGroupName: one.name,
    // Both protocols were read from requests that the SDK's enum describes.
    Protocol: one.protocol as ProtocolEnum,
    ...(one.protocolVersion !== undefined && { ProtocolVersion: one.protocolVersion }),
    HealthCheckProtocol: check.protocol as ProtocolEnum,
    Port: one.port,
    VpcId: one.vpcId,
    HealthCheckPort: check.port,
    HealthCheckEnabled: check.enabled,
    HealthCheckIntervalSeconds: check.intervalSeconds,
    HealthCheckTimeoutSeconds: check.timeoutSeconds,
    HealthyThresholdCount: check.healthyThreshold,
    UnhealthyThresholdCount: check.unhealthyThreshold,
    ...(check.path !== undefined && { HealthCheckPath: check.path }),
    ...(check.matcher !== undefined && { Matcher: { HttpCode: check.matcher } }),
    LoadBalancerArns: [...new Set(listenersUsing(call.world, one).map((listener) => listener.loadBalancerArn))],
    TargetType: one.targetType,
    IpAddressType: 'ipv4',
  }
}
