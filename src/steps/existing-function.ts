import { type FunctionConfiguration, GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import ipaddr from 'ipaddr.js'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep, textsIn } from '../aws/define-step.ts'
import { isFailure } from '../aws/failures.ts'
import { minutes, seconds } from '../engine/step.ts'
import type { ErrorCode } from '../error-codes.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { stateOf } from './shared/ownership.ts'
import { type FlatRule, rulesOf } from './shared/security-group-rules.ts'
import { type Action, describe, permission } from '../aws/permissions/permission.ts'
import { namedFunctions } from '../aws/permissions/resources.ts'

interface Inputs {
  functionArn: string
  /** Where the execute-api endpoint stands, or will stand. */
  vpcId: string
  serviceName: string
  /** Blocks of the subnets that the endpoint's addresses are from. */
  cidrs: string[]
  /** The endpoint, if it is there already: then its own addresses count. */
  endpointId?: string
}

/**
 * A function that privlink did not make, which is to call a private API: a gate that says whether it can reach the
 * endpoint, before anything is made anywhere.
 */
export const existingFunction = defineStep<Inputs>()({
  id: 'existing-function',
  title: 'Function that is there already',
  names: ({ functionArn }) => ({ functionArns: textsIn(functionArn) }),
  facts: z.object({ functionArn: z.string(), groupIds: z.array(z.string()) }),
  permissions: {
    read: [
      permission('LookAtNamedFunctions', ['lambda:GetFunctionConfiguration'], namedFunctions),
      describe('ec2:DescribeSecurityGroups', 'ec2:DescribeVpcEndpoints', 'ec2:DescribeNetworkInterfaces'),
    ],
  },
  unneeded: ({ endpointId }): Action[] => (endpointId === undefined ? ['ec2:DescribeNetworkInterfaces'] : []),
  patience: { upTo: minutes(5), every: seconds(5) },

  async read({ aws, inputs }) {
    const { functionArn, vpcId, serviceName, cidrs, endpointId } = inputs
    if (functionArn === undefined || vpcId === undefined || serviceName === undefined || cidrs === undefined) {
      return { state: 'absent' }
    }
    const one = await configurationOf(aws, functionArn)
    const { VpcId = '', SecurityGroupIds: groupIds = [] } = one.VpcConfig ?? {}
    if (VpcId !== vpcId) {
      const where = VpcId === '' ? 'stands in no VPC' : `stands in ${VpcId}`
      throw unfit(
        'FunctionElsewhere',
        `${functionArn} ${where}, not in ${vpcId}`,
        'Name the network that it stands in.',
      )
    }
    const state = stateOf(one.State)
    if (state === 'pending' || stateOf(one.LastUpdateStatus) === 'inprogress') {
      return { state: 'pending', owner: 'other', why: `${functionArn} is being set up` }
    }
    if (state !== 'active') {
      const why = one.StateReason === undefined ? '' : `: ${one.StateReason}`
      const hint = state === 'inactive' ? 'Invoke it once: that wakes it.' : 'Put it right, or name another one.'
      throw unfit('FunctionNotActive', `${functionArn} is ${state}${why}`, hint)
    }
    await checkWay(aws, functionArn, groupIds, { vpcId, serviceName, cidrs, endpointId })
    return { state: 'ready', owner: 'other', facts: { functionArn, groupIds } }
  },
})

const unfit = (code: ErrorCode, message: string, hint: string): PrivlinkError =>
  new PrivlinkError(code, message, { exit: exits.usage, hint })

async function configurationOf(aws: Aws, arn: string): Promise<FunctionConfiguration> {
  const [, , , region, accountId] = arn.split(':')
  const place = `account ${aws.name} (${aws.accountId}, ${aws.region})`
  const missing = unfit('FunctionNotFound', `${arn} does not exist in ${place}`, 'Correct function.arn in the config.')
  if (region !== aws.region || accountId !== aws.accountId) throw missing
  try {
    return await aws.lambda(new GetFunctionConfigurationCommand({ FunctionName: arn }))
  } catch (thrown) {
    throw isFailure(thrown, 'NotFound') ? missing : thrown
  }
}

interface Way {
  vpcId: string
  serviceName: string
  cidrs: string[]
  endpointId: string | undefined
}

/**
 * The function's groups together have to let TCP 443 out to the endpoint: to its addresses or to a group of its own.
 */
async function checkWay(aws: Aws, arn: string, groupIds: string[], way: Way): Promise<void> {
  const { vpcId, serviceName, cidrs, endpointId } = way
  const [groups, endpoints] = await Promise.all([
    Promise.all(groupIds.map((id) => aws.reads.securityGroups({ id }))),
    aws.reads.endpoints({ vpcId }),
  ])
  const doors = endpoints.filter((one) => one.ServiceName === serviceName && stateOf(one.State) !== 'deleted')
  const near = endpointId === undefined ? doors : doors.filter((one) => one.VpcEndpointId === endpointId)
  const doorGroups = near.flatMap(({ Groups = [] }) => Groups.flatMap(({ GroupId }) => GroupId ?? []))
  const interfaceIds =
    endpointId === undefined ? [] : near.flatMap(({ NetworkInterfaceIds = [] }) => NetworkInterfaceIds)
  const interfaces = await Promise.all(interfaceIds.map((id) => aws.reads.networkInterfaces({ id })))
  const addresses = interfaces.flat().flatMap(({ PrivateIpAddress: ip }) => (ip === undefined ? [] : `${ip}/32`))
  const goals = addresses.length > 0 ? addresses : cidrs
  const rules = groups
    .flat()
    .flatMap(({ IpPermissionsEgress }) => rulesOf(IpPermissionsEgress))
    .filter(isHttps)
  const lacking = goals.filter((goal) => !rules.some(({ peer }) => leads(peer, goal, doorGroups)))
  if (lacking.length === 0) return
  throw unfit(
    'FunctionShutIn',
    `the security groups of ${arn} (${groupIds.join(', ')}) do not let TCP 443 out to ${lacking.join(', ')}, where the execute-api endpoint is`,
    'Add an outbound rule for it to one of them: privlink changes no function that it did not make.',
  )
}

const isHttps = ({ protocol, from = 0, to = 65_535 }: FlatRule): boolean =>
  protocol === '-1' || (protocol === 'tcp' && from <= 443 && to >= 443)

/** The content of a prefix list is not read: it may be the way. */
function leads(peer: string, goal: string, doorGroups: readonly string[]): boolean {
  if (peer.startsWith('pl-')) return true
  if (peer.startsWith('sg-')) return doorGroups.includes(peer)
  if (peer.includes(':')) return false
  const [network, bits] = ipaddr.IPv4.parseCIDR(peer)
  const [address, length] = ipaddr.IPv4.parseCIDR(goal)
  return length >= bits && address.match(network, bits)
}
