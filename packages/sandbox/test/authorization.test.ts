import { CreateRestApiCommand, GetRestApisCommand } from '@aws-sdk/client-api-gateway'
import { CreateSecurityGroupCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { CreateTargetGroupCommand, DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { beforeAll, describe, expect, it } from 'vitest'
import { denialOf } from '../src/reads/authorization.ts'
import { type Clients, rehearse, type Rehearsal } from '../../../test/support/sandbox.ts'

const account = '842340000000'
const role = `arn:aws:iam::${account}:role/limited`
const caller = `arn:aws:sts::${account}:assumed-role/limited/test`
const vpcId = 'vpc-0a1b2c3d4e5f60718'

let rehearsal: Rehearsal
beforeAll(async () => {
  rehearsal = await rehearse()
  await rehearsal.sandbox.seed({
    vpcs: [{ account, region: 'us-east-1', vpcId, cidr: '10.0.0.0/16', subnets: [] }],
  })
})

const allow = (Action: string | string[], Resource: string | string[], Condition?: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) }],
})

/** Clients of a session whose role has these policies. */
async function limitedTo(...policies: object[]): Promise<Clients> {
  const spec = { arn: role, trusts: '000000000000', ...(policies.length > 0 && { policies }) }
  await rehearsal.sandbox.seed({ accounts: [{ id: account, roles: [spec] }] })
  const { sts } = rehearsal.clients('000000000000')
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'test' }))
  return rehearsal.clients({
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  })
}

describe('a role with policies', () => {
  it('is refused what they do not allow, in the words of each service', async () => {
    const { ec2, elbv2, apigateway } = await limitedTo(allow('ec2:DescribeSubnets', '*'))
    const nobody = (action: string) => `because no identity-based policy allows the ${action} action`
    await expect(ec2.send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      $metadata: { httpStatusCode: 403 },
      message: `You are not authorized to perform this operation. User: ${caller} is not authorized to perform: ec2:DescribeVpcs ${nobody('ec2:DescribeVpcs')}`,
    })
    const group = { GroupName: 'a', Description: 'a', VpcId: vpcId }
    await expect(ec2.send(new CreateSecurityGroupCommand(group))).rejects.toThrow(
      `perform: ec2:CreateSecurityGroup on resource: arn:aws:ec2:us-east-1:${account}:security-group/* ${nobody('ec2:CreateSecurityGroup')}`,
    )
    await expect(elbv2.send(new DescribeTargetGroupsCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: ${caller} is not authorized to perform: elasticloadbalancing:DescribeTargetGroups ${nobody('elasticloadbalancing:DescribeTargetGroups')}`,
    })
    await expect(apigateway.send(new GetRestApisCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: ${caller} is not authorized to perform: apigateway:GET on resource: arn:aws:apigateway:us-east-1::/restapis ${nobody('apigateway:GET')}`,
    })
  })

  it('may tag on create only with a permission for that, and for tags that its conditions name', async () => {
    const tagged = (value: string) =>
      new CreateSecurityGroupCommand({
        GroupName: `group-${value}`,
        Description: 'a group',
        VpcId: vpcId,
        TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'team', Value: value }] }],
      })
    const make = allow('ec2:CreateSecurityGroup', '*')
    const tag = (action: string) =>
      allow('ec2:CreateTags', '*', { StringEquals: { 'aws:RequestTag/team': 'blue', 'ec2:CreateAction': action } })
    const without = await limitedTo(make)
    await expect(without.ec2.send(tagged('blue'))).rejects.toThrow('perform: ec2:CreateTags on resource: ')
    const elsewhere = await limitedTo(make, tag('CreateVpcEndpoint'))
    await expect(elsewhere.ec2.send(tagged('blue'))).rejects.toThrow('perform: ec2:CreateTags on resource: ')
    const allowed = await limitedTo(make, tag('CreateSecurityGroup'))
    await expect(allowed.ec2.send(tagged('red'))).rejects.toThrow('perform: ec2:CreateTags on resource: ')
    expect(await allowed.ec2.send(tagged('blue'))).toMatchObject({ GroupId: expect.stringMatching(/^sg-/) })
  })

  it('needs AddTags in ELB, and PUT on /tags/ in API Gateway, to tag on create', async () => {
    const { elbv2, apigateway } = await limitedTo(
      allow(['elasticloadbalancing:CreateTargetGroup', 'apigateway:POST'], '*'),
    )
    const group = { Name: 'a', Port: 80, VpcId: vpcId, Tags: [{ Key: 'a', Value: 'b' }] }
    await expect(elbv2.send(new CreateTargetGroupCommand({ ...group, Protocol: 'TCP' }))).rejects.toThrow(
      `perform: elasticloadbalancing:AddTags on resource: arn:aws:elasticloadbalancing:us-east-1:${account}:targetgroup/a/* `,
    )
    await expect(apigateway.send(new CreateRestApiCommand({ name: 'a', tags: { a: 'b' } }))).rejects.toThrow(
      'perform: apigateway:PUT on resource: arn:aws:apigateway:us-east-1::/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2F* ',
    )
    expect(await apigateway.send(new CreateRestApiCommand({ name: 'a' }))).toMatchObject({ name: 'a' })
  })

  it('is held to the Region and to an explicit deny, and may always ask who it is', async () => {
    const { ec2, sts } = await limitedTo(allow('*', '*', { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } }), {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Action: 'ec2:CreateSecurityGroup', Resource: '*' }],
    })
    expect(await ec2.send(new DescribeVpcsCommand({}))).toMatchObject({ Vpcs: [{ VpcId: vpcId }] })
    const group = { GroupName: 'b', Description: 'b', VpcId: vpcId }
    await expect(ec2.send(new CreateSecurityGroupCommand(group))).rejects.toThrow(
      'with an explicit deny in an identity-based policy',
    )
    await limitedTo(allow('s3:*', '*'))
    await expect(ec2.send(new DescribeVpcsCommand({}))).rejects.toThrow('no identity-based policy')
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Arn: caller })
  })

  it('hears before anything else that a dry run would have been refused', async () => {
    const { ec2 } = await limitedTo(allow('s3:*', '*'))
    await expect(ec2.send(new DescribeVpcsCommand({ DryRun: true }))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
    })
  })

  it('without policies may do everything', async () => {
    const { ec2 } = await limitedTo()
    expect(await ec2.send(new DescribeVpcsCommand({}))).toMatchObject({ Vpcs: [{ VpcId: vpcId }] })
  })

  it('cannot be seeded with what is no policy', async () => {
    await expect(limitedTo({ Statement: [{ Effect: 'Maybe', Action: '*' }] })).rejects.toThrow()
  })
})

describe('tag keys, of which there may be several', () => {
  const demand = { action: 'ec2:CreateTags', resource: '*', requestTags: { team: 'blue', cost: '1' } }
  const at = { principal: caller, account, region: 'us-east-1' }
  const keys = (quantifier: string, ...wanted: string[]) =>
    denialOf([allow('*', '*', { [`${quantifier}:StringEquals`]: { 'aws:TagKeys': wanted } })], demand, at) === undefined

  it('must all, or any, be among those of the condition', () => {
    expect(keys('ForAllValues', 'team', 'cost')).toBe(true)
    expect(keys('ForAllValues', 'team')).toBe(false)
    expect(keys('ForAnyValue', 'team')).toBe(true)
    expect(keys('ForAnyValue', 'owner')).toBe(false)
  })
})
