import { servicePrincipal } from '../aws/partition.ts'
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  type FunctionConfiguration,
  GetFunctionCommand,
  type GetFunctionCommandOutput,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { isFailure, translate } from '../aws/failures.ts'
import { type Drift, differs, minutes, seconds } from '../engine/step.ts'
import { functionHandler, functionPackage, functionVariables } from './shared/function-code.ts'
import { given, ownerOf, seek, stateOf } from './shared/ownership.ts'
import { owned, passedTo, requested } from '../aws/permissions/conditions.ts'
import { describe, permission } from '../aws/permissions/permission.ts'
import { functions, roles } from '../aws/permissions/resources.ts'
import { role } from './role.ts'

interface Inputs {
  roleArn: string
  subnetIds: string[]
  securityGroupIds: string[]
  /** Name that the private API is called by. */
  host: string
  stageName: string
  /** Whether it signs its requests with its role's credentials. */
  authorization: 'none' | 'iam'
}

/** Node.js 22, which AWS supports until April 2027 ("Lambda runtimes"). */
const runtime = 'nodejs22.x'
/** Seconds: longer than the code waits for an answer, so that it can say that none came. */
const timeout = 15

/** AWS reads these with the permissions of the caller that puts a function into a VPC (Lambda guide, "VPC"). */
const placing = describe('ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs')

/**
 * The small function that privlink makes: it stands in the consumer's VPC and makes one call to the private API. Names
 * are unique in an account and Region, so that a create that is sent twice makes one. It goes only with its network
 * interfaces, which AWS keeps for up to 20 minutes ("Giving Lambda functions access to resources in a VPC") with the
 * role's permissions.
 */
export const lambdaFunction = defineStep<Inputs>()({
  id: 'lambda-function',
  title: 'Function in the VPC',
  facts: z.object({ functionArn: z.string(), functionName: z.string() }),
  permissions: {
    read: [
      // Without a tag: of a function that is gone, AWS would answer "not authorized" instead of "not found".
      permission('LookAtFunctions', ['lambda:GetFunction', 'lambda:ListTags'], functions, undefined, 'itself'),
    ],
    create: [
      permission('MakeFunctions', ['lambda:CreateFunction', 'lambda:TagResource'], functions, requested),
      permission('PassRolesToFunctions', ['iam:PassRole'], roles, passedTo(servicePrincipal('lambda')), () => [role]),
      placing,
    ],
    update: [
      permission('OwnFunctions', ['lambda:UpdateFunctionCode', 'lambda:UpdateFunctionConfiguration'], functions, owned),
      permission('PassRolesToFunctions', ['iam:PassRole'], roles, passedTo(servicePrincipal('lambda')), () => [role]),
      placing,
    ],
    delete: [
      permission('OwnFunctions', ['lambda:DeleteFunction'], functions, owned),
      describe('ec2:DescribeNetworkInterfaces'),
    ],
  },
  // The first interface of a subnet and set of groups takes minutes; the SDK's waiter gives five.
  patience: { upTo: minutes(10), every: seconds(3) },

  async read(sight) {
    const { aws, inputs, known, identity } = sight
    const found = await seek(sight, known?.functionArn, {
      byId: (arn) => functionsNamed(aws, arn),
      byName: () => functionsNamed(aws, identity.name),
    })
    const { Configuration: one, Tags: tags } = found ?? {}
    if (one === undefined) return { state: 'absent' }
    const owner = ownerOf(identity, tags)
    const facts = factsOf(one)
    const state = stateOf(one.State)
    if (state === 'failed') {
      const why = `${facts.functionArn} has failed: ${one.StateReason ?? 'AWS gives no reason'}`
      return { state: 'broken', owner, why, fix: 'replace', hint: hints[one.StateReasonCode ?? ''], facts }
    }
    if (state === 'pending') return { state: 'pending', owner, why: 'the function is being created', facts }
    // Inactive after two weeks without a call; the next one wakes it ("Lambda function states").
    const update = stateOf(one.LastUpdateStatus)
    if (update === 'inprogress') return { state: 'pending', owner, why: 'the function is being updated', facts }
    const drift = driftOf(one, inputs)
    if (update === 'failed' && drift.length > 0) {
      const why = `the last update of ${facts.functionArn} has failed: ${one.LastUpdateStatusReason ?? 'AWS gives no reason'}`
      return { state: 'broken', owner, why, fix: 'replace', hint: hints[one.LastUpdateStatusReasonCode ?? ''], facts }
    }
    return { state: 'ready', owner, facts, drift }
  },

  async create({ aws, inputs, identity }) {
    const made = await aws.lambda(
      new CreateFunctionCommand({
        FunctionName: identity.name,
        ...settingsOf(inputs),
        Code: { ZipFile: functionPackage().zip },
        Description: 'Calls a private API to prove that it can be reached (privlink)',
        Tags: { ...identity.tags },
      }),
    )
    return factsOf(made)
  },

  // One change at a time: while it is under way, AWS refuses others (ResourceConflictException).
  async update({ aws, inputs, facts: { functionName: FunctionName }, drift }) {
    if (drift.some(({ field }) => field !== 'code')) {
      await aws.lambda(new UpdateFunctionConfigurationCommand({ FunctionName, ...settingsOf(inputs) }))
      return
    }
    await aws.lambda(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: functionPackage().zip }))
  },

  async delete({ aws, known }) {
    await aws.lambda(new DeleteFunctionCommand({ FunctionName: known.functionName }))
  },

  async leftovers({ aws, known, inputs: { securityGroupIds = [] } }) {
    const rows = await Promise.all(securityGroupIds.map((groupId) => aws.reads.networkInterfaces({ groupId })))
    const left = rows.flat().filter(({ InterfaceType }) => InterfaceType === 'lambda')
    if (left.length === 0) return undefined
    const ids = left.map(({ NetworkInterfaceId }) => NetworkInterfaceId).join(', ')
    return `AWS keeps the network interfaces of ${known?.functionName ?? 'the function'} for up to 20 minutes: ${ids}`
  },
})

/** The tags of a function tell whether it is ours; where we may not read them, AWS says so in the answer. */
async function functionsNamed(aws: Aws, FunctionName: string): Promise<GetFunctionCommandOutput[]> {
  try {
    const found = await aws.lambda(new GetFunctionCommand({ FunctionName }))
    const { ErrorCode: name = '', Message = '' } = found.TagsError ?? {}
    if (found.TagsError === undefined) return [found]
    const origin = { service: 'lambda', operation: 'ListTags', account: aws.name } as const
    throw translate(Object.assign(new Error(Message), { name }), origin)
  } catch (thrown) {
    if (isFailure(thrown, 'NotFound')) return []
    throw thrown
  }
}

const factsOf = ({ FunctionArn, FunctionName }: FunctionConfiguration) => ({
  functionArn: given(FunctionArn, 'the ARN of the function'),
  functionName: given(FunctionName, 'the name of the function'),
})

const variablesOf = ({ host, stageName, authorization }: Pick<Inputs, 'host' | 'stageName' | 'authorization'>) => ({
  [functionVariables.host]: host,
  [functionVariables.stage]: stageName,
  [functionVariables.authorization]: authorization,
})

const settingsOf = (inputs: Inputs) =>
  ({
    Role: inputs.roleArn,
    Runtime: runtime,
    Handler: functionHandler,
    Timeout: timeout,
    Environment: { Variables: variablesOf(inputs) },
    VpcConfig: { SubnetIds: inputs.subnetIds, SecurityGroupIds: inputs.securityGroupIds },
  }) as const

function driftOf(one: FunctionConfiguration, inputs: Partial<Inputs>): Drift[] {
  const { host, stageName, authorization } = inputs
  const isKnown = host !== undefined && stageName !== undefined && authorization !== undefined
  const variables = isKnown ? variablesOf({ host, stageName, authorization }) : undefined
  return [
    ...differs('roleArn', one.Role, inputs.roleArn),
    ...differs('runtime', one.Runtime, runtime),
    ...differs('handler', one.Handler, functionHandler),
    ...differs('timeout', one.Timeout, timeout),
    ...differs('environment', one.Environment?.Variables ?? {}, variables),
    ...differs('subnetIds', one.VpcConfig?.SubnetIds ?? [], inputs.subnetIds),
    ...differs('securityGroupIds', one.VpcConfig?.SecurityGroupIds ?? [], inputs.securityGroupIds),
    ...differs('code', one.CodeSha256, functionPackage().sha256),
  ]
}

/** By StateReasonCode (FunctionConfiguration, Lambda API reference). */
const hints: Readonly<Record<string, string>> = {
  SubnetOutOfIPAddresses: 'Free addresses in the subnets of the network, or name others.',
  EniLimitExceeded: 'Raise the quota of network interfaces per VPC in Service Quotas.',
  InsufficientRolePermissions: "Look at the role's policy: privlink writes one that suffices.",
  EC2RequestLimitExceeded: 'Run setup again later.',
}
