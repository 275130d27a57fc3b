import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2'
import { CreateTargetGroupCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'
import type { EngineEvent } from '../../src/engine/events.ts'
import { minutes, seconds } from '../../src/engine/step.ts'
import type { Fault } from '../../packages/sandbox/src/server/faults.ts'
import { openTestAccounts } from './test-accounts.ts'

const VpcId = 'vpc-0aaaaaaaaaaaaaaa1'

async function openGateway(faults: readonly Fault[] = []) {
  const told: EngineEvent[] = []
  const accounts = await openTestAccounts(undefined, {}, { emit: (event) => void told.push(event) })
  const aws = await accounts.accountClients('gateway')
  accounts.sandbox.setFaults(faults)
  return { ...accounts, aws, told }
}

const newGroup = () => new CreateSecurityGroupCommand({ GroupName: 'one', Description: 'one', VpcId })

const newEndpoint = (ClientToken?: string) =>
  new CreateVpcEndpointCommand({
    VpcId,
    ServiceName: 'com.amazonaws.us-east-1.execute-api',
    VpcEndpointType: 'Interface',
    SubnetIds: ['subnet-001'],
    ...(ClientToken !== undefined && { ClientToken }),
  })

const lostAfter = (operation: string): Fault => ({ operation, kind: 'lost-after' })

describe('a call that is throttled', () => {
  test('goes on after pauses that double', async () => {
    const { aws, clock, count, told } = await openGateway(
      [1, 2, 3].map((nth) => ({ operation: 'DescribeVpcs', kind: 'throttled', nth })),
    )
    const started = clock.now()
    expect((await aws.ec2(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(2)
    expect(clock.now() - started).toBe(seconds(1 + 2 + 4))
    expect(count('DescribeVpcs')).toBe(4)
    expect(told).toEqual([{ event: 'warning', message: expect.stringContaining('DescribeVpcs in account gateway') }])
  })

  test('gives up after ten minutes', async () => {
    const { aws, clock } = await openGateway([{ operation: 'DescribeVpcs', kind: 'throttled', every: true }])
    const started = clock.now()
    await expect(aws.ec2(new DescribeVpcsCommand({}))).rejects.toMatchObject({ code: 'Throttled', exit: 1 })
    expect(clock.now() - started).toBeGreaterThanOrEqual(minutes(10))
    expect(clock.now() - started).toBeLessThan(minutes(11))
  })

  test('is repeated even if it must not happen twice, since it did not happen', async () => {
    const { aws } = await openGateway([{ operation: 'CreateSecurityGroup', kind: 'throttled' }])
    expect(await aws.ec2(newGroup())).toMatchObject({ GroupId: expect.stringMatching(/^sg-/) })
  })
})

describe('a call whose answer is lost', () => {
  test('is repeated if it only looks', async () => {
    const { aws, count } = await openGateway([lostAfter('DescribeVpcs')])
    expect((await aws.ec2(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(2)
    expect(count('DescribeVpcs')).toBe(2)
  })

  test('is not repeated if that might make a second thing', async () => {
    const { aws, count } = await openGateway([lostAfter('CreateSecurityGroup')])
    await expect(aws.ec2(newGroup())).rejects.toMatchObject({
      code: 'AnswerLost',
      message: expect.stringContaining('EC2 CreateSecurityGroup in account gateway'),
    })
    expect(count('CreateSecurityGroup')).toBe(1)
  })

  test('is repeated if it carries a token, and makes one thing', async () => {
    const { aws, sandbox, count } = await openGateway([lostAfter('CreateVpcEndpoint')])
    const { VpcEndpoint } = await aws.ec2(newEndpoint('token-of-this-intent'))
    expect(count('CreateVpcEndpoint')).toBe(2)
    expect(Object.keys(sandbox.world.ec2.endpoints)).toEqual([VpcEndpoint?.VpcEndpointId])
  })

  test('is not repeated by the SDK behind our back if the token is missing', async () => {
    const { aws, count } = await openGateway([lostAfter('CreateVpcEndpoint')])
    await expect(aws.ec2(newEndpoint())).rejects.toMatchObject({ code: 'AnswerLost' })
    expect(count('CreateVpcEndpoint')).toBe(1)
  })

  test('is repeated if the name makes it the same thing', async () => {
    const { aws, sandbox } = await openGateway([lostAfter('CreateTargetGroup')])
    const { TargetGroups } = await aws.elbv2(
      new CreateTargetGroupCommand({ Name: 'one', Protocol: 'TCP', Port: 80, VpcId, TargetType: 'ip' }),
    )
    expect(TargetGroups).toHaveLength(1)
    expect(Object.keys(sandbox.world.elbv2.targetGroups)).toHaveLength(1)
  })

  test('has succeeded if its repetition finds the rule there', async () => {
    const { aws } = await openGateway([lostAfter('AuthorizeSecurityGroupIngress')])
    const { GroupId = '' } = await aws.ec2(newGroup())
    const rule = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '10.0.0.0/16' }] }
    const authorize = () => aws.ec2(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [rule] }))
    await expect(authorize()).resolves.toBeDefined()
    // Without a lost answer, the same refusal is one.
    await expect(authorize()).rejects.toMatchObject({ code: 'Duplicate' })
  })

  test('is given up after six tries', async () => {
    const { aws, count } = await openGateway([{ operation: 'DescribeVpcs', kind: 'lost-before', every: true }])
    await expect(aws.ec2(new DescribeVpcsCommand({}))).rejects.toMatchObject({ code: 'Unreachable' })
    expect(count('DescribeVpcs')).toBe(6)
  })
})

describe('a call that AWS refuses', () => {
  test('names the action, who lacks it, and what to grant', async () => {
    const { aws } = await openGateway([{ operation: 'DescribeVpcs', kind: 'denied' }])
    await expect(aws.ec2(new DescribeVpcsCommand({}))).rejects.toMatchObject({
      code: 'Denied',
      exit: 4,
      message: expect.stringMatching(/assumed-role\/privlink\/privlink needs ec2:DescribeVpcs/),
      hint: expect.stringMatching(/^Grant ec2:DescribeVpcs to .* in account gateway\.$/),
    })
  })

  test('is repeated after an error of the service that passes', async () => {
    const { aws, clock } = await openGateway([
      { operation: 'DescribeVpcs', kind: 'error', code: 'InternalError', status: 500 },
    ])
    const started = clock.now()
    expect((await aws.ec2(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(2)
    expect(clock.now() - started).toBe(500)
  })

  test('is left to the step when a new endpoint service is not there yet', async () => {
    const unavailable = { operation: 'CreateVpcEndpoint', kind: 'error', code: 'Unavailable', status: 503 } as const
    const { aws, count } = await openGateway([unavailable])
    await expect(aws.ec2(newEndpoint('token'))).rejects.toMatchObject({ code: 'NotYet' })
    expect(count('CreateVpcEndpoint')).toBe(1)
  })

  test('fails even when EC2 answers 200 with a list of what did not succeed', async () => {
    const { aws } = await openGateway()
    await expect(
      aws.ec2(new DeleteVpcEndpointsCommand({ VpcEndpointIds: ['vpce-0123456789abcdef0'] })),
    ).rejects.toMatchObject({
      code: 'NotFound',
      message: expect.stringContaining('vpce-0123456789abcdef0'),
    })
  })
})

test('many deletions wait for their turn instead of being throttled', async () => {
  const { accountClients, clock, count, sandbox } = await openTestAccounts(undefined, { throttle: true })
  const aws = await accountClients('gateway')
  const started = clock.now()
  const ids = Array.from({ length: 12 }, (_, index) => `vpce-${String(index).padStart(17, '0')}`)
  await Promise.allSettled(ids.map((id) => aws.ec2(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }))))
  expect(count('DeleteVpcEndpoints')).toBe(12)
  expect(sandbox.calls.filter(({ error }) => error === 'RequestLimitExceeded')).toEqual([])
  expect(clock.now() - started).toBe(Math.ceil(8 / 0.0003))
})
