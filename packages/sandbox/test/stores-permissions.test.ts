import { CreateLogGroupCommand, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateSecretCommand, DeleteSecretCommand, DescribeSecretCommand } from '@aws-sdk/client-secrets-manager'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { describe, expect, it } from 'vitest'
import { rehearse } from '../../../test/support/sandbox.ts'

const account = '111122223333'
const roleArn = `arn:aws:iam::${account}:role/deployer`
const secrets = `arn:aws:secretsmanager:us-east-1:${account}:secret:shop-*`
const group = `arn:aws:logs:us-east-1:${account}:log-group:/privlink/shop`

/** Clients of a role that may do exactly this. */
async function allowed(...statements: object[]) {
  const Statement = statements.map((statement) => ({ Effect: 'Allow', ...statement }))
  const policies = [{ Version: '2012-10-17', Statement }]
  const { clients } = await rehearse({
    seed: { accounts: [{ id: account, roles: [{ arn: roleArn, trusts: account, policies }] }] },
  })
  const { Credentials: keys } = await clients(account).sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'test' }),
  )
  return clients({
    accessKeyId: keys?.AccessKeyId ?? '',
    secretAccessKey: keys?.SecretAccessKey ?? '',
    sessionToken: keys?.SessionToken ?? '',
  })
}

const Tags = [{ Key: 'owner', Value: 'shop' }]
const named = { Name: 'shop-key', SecretString: 'x' }

describe('permissions on secrets', () => {
  it('go by name before there is an ARN, and tags need one of their own', async () => {
    const Action = ['secretsmanager:CreateSecret', 'secretsmanager:DescribeSecret']
    const { secretsmanager } = await allowed({ Action, Resource: secrets })
    await expect(secretsmanager.send(new CreateSecretCommand({ ...named, Tags }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('secretsmanager:TagResource'),
    })
    await secretsmanager.send(new CreateSecretCommand(named))
    await secretsmanager.send(new DescribeSecretCommand({ SecretId: 'shop-key' }))
    // What is not there is not found, rather than denied.
    await expect(secretsmanager.send(new DescribeSecretCommand({ SecretId: 'shop-none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    await expect(
      secretsmanager.send(new CreateSecretCommand({ Name: 'other', SecretString: 'x' })),
    ).rejects.toMatchObject({ message: expect.stringContaining('secret:other-*') })
  })

  it('see tags, and whether a deletion leaves no way back', async () => {
    const { secretsmanager } = await allowed(
      { Action: ['secretsmanager:CreateSecret', 'secretsmanager:TagResource'], Resource: secrets },
      {
        Action: 'secretsmanager:DeleteSecret',
        Resource: secrets,
        Condition: {
          StringEquals: { 'aws:ResourceTag/owner': 'shop', 'secretsmanager:ForceDeleteWithoutRecovery': 'true' },
        },
      },
    )
    await secretsmanager.send(new CreateSecretCommand({ ...named, Tags }))
    const remove = (more: object) => secretsmanager.send(new DeleteSecretCommand({ SecretId: 'shop-key', ...more }))
    await expect(remove({ RecoveryWindowInDays: 7 })).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await remove({ ForceDeleteWithoutRecovery: true })
  })
})

describe('permissions on log groups', () => {
  const make = { logGroupName: '/privlink/shop' }

  it('end in :*, except those for tags', async () => {
    const bare = await allowed({ Action: 'logs:CreateLogGroup', Resource: group })
    await expect(bare.logs.send(new CreateLogGroupCommand(make))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`logs:CreateLogGroup on resource: ${group}:log-stream:`),
    })
    const whole = await allowed(
      { Action: 'logs:CreateLogGroup', Resource: `${group}:*` },
      { Action: 'logs:TagResource', Resource: group },
    )
    await whole.logs.send(new CreateLogGroupCommand({ ...make, tags: { owner: 'shop' } }))
  })

  it('to list them are for all', async () => {
    const one = await allowed({ Action: 'logs:DescribeLogGroups', Resource: `${group}:*` })
    await expect(one.logs.send(new DescribeLogGroupsCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    })
    const all = await allowed({ Action: 'logs:DescribeLogGroups', Resource: `arn:aws:logs:us-east-1:${account}:*` })
    await all.logs.send(new DescribeLogGroupsCommand({}))
  })
})
