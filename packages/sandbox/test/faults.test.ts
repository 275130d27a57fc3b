import { GetRestApiCommand } from '@aws-sdk/client-api-gateway'
import { CreateSecurityGroupCommand, CreateVpcCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { DescribeLoadBalancersCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { describe, expect, it } from 'vitest'

import { makeFaults, readFaults } from '../src/server/faults.ts'
import { rehearse } from '../../../test/support/sandbox.ts'

const account = '111122223333'
const create = () => new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' })

describe('a lost answer', () => {
  it.each([
    ['lost-before', 0],
    ['lost-after', 1],
  ] as const)('%s leaves %i things behind', async (kind, left) => {
    const { clients, sandbox } = await rehearse({ faults: [{ operation: 'CreateVpc', kind }] })
    const { ec2 } = clients(account)
    await expect(ec2.send(create())).rejects.toThrow(/socket hang up|ECONNRESET/)
    expect(Object.keys(sandbox.world.ec2.vpcs)).toHaveLength(left)
    expect(sandbox.calls).toMatchObject([{ operation: 'CreateVpc', error: 'Lost' }])
    await expect(ec2.send(create())).resolves.toBeTruthy()
  })
})

it('strikes the nth call, of the named account only', async () => {
  const { clients, sandbox } = await rehearse()
  sandbox.setFaults([{ operation: 'GetCallerIdentity', account, nth: 2, kind: 'throttled' }])
  const identify = (as: string) => clients(as).sts.send(new GetCallerIdentityCommand({}))
  await identify('444455556666')
  await identify('444455556666')
  await identify(account)
  await expect(identify(account)).rejects.toMatchObject({ name: 'Throttling' })
  await identify(account)
})

it('can strike every call', () => {
  const faults = makeFaults([{ operation: 'ec2:DescribeTags', every: true, kind: 'denied' }])
  const strike = (service: string) => faults.strike({ service, operation: 'DescribeTags', account })?.kind
  expect([strike('ec2'), strike('ec2'), strike('elasticloadbalancing')]).toEqual(['denied', 'denied', undefined])
})

it('denies in the words of each service', async () => {
  const faults = ['DescribeVpcs', 'DescribeLoadBalancers', 'GetRestApi'].map((operation) => ({
    operation,
    kind: 'denied' as const,
  }))
  const { clients } = await rehearse({ faults })
  const { ec2, elbv2, apigateway } = clients(account)
  const who = `User: arn:aws:iam::${account}:root is not authorized to perform: `
  await expect(ec2.send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
    name: 'UnauthorizedOperation',
    message: expect.stringContaining(`${who}ec2:DescribeVpcs`),
    $metadata: { httpStatusCode: 403 },
  })
  await expect(elbv2.send(new DescribeLoadBalancersCommand({}))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining(`${who}elasticloadbalancing:DescribeLoadBalancers`),
  })
  await expect(apigateway.send(new GetRestApiCommand({ restApiId: 'api' }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining(`${who}apigateway:GET`),
  })
})

it('delays by the clock of the sandbox', async () => {
  const { clients, clock } = await rehearse({ faults: [{ operation: 'CreateVpc', kind: 'delayed', ms: 90_000 }] })
  const before = clock.now()
  await clients(account).ec2.send(create())
  expect(clock.now() - before).toBe(90_000)
})

it('answers any error that is asked for', async () => {
  const fault = {
    operation: 'CreateVpc',
    kind: 'error' as const,
    code: 'VpcLimitExceeded',
    status: 400,
    message: 'Full.',
  }
  const { clients } = await rehearse({ faults: [fault] })
  await expect(clients(account).ec2.send(create())).rejects.toMatchObject({
    name: 'VpcLimitExceeded',
    message: 'Full.',
  })
})

it('are set over HTTP too, and count from then on', async () => {
  const { clients, sandbox } = await rehearse()
  const { ec2 } = clients(account)
  const group = () => new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'd', VpcId: 'vpc-00000000' })
  await expect(ec2.send(group())).rejects.toMatchObject({ name: 'InvalidVpcID.NotFound' })
  const post = (body: unknown) =>
    fetch(`${sandbox.url}/_privlink/faults`, { method: 'POST', body: JSON.stringify(body) })
  expect((await post([{ operation: 'CreateSecurityGroup', nth: 1, kind: 'throttled' }])).status).toBe(200)
  await expect(ec2.send(group())).rejects.toMatchObject({ name: 'RequestLimitExceeded' })
  const refused = await post([{ operation: 'CreateVpc', kind: 'explode' }])
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('0.kind')])
})

it.each([
  ['a delay without ms', [{ operation: 'CreateVpc', kind: 'delayed' }], /needs ms/],
  ['an error without a code', [{ operation: 'CreateVpc', kind: 'error' }], /needs a code/],
  ['an unknown key', [{ operation: 'CreateVpc', kind: 'denied', when: 2 }], /when/],
  ['no list', {}, /faults/],
])('%s is refused', (_, data, message) => {
  expect(() => readFaults(data)).toThrow(message)
})
