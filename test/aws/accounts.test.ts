import { DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { openAccounts } from '../../src/aws/accounts.ts'
import { jumpingClock } from 'privlink-sandbox'
import { minutes } from '../../src/engine/step.ts'
import { gateway, gatewayId, openTestAccounts, operator } from './test-accounts.ts'

describe('the door to an account', () => {
  test('opens with the role of the account, and proves whose it is', async () => {
    const { accountClients, sandbox } = await openTestAccounts()
    const aws = await accountClients('gateway')
    expect(aws).toMatchObject({ name: 'gateway', accountId: gatewayId, region: 'us-east-1', partition: 'aws' })
    expect((await aws.ec2(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(2)
    expect(sandbox.calls.map(({ operation, principal }) => [operation, principal])).toEqual([
      ['AssumeRole', `arn:aws:iam::${operator.id}:root`],
      ['GetCallerIdentity', `arn:aws:sts::${gatewayId}:assumed-role/privlink/privlink`],
      ['DescribeVpcs', `arn:aws:sts::${gatewayId}:assumed-role/privlink/privlink`],
    ])
  })

  test('is opened once, however many ask', async () => {
    const { accountClients, count } = await openTestAccounts()
    const doors = await Promise.all([accountClients('gateway'), accountClients('gateway'), accountClients('gateway')])
    expect(new Set(doors).size).toBe(1)
    expect(count('AssumeRole')).toBe(1)
  })

  test('shares one session among names and Regions of the same role', async () => {
    const { accountClients, count } = await openTestAccounts({ gateway, twin: gateway })
    const [, , abroad] = await Promise.all([
      accountClients('gateway'),
      accountClients('twin'),
      accountClients('gateway@eu-west-1'),
    ])
    expect(abroad).toMatchObject({ name: 'gateway@eu-west-1', region: 'eu-west-1', accountId: gatewayId })
    expect((await abroad.ec2(new DescribeVpcsCommand({}))).Vpcs).toEqual([])
    expect(count('AssumeRole')).toBe(1)
  })

  test('without a role leads in with the credentials at hand', async () => {
    const { accountClients, count } = await openTestAccounts({ own: operator })
    expect(await accountClients('own')).toMatchObject({ accountId: operator.id })
    expect(count('AssumeRole')).toBe(0)
  })

  test('stays shut when the credentials belong to another account', async () => {
    const { accountClients } = await openTestAccounts({ own: { ...operator, id: '014770000000' } })
    await expect(accountClients('own')).rejects.toMatchObject({
      code: 'WrongAccount',
      exit: 4,
      message: `account own should be 014770000000, but arn:aws:iam::${operator.id}:root belongs to ${operator.id}`,
      hint: expect.stringContaining('roleArn'),
    })
  })

  test('says who may not assume what, and what to check', async () => {
    const { accountClients } = await openTestAccounts({ gateway: { ...gateway, externalId: 'wrong' } })
    await expect(accountClients('gateway')).rejects.toMatchObject({
      code: 'RoleNotAssumable',
      exit: 4,
      message: `account gateway: arn:aws:iam::${operator.id}:root may not assume ${gateway.roleArn}`,
      hint: expect.stringMatching(/trust policy.*ExternalId it asks for is "wrong"/),
    })
  })

  test('does not blame the role for credentials that AWS does not know', async () => {
    const { accountClients } = await openTestAccounts(undefined, {
      faults: [{ operation: 'AssumeRole', kind: 'error', code: 'InvalidClientTokenId', status: 403, every: true }],
    })
    await expect(accountClients('gateway')).rejects.toMatchObject({
      code: 'NoCredentials',
      exit: 4,
      hint: expect.stringMatching(/^Sign in/),
    })
  })

  test('can be tried again after it did not open', async () => {
    const { accountClients } = await openTestAccounts(undefined, {
      faults: [{ operation: 'AssumeRole', kind: 'denied', nth: 1 }],
    })
    await expect(accountClients('gateway')).rejects.toMatchObject({ code: 'RoleNotAssumable' })
    expect(await accountClients('gateway')).toMatchObject({ accountId: gatewayId })
  })

  test('is not there for an account that the config does not name', async () => {
    const { accountClients } = openAccounts({ accounts: { gateway }, clock: jumpingClock() })
    await expect(accountClients('gatway')).rejects.toMatchObject({
      code: 'UnknownAccount',
      exit: 2,
      hint: expect.stringContaining('gateway'),
    })
  })
})

describe('a session', () => {
  test('is renewed five minutes before it expires by the clock, and proved again', async () => {
    const { accountClients, clock, count } = await openTestAccounts()
    const aws = await accountClients('gateway')
    await clock.sleep(minutes(55) - 1000)
    await aws.ec2(new DescribeVpcsCommand({}))
    expect(count('AssumeRole')).toBe(1)
    await clock.sleep(1000)
    await Promise.all([aws.ec2(new DescribeVpcsCommand({})), aws.ec2(new DescribeVpcsCommand({}))])
    expect([count('AssumeRole'), count('GetCallerIdentity')]).toEqual([2, 2])
  })

  test('that AWS calls expired is renewed once, and the call goes on', async () => {
    const expired = { operation: 'DescribeVpcs', kind: 'error', code: 'ExpiredToken', status: 403 } as const
    const { accountClients, count } = await openTestAccounts(undefined, { faults: [{ ...expired, nth: 1 }] })
    const aws = await accountClients('gateway')
    expect((await aws.ec2(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(2)
    expect(count('AssumeRole')).toBe(2)
  })

  test('that stays expired is an error about credentials', async () => {
    const expired = { operation: 'DescribeVpcs', kind: 'error', code: 'RequestExpired', status: 400 } as const
    const { accountClients, count } = await openTestAccounts(undefined, { faults: [{ ...expired, every: true }] })
    const aws = await accountClients('gateway')
    await expect(aws.ec2(new DescribeVpcsCommand({}))).rejects.toMatchObject({ code: 'Expired', exit: 4 })
    expect(count('AssumeRole')).toBe(2)
  })
})
