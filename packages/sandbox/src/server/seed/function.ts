import { strToU8, zipSync } from 'fflate'

import type { Tags, AccountRegion } from '../../state/resource.ts'
import { addGroup } from '../../services/ec2/security-groups.ts'
import { attachInterfaces } from '../../services/lambda/function-network.ts'
import type { World } from '../../state/world.ts'
import type { CallContext } from '../../state/call-context.ts'

export interface FunctionSpec extends AccountRegion {
  arn: string
  /** The function's subnets and groups; without a VPC, it reaches the internet only. */
  vpcId?: string
  subnetIds?: string[]
  /** The function gets a group that lets everything out if this is absent. */
  securityGroupIds?: string[]
  handler: string
  /** Texts by their paths. */
  files: Record<string, string>
  environment?: Record<string, string>
  tags?: Tags
}

/** A function that has been active since `owner.now`, with a role of its own. */
export function seedFunction(world: World, context: CallContext, spec: FunctionSpec): void {
  const { arn, account, region, handler, vpcId, subnetIds = [] } = spec
  const name = arn.slice(arn.lastIndexOf(':') + 1)
  const files = Object.entries(spec.files).map(([path, text]) => [path, strToU8(text)] as const)
  const roleArn = `arn:aws:iam::${account}:role/${name}`
  world.iam.roles[roleArn] ??= { account, trust }
  const groupIds = spec.securityGroupIds ?? (vpcId === undefined ? [] : [outwardGroup(world, context, name, vpcId)])
  const vpc = vpcId === undefined ? undefined : { vpcId, subnetIds: [...subnetIds], groupIds: [...groupIds] }
  if (vpc !== undefined) attachInterfaces(world, context, name, vpc)
  world.lambda.functions[arn] = {
    account,
    region,
    createdAt: context.now,
    arn,
    name,
    runtime: 'nodejs22.x',
    handler,
    roleArn,
    description: '',
    timeout: 15,
    memorySize: 128,
    environment: { ...spec.environment },
    architectures: ['x86_64'],
    ephemeralStorage: 512,
    tracing: 'PassThrough',
    zip: Buffer.from(zipSync(Object.fromEntries(files))).toString('base64'),
    ...(vpc && { vpc }),
    modifiedAt: context.now,
    revisionId: name,
    activeAt: context.now,
    updatedAt: context.now,
    policy: {},
    tags: { ...spec.tags },
  }
}

const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}

/** A new group lets everything out. */
const outwardGroup = (world: World, context: CallContext, name: string, vpcId: string): string =>
  addGroup(world, context, { name: `function ${name}`, description: `function ${name}`, vpcId }).groupId
