import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { beforeEach, describe, expect, it } from 'vitest'
import { durations } from '../src/state/durations.ts'
import { mayAssume, roleDenial, roleMay } from '../src/reads/roles.ts'
import { awsEnvironment, has, run } from '../../../test/support/programs.ts'
import { rehearse, type Rehearsal } from '../../../test/support/sandbox.ts'

const account = '842340000000'
const arn = `arn:aws:iam::${account}:role/worker`
const vpcAccess = 'arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole'

const trusting = (principal: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
  })
const lambdaTrust = trusting({ Service: 'lambda.amazonaws.com' })
const allowing = (Action: string, Resource = '*') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid: 'One', Effect: 'Allow', Action, Resource }] })

let rehearsal: Rehearsal
let iam: IAMClient
beforeEach(async () => {
  rehearsal = await rehearse()
  iam = rehearsal.clients(account).iam
})

const make = (more: object = {}) =>
  iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: lambdaTrust, ...more }))
const put = (PolicyDocument: string, PolicyName = 'inline') =>
  iam.send(new PutRolePolicyCommand({ RoleName: 'worker', PolicyName, PolicyDocument }))
const spread = () => rehearsal.clock.sleep(durations.roleEffective)

describe('a role', () => {
  it('is made with path, tags and settings, and is told with its trust policy percent-encoded', async () => {
    const { Role } = await make({ Path: '/team/', Description: 'works', Tags: [{ Key: 'a', Value: 'b' }] })
    expect(Role).toMatchObject({
      Arn: `arn:aws:iam::${account}:role/team/worker`,
      Path: '/team/',
      RoleId: expect.stringMatching(/^AROA[0-9A-F]{17}$/),
      MaxSessionDuration: 3600,
    })
    expect(Role?.AssumeRolePolicyDocument).toMatch(/^%7B%22Version%22%3A%222012-10-17%22/)
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(lambdaTrust)
    const elsewhere = rehearsal.clients(account, 'eu-west-1').iam
    const seen = await elsewhere.send(new GetRoleCommand({ RoleName: 'worker' }))
    expect(seen.Role).toMatchObject({ Description: 'works', Tags: [{ Key: 'a', Value: 'b' }] })
    await expect(
      rehearsal.clients('014770000000').iam.send(new GetRoleCommand({ RoleName: 'worker' })),
    ).rejects.toMatchObject({ name: 'NoSuchEntityException', message: 'The role with name worker cannot be found.' })
  })

  it('has a name of its own, and is listed without its tags', async () => {
    await make({ Tags: [{ Key: 'a', Value: 'b' }] })
    await expect(make({ RoleName: 'Worker', Path: '/other/' })).rejects.toMatchObject({
      name: 'EntityAlreadyExistsException',
      message: 'Role with name Worker already exists.',
      $metadata: { httpStatusCode: 409 },
    })
    await make({ RoleName: 'another' })
    const first = await iam.send(new ListRolesCommand({ MaxItems: 1 }))
    expect(first).toMatchObject({ Roles: [{ RoleName: 'another' }], IsTruncated: true })
    const rest = await iam.send(new ListRolesCommand({ Marker: first.Marker }))
    expect(rest).toMatchObject({ Roles: [{ RoleName: 'worker' }], IsTruncated: false })
    expect(rest.Roles?.[0]?.Tags).toBeUndefined()
  })

  it('is deleted once it has no policies any more', async () => {
    await make()
    await put(allowing('s3:GetObject'))
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn: vpcAccess }))
    const gone = () => iam.send(new DeleteRoleCommand({ RoleName: 'worker' }))
    await expect(gone()).rejects.toMatchObject({
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must detach all policies first.',
    })
    await iam.send(new DetachRolePolicyCommand({ RoleName: 'worker', PolicyArn: vpcAccess }))
    await expect(gone()).rejects.toThrow('Cannot delete entity, must delete policies first.')
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'worker', PolicyName: 'inline' }))
    await gone()
    await expect(gone()).rejects.toMatchObject({ name: 'NoSuchEntityException' })
  })

  it('is changed: settings, trust and tags', async () => {
    await make({ Description: 'old', Tags: [{ Key: 'a', Value: 'b' }] })
    await iam.send(new UpdateRoleCommand({ RoleName: 'worker', MaxSessionDuration: 7200 }))
    const PolicyDocument = trusting({ Service: 'ecs-tasks.amazonaws.com' })
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'worker', PolicyDocument }))
    await iam.send(new TagRoleCommand({ RoleName: 'worker', Tags: [{ Key: 'c', Value: 'd' }] }))
    await iam.send(new UntagRoleCommand({ RoleName: 'worker', TagKeys: ['a'] }))
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'worker' }))
    expect(Role).toMatchObject({ MaxSessionDuration: 7200, Tags: [{ Key: 'c', Value: 'd' }] })
    expect(Role?.Description).toBeUndefined()
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(PolicyDocument)
    const tags = await iam.send(new ListRoleTagsCommand({ RoleName: 'worker' }))
    expect(tags).toMatchObject({ Tags: [{ Key: 'c' }], IsTruncated: false })
  })

  it('has its policies listed and told, and belongs to no instance profile', async () => {
    await make()
    await put(allowing('s3:GetObject'))
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn: vpcAccess }))
    expect(await iam.send(new ListRolePoliciesCommand({ RoleName: 'worker' }))).toMatchObject({
      PolicyNames: ['inline'],
    })
    expect(await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'worker' }))).toMatchObject({
      AttachedPolicies: [{ PolicyName: 'AWSLambdaVPCAccessExecutionRole', PolicyArn: vpcAccess }],
    })
    const told = await iam.send(new GetRolePolicyCommand({ RoleName: 'worker', PolicyName: 'inline' }))
    expect(decodeURIComponent(told.PolicyDocument ?? '')).toBe(allowing('s3:GetObject'))
    await expect(iam.send(new GetRolePolicyCommand({ RoleName: 'worker', PolicyName: 'other' }))).rejects.toThrow(
      'The role policy with name other cannot be found.',
    )
    expect(await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: 'worker' }))).toMatchObject({
      InstanceProfiles: [],
    })
  })

  it('is not made with what IAM refuses', async () => {
    const trust = (AssumeRolePolicyDocument: string) => make({ AssumeRolePolicyDocument })
    await expect(trust('{')).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
      message: 'This policy contains invalid Json',
    })
    await expect(trust(allowing('sts:AssumeRole'))).rejects.toThrow('Has prohibited field Resource')
    await expect(trust(lambdaTrust.replace('sts:', 's3:'))).rejects.toThrow('may only specify STS AssumeRole actions')
    await expect(make({ RoleName: 'a b' })).rejects.toThrow("Value 'a b' at 'roleName' failed to satisfy constraint")
    await expect(make({ RoleName: 'a'.repeat(65) })).rejects.toThrow('length less than or equal to 64')
    await expect(make({ MaxSessionDuration: 60 })).rejects.toMatchObject({ name: 'ValidationError' })
    await expect(make({ Tags: [{ Key: 'aws:a', Value: '' }] })).rejects.toMatchObject({ name: 'InvalidInputException' })
    await make()
    await expect(put(lambdaTrust)).rejects.toThrow('Policy document should not specify a principal.')
    await expect(put(allowing('s3:GetObject', 'bucket'))).rejects.toThrow(
      'Resource bucket must be in ARN format or "*".',
    )
    await expect(put(allowing('GetObject'))).rejects.toThrow('must be prefaced by a vendor')
    await expect(put(allowing('s3:GetObject').replace('One', 'a b'))).rejects.toThrow('must be alpha-numeric')
    await expect(put(allowing(`s3:${'a'.repeat(10_240)}`))).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Maximum policy size of 10240 bytes exceeded for role worker',
    })
    const unknown = { RoleName: 'worker', PolicyArn: 'arn:aws:iam::aws:policy/Unknown' }
    await expect(iam.send(new AttachRolePolicyCommand(unknown))).rejects.toThrow(
      'Policy arn:aws:iam::aws:policy/Unknown does not exist or is not attachable.',
    )
  })

  it('that is linked to a service is its own', async () => {
    const linked = () => iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' }))
    expect((await linked()).Role?.Arn).toBe(
      `arn:aws:iam::${account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    )
    await expect(linked()).rejects.toMatchObject({
      name: 'InvalidInputException',
      message: expect.stringContaining('has been taken in this account'),
    })
    await expect(iam.send(new DeleteRoleCommand({ RoleName: 'AWSServiceRoleForECS' }))).rejects.toMatchObject({
      name: 'UnmodifiableEntityException',
    })
  })
})

describe('what a role is good for', () => {
  const demand = { action: 'ec2:CreateNetworkInterface', resource: '*' }
  const may = () => roleMay(rehearsal.sandbox.world, arn, demand, { now: rehearsal.clock.now() })
  const assumable = (service = 'lambda.amazonaws.com') =>
    mayAssume(rehearsal.sandbox.world, rehearsal.clock.now(), arn, service)

  it('has to spread: a service can act as a new role, and do what it grants, only after a while', async () => {
    expect(assumable()).toBe(false)
    await make()
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn: vpcAccess }))
    expect([assumable(), may()]).toEqual([false, false])
    await spread()
    expect([assumable(), may()]).toEqual([true, true])
    expect(assumable('ecs-tasks.amazonaws.com')).toBe(false)
    const PolicyDocument = trusting({ Service: 'ecs-tasks.amazonaws.com' })
    for (const document of [trusting({ AWS: account }), PolicyDocument])
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'worker', PolicyDocument: document }))
    expect(assumable()).toBe(true)
    await spread()
    expect([assumable(), assumable('ecs-tasks.amazonaws.com')]).toEqual([false, true])
  })

  it('is nothing without policies, and the old policy until a new one has spread', async () => {
    await make()
    await spread()
    expect(may()).toBe(false)
    await put(allowing('ec2:*'))
    await spread()
    expect(may()).toBe(true)
    await put(allowing('s3:*'))
    expect(may()).toBe(true)
    await put(allowing('logs:*'))
    expect(may()).toBe(true)
    await spread()
    expect(roleDenial(rehearsal.sandbox.world, arn, demand, { session: 'shop' })).toBe(
      `User: arn:aws:sts::${account}:assumed-role/worker/shop is not authorized to perform: ec2:CreateNetworkInterface because no identity-based policy allows the ec2:CreateNetworkInterface action`,
    )
  })

  it('is asked of sessions: those of a role that is gone may do nothing', async () => {
    await make({ AssumeRolePolicyDocument: trusting({ AWS: `arn:aws:iam::${account}:root` }) })
    await put(allowing('iam:*'))
    const { sts } = rehearsal.clients(account)
    const assume = () => sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'me' }))
    await expect(assume()).rejects.toMatchObject({ name: 'AccessDenied' })
    await spread()
    const { Credentials } = await assume()
    const session = rehearsal.clients({
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    })
    expect(await session.iam.send(new GetRoleCommand({ RoleName: 'worker' }))).toMatchObject({ Role: { Arn: arn } })
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'worker', PolicyName: 'inline' }))
    await iam.send(new DeleteRoleCommand({ RoleName: 'worker' }))
    await expect(session.iam.send(new ListRolesCommand({}))).rejects.toThrow(
      'is not authorized to perform: iam:ListRoles',
    )
  })

  it('is asked of callers: on the role, by its tags, and with a permission to tag', async () => {
    const policy = (Action: string[], Condition?: object) => ({
      Statement: [
        { Effect: 'Allow', Action, Resource: `arn:aws:iam::${account}:role/w*`, ...(Condition && { Condition }) },
      ],
    })
    const limited = async (...policies: object[]) => {
      const role = `arn:aws:iam::${account}:role/limited`
      await rehearsal.sandbox.seed({ accounts: [{ id: account, roles: [{ arn: role, trusts: account, policies }] }] })
      const { sts } = rehearsal.clients(account)
      const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'me' }))
      iam = rehearsal.clients({
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      }).iam
    }
    const tagged = { Tags: [{ Key: 'team', Value: 'blue' }] }
    await limited(policy(['iam:CreateRole']))
    await expect(make(tagged)).rejects.toThrow(`perform: iam:TagRole on resource: ${arn} `)
    await expect(make({ RoleName: 'x' })).rejects.toThrow(
      `perform: iam:CreateRole on resource: arn:aws:iam::${account}:role/x `,
    )
    await limited(
      policy(['iam:CreateRole', 'iam:TagRole'], { StringEquals: { 'aws:RequestTag/team': 'blue' } }),
      policy(['iam:DeleteRole'], { StringEquals: { 'aws:ResourceTag/team': 'blue' } }),
    )
    await make(tagged)
    await iam.send(new DeleteRoleCommand({ RoleName: 'worker' }))
  })
})

const awsCli = has('aws', '--version')

describe.skipIf(!awsCli)('with the aws CLI', () => {
  it('a role is made, told with its documents read, and deleted', async () => {
    const aws = async (...args: string[]): Promise<unknown> => {
      const { code, stdout, stderr } = await run(awsEnvironment(rehearsal.sandbox.url, account), 'aws', 'iam', ...args)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      return stdout === '' ? undefined : JSON.parse(stdout)
    }
    const named = ['--role-name', 'worker']
    const inline = ['--policy-name', 'inline']
    await aws('create-role', ...named, '--assume-role-policy-document', lambdaTrust)
    await aws('put-role-policy', ...named, ...inline, '--policy-document', allowing('s3:GetObject'))
    expect(await aws('get-role', ...named)).toMatchObject({
      Role: { Arn: arn, AssumeRolePolicyDocument: JSON.parse(lambdaTrust) },
    })
    expect(await aws('get-role-policy', ...named, ...inline)).toMatchObject({
      PolicyDocument: JSON.parse(allowing('s3:GetObject')),
    })
    await aws('delete-role-policy', ...named, ...inline)
    await aws('delete-role', ...named)
    expect(rehearsal.sandbox.world.iam.roles).toEqual({})
  })
})
