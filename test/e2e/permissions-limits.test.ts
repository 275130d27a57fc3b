import { CreateLogGroupCommand, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateClusterCommand, DeleteClusterCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs'
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateHostedZoneCommand } from '@aws-sdk/client-route-53'
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { beforeAll, describe, expect, it } from 'vitest'
import { exampleConfig } from '../support/example.ts'
import { furtherParts, grantedStand, printedFor } from '../support/granted.ts'
import type { Clients } from '../support/sandbox.ts'

const proxy = furtherParts.find(({ part }) => part === 'a proxy')

describe.skipIf(proxy === undefined)('with every permission that is printed for a proxy, a role cannot', () => {
  const account = '842340000000'
  /** Named as ours are: a name alone opens nothing. */
  const name = 'acme-mtls-theirs'
  const roleArn = `arn:aws:iam::${account}:role/${name}`
  const otherArn = `arn:aws:iam::${account}:role/theirs`
  const ours = { 'privlink:deployment': 'acme-mtls' }
  const ourTags = Object.entries(ours).map(([Key, Value]) => ({ Key, Value }))
  const trust = JSON.stringify({
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  })
  const everything = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })

  let workspace: Awaited<ReturnType<typeof grantedStand>>
  let role: Clients
  beforeAll(async () => {
    workspace = await grantedStand(proxy?.change)
    const { iam, secretsmanager, logs, ecs } = workspace.clients(account)
    for (const RoleName of [name, 'theirs'])
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }))
    await secretsmanager.send(new CreateSecretCommand({ Name: name, SecretString: 'theirs' }))
    await logs.send(new CreateLogGroupCommand({ logGroupName: `/privlink/${name}` }))
    await ecs.send(new CreateClusterCommand({ clusterName: name }))
    workspace.grant(printedFor(exampleConfig(proxy?.change)), ['setup', 'verify', 'teardown'])
    const { sts } = workspace.clients('000000000000')
    const RoleArn = `arn:aws:iam::${account}:role/privlink`
    const { Credentials: keys } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }))
    role = workspace.clients({
      accessKeyId: keys?.AccessKeyId ?? '',
      secretAccessKey: keys?.SecretAccessKey ?? '',
      sessionToken: keys?.SessionToken ?? '',
    })
  })

  const define = (executionRoleArn: string) =>
    new RegisterTaskDefinitionCommand({
      family: name,
      executionRoleArn,
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      containerDefinitions: [{ name: 'a', image: 'nginx' }],
      tags: Object.entries(ours).map(([key, value]) => ({ key, value })),
    })

  const attempts: Record<string, () => Promise<unknown>> = {
    "give somebody else's role everything": () =>
      role.iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'a', PolicyDocument: everything })),
    "let others act as somebody else's role": () =>
      role.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: trust })),
    "delete somebody else's role": () => role.iam.send(new DeleteRoleCommand({ RoleName: name })),
    'give itself everything': () =>
      role.iam.send(new PutRolePolicyCommand({ RoleName: 'privlink', PolicyName: 'a', PolicyDocument: everything })),
    'call a role of another name ours': () => role.iam.send(new TagRoleCommand({ RoleName: 'theirs', Tags: ourTags })),
    'make a role of another name': () =>
      role.iam.send(new CreateRoleCommand({ RoleName: 'a', AssumeRolePolicyDocument: trust, Tags: ourTags })),
    'make a role that is not marked': () =>
      role.iam.send(new CreateRoleCommand({ RoleName: `${name}-2`, AssumeRolePolicyDocument: trust })),
    'hand a role of another name to a task': () => role.ecs.send(define(otherArn)),
    'read a secret': () => role.secretsmanager.send(new GetSecretValueCommand({ SecretId: name })),
    "overwrite somebody else's secret": () =>
      role.secretsmanager.send(new PutSecretValueCommand({ SecretId: name, SecretString: 'ours' })),
    "delete somebody else's secret": () => role.secretsmanager.send(new DeleteSecretCommand({ SecretId: name })),
    "delete somebody else's log group": () =>
      role.logs.send(new DeleteLogGroupCommand({ logGroupName: `/privlink/${name}` })),
    "delete somebody else's cluster": () => role.ecs.send(new DeleteClusterCommand({ cluster: name })),
    'make a public hosted zone': () =>
      role.route53.send(new CreateHostedZoneCommand({ Name: 'example.com', CallerReference: 'a' })),
  }

  it.each(Object.keys(attempts))('%s', async (attempt) => {
    const before = workspace.inventory()
    await expect(attempts[attempt]?.()).rejects.toMatchObject({
      message: expect.stringContaining('because no identity-based policy allows the '),
    })
    expect(workspace.inventory()).toEqual(before)
  })

  // No tag of a role counts where it is handed on (IAM User Guide): what keeps others out is the name.
  it('is only held by the name where it hands a role on', async () => {
    expect(await role.ecs.send(define(roleArn))).toMatchObject({ taskDefinition: { family: name } })
  })
})
