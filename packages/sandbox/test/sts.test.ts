import { DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { DescribeLoadBalancersCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { GetRestApisCommand } from '@aws-sdk/client-api-gateway'
import { expect, it } from 'vitest'

import { type Keys, operator, rehearse } from '../../../test/support/sandbox.ts'

const account = '842340000000'
const open = `arn:aws:iam::${account}:role/open`
const closed = `arn:aws:iam::${account}:role/closed`
const chained = `arn:aws:iam::${account}:role/chained`

const rehearseRoles = () =>
  rehearse({
    seed: {
      accounts: [
        {
          id: account,
          roles: [
            { arn: open, trusts: operator },
            { arn: closed, trusts: operator, externalId: 'acme' },
            { arn: chained, trusts: account },
          ],
        },
      ],
    },
  })

type Rehearsed = Awaited<ReturnType<typeof rehearse>>

async function assume({ clients }: Rehearsed, role: string, by: string | Keys = operator, more: object = {}) {
  const command = new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'privlink', ...more })
  const { Credentials } = await clients(by).sts.send(command)
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
    expires: Credentials?.Expiration?.getTime() ?? 0,
  }
}

it('a 12-digit key is the root of that account', async () => {
  const { clients } = await rehearse()
  const { Account, Arn, UserId } = await clients('111122223333').sts.send(new GetCallerIdentityCommand({}))
  expect({ Account, Arn, UserId }).toEqual({
    Account: '111122223333',
    Arn: 'arn:aws:iam::111122223333:root',
    UserId: '111122223333',
  })
})

it('an assumed role acts in its own account, under its own name', async () => {
  const sandbox = await rehearseRoles()
  const keys = await assume(sandbox, open)
  const { Account, Arn } = await sandbox.clients(keys).sts.send(new GetCallerIdentityCommand({}))
  expect({ Account, Arn }).toEqual({
    Account: account,
    Arn: `arn:aws:sts::${account}:assumed-role/open/privlink`,
  })
})

it('a session lasts an hour of the sandbox and is then refused by every service in its own words', async () => {
  const sandbox = await rehearseRoles()
  const { expires, ...keys } = await assume(sandbox, open)
  expect(expires - sandbox.clock.now()).toBe(3_600_000)
  await sandbox.clock.sleep(3_600_000)
  const { ec2, elbv2, apigateway, sts } = sandbox.clients(keys)
  await expect(ec2.send(new DescribeVpcsCommand({}))).rejects.toMatchObject({ name: 'RequestExpired' })
  await expect(elbv2.send(new DescribeLoadBalancersCommand({}))).rejects.toMatchObject({ name: 'ExpiredToken' })
  await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'ExpiredToken' })
  await expect(apigateway.send(new GetRestApisCommand({}))).rejects.toMatchObject({ name: 'ExpiredTokenException' })
})

it.each([
  ['without the external id', closed, operator, {}],
  ['with another external id', closed, operator, { ExternalId: 'other' }],
  ['from an account that it does not trust', open, '999999999999', {}],
  ['that does not exist', `arn:aws:iam::${account}:role/nobody`, operator, {}],
])('a role %s is not assumed', async (_, role, by, more) => {
  const sandbox = await rehearseRoles()
  await expect(assume(sandbox, role, by, more)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: `User: arn:aws:iam::${by}:root is not authorized to perform: sts:AssumeRole on resource: ${role}`,
    $metadata: { httpStatusCode: 403 },
  })
})

it('the right external id opens the role', async () => {
  const sandbox = await rehearseRoles()
  await expect(assume(sandbox, closed, operator, { ExternalId: 'acme' })).resolves.toBeTruthy()
})

it('a chained role lasts at most an hour', async () => {
  const sandbox = await rehearseRoles()
  const keys = await assume(sandbox, open)
  await expect(assume(sandbox, chained, keys)).resolves.toBeTruthy()
  await expect(assume(sandbox, chained, keys, { DurationSeconds: 3601 })).rejects.toThrow(/role chaining/)
})

it('a role lasts no longer than its own maximum, and no less than a quarter of an hour', async () => {
  const sandbox = await rehearseRoles()
  await expect(assume(sandbox, open, operator, { DurationSeconds: 7200 })).rejects.toThrow(/MaxSessionDuration/)
  await expect(assume(sandbox, open, operator, { DurationSeconds: 899 })).rejects.toMatchObject({
    name: 'ValidationError',
  })
})

it('unknown keys, and a session whose token was lost, are refused by every service in its own words', async () => {
  const sandbox = await rehearseRoles()
  const { accessKeyId, secretAccessKey } = await assume(sandbox, open)
  for (const keys of [
    { accessKeyId, secretAccessKey },
    { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey },
  ]) {
    const { ec2, apigateway, sts } = sandbox.clients(keys)
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' })
    await expect(ec2.send(new DescribeVpcsCommand({}))).rejects.toMatchObject({ name: 'AuthFailure' })
    await expect(apigateway.send(new GetRestApisCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    })
  }
})
