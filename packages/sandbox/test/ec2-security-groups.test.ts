import * as ec2 from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'

import { codeOf } from './support/refusal.ts'
import { rehearse } from '../../../test/support/sandbox.ts'
import { consumer, twoAccounts } from '../../../test/support/two-accounts.ts'

const vpcId = 'vpc-0000000000000bbbb'
const subnetId = 'subnet-000000000000bbbb1'

async function oneGroup() {
  const rehearsal = await rehearse({ seed: twoAccounts })
  const client = rehearsal.clients(consumer).ec2
  const create = (GroupName: string) =>
    client.send(new ec2.CreateSecurityGroupCommand({ GroupName, Description: 'for a test', VpcId: vpcId }))
  const { GroupId } = await create('callers')
  return { ...rehearsal, client, create, GroupId }
}

const https = (peer: Partial<ec2.IpPermission>): ec2.IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: 443,
  ToPort: 443,
  ...peer,
})

describe('Security groups', () => {
  it('say rules anew under their ids, and refuse to make two the same', async () => {
    const { client, GroupId } = await oneGroup()
    const from = (CidrIp: string, Description: string) => https({ IpRanges: [{ CidrIp, Description }] })
    const { SecurityGroupRules = [] } = await client.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [from('10.2.0.0/16', 'ours'), from('10.9.0.0/16', 'theirs')],
      }),
    )
    const [ours, theirs] = SecurityGroupRules.map((rule) => rule.SecurityGroupRuleId)
    const change = (SecurityGroupRule: ec2.SecurityGroupRuleRequest) =>
      client.send(
        new ec2.ModifySecurityGroupRulesCommand({
          GroupId,
          SecurityGroupRules: [{ SecurityGroupRuleId: theirs, SecurityGroupRule }],
        }),
      )
    const rules = async () => {
      const found = await client.send(
        new ec2.DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [ours ?? '', theirs ?? ''] }),
      )
      return found.SecurityGroupRules?.map(({ CidrIpv4, FromPort, Description }) => [CidrIpv4, FromPort, Description])
    }
    const ports = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }
    expect(await codeOf(change({ ...ports, CidrIpv4: '10.2.0.0/16' }))).toBe('InvalidPermission.Duplicate')
    await change({ ...ports, FromPort: 80, CidrIpv4: '10.8.0.0/16', Description: 'moved' })
    await client.send(
      new ec2.UpdateSecurityGroupRuleDescriptionsIngressCommand({
        GroupId,
        SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: ours, Description: 'said anew' }],
      }),
    )
    expect(await rules()).toEqual([
      ['10.2.0.0/16', 443, 'said anew'],
      ['10.8.0.0/16', 80, 'moved'],
    ])
    await client.send(
      new ec2.UpdateSecurityGroupRuleDescriptionsIngressCommand({
        GroupId,
        IpPermissions: [from('10.2.0.0/16', 'us')],
      }),
    )
    expect((await rules())?.[0]).toEqual(['10.2.0.0/16', 443, 'us'])
  })

  it('begin with a rule that lets everything out, and have one name per VPC', async () => {
    const { client, create, GroupId } = await oneGroup()
    const { SecurityGroups } = await client.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [GroupId ?? ''] }))
    expect(SecurityGroups).toMatchObject([
      {
        GroupName: 'callers',
        OwnerId: consumer,
        IpPermissions: [],
        IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      },
    ])
    expect(SecurityGroups?.[0]?.IpPermissionsEgress?.[0]).not.toHaveProperty('FromPort')
    expect(await codeOf(create('callers'))).toBe('InvalidGroup.Duplicate')
  })

  it('give each of their rules an id, and refuse a rule twice without adding its neighbours', async () => {
    const { client, GroupId } = await oneGroup()
    const authorize = (...ranges: string[]) =>
      client.send(
        new ec2.AuthorizeSecurityGroupIngressCommand({
          GroupId,
          IpPermissions: [https({ IpRanges: ranges.map((CidrIp) => ({ CidrIp, Description: 'office' })) })],
          TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'Name', Value: 'office' }] }],
        }),
      )
    const { SecurityGroupRules } = await authorize('10.0.0.0/8', '192.168.1.9/24')
    expect(SecurityGroupRules).toMatchObject([
      { GroupId, IsEgress: false, IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIpv4: '10.0.0.0/8' },
      { CidrIpv4: '192.168.1.0/24', Description: 'office', Tags: [{ Key: 'Name', Value: 'office' }] },
    ])
    expect(await codeOf(authorize('172.16.0.0/12', '10.0.0.0/8'))).toBe('InvalidPermission.Duplicate')
    const rules = await client.send(
      new ec2.DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [GroupId ?? ''] }] }),
    )
    expect(rules.SecurityGroupRules?.map((rule) => rule.CidrIpv4)).toEqual([
      '0.0.0.0/0',
      '10.0.0.0/8',
      '192.168.1.0/24',
    ])
    const id = SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? ''
    const byId = await client.send(new ec2.DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] }))
    expect(byId.SecurityGroupRules).toMatchObject([{ SecurityGroupRuleId: id, CidrIpv4: '10.0.0.0/8' }])
  })

  it('lose rules by permission or by id, and say when there is no such rule', async () => {
    const { client, GroupId } = await oneGroup()
    const all = (peer: Partial<ec2.IpPermission>) =>
      client.send(new ec2.RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [{ IpProtocol: '-1', ...peer }] }))
    await all({ IpRanges: [{ CidrIp: '0.0.0.0/0' }] })
    expect(await codeOf(all({ Ipv6Ranges: [{ CidrIpv6: '::/0' }] }))).toBe('InvalidPermission.NotFound')
    const added = await client.send(
      new ec2.AuthorizeSecurityGroupEgressCommand({
        GroupId,
        IpPermissions: [https({ UserIdGroupPairs: [{ GroupId }] })],
      }),
    )
    const rule = added.SecurityGroupRules?.[0]
    expect(rule?.ReferencedGroupInfo).toMatchObject({ GroupId, UserId: consumer })
    const byId = () =>
      client.send(
        new ec2.RevokeSecurityGroupEgressCommand({ GroupId, SecurityGroupRuleIds: [rule?.SecurityGroupRuleId ?? ''] }),
      )
    expect((await byId()).RevokedSecurityGroupRules).toMatchObject([{ ReferencedGroupId: GroupId, IsEgress: true }])
    expect(await codeOf(byId())).toBe('InvalidSecurityGroupRuleId.NotFound')
  })

  it('cannot go while an interface or another group needs them, and the default one never', async () => {
    const { client, create, clock, GroupId } = await oneGroup()
    const other = await create('others')
    const remove = (id: string | undefined) => codeOf(client.send(new ec2.DeleteSecurityGroupCommand({ GroupId: id })))
    const reference = { GroupId: other.GroupId, IpPermissions: [https({ UserIdGroupPairs: [{ GroupId }] })] }
    await client.send(new ec2.AuthorizeSecurityGroupIngressCommand(reference))
    expect(await remove(GroupId)).toBe('DependencyViolation')
    await client.send(new ec2.RevokeSecurityGroupIngressCommand(reference))

    const { VpcEndpoint } = await client.send(
      new ec2.CreateVpcEndpointCommand({
        VpcId: vpcId,
        VpcEndpointType: 'Interface',
        ServiceName: 'com.amazonaws.us-east-1.sts',
        SubnetIds: [subnetId],
        SecurityGroupIds: [GroupId ?? ''],
      }),
    )
    await client.send(new ec2.DeleteVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpoint?.VpcEndpointId ?? ''] }))
    expect(await remove(GroupId)).toBe('DependencyViolation')
    expect(await codeOf(client.send(new ec2.DeleteSubnetCommand({ SubnetId: subnetId })))).toBe('DependencyViolation')
    await clock.sleep(120_000)
    expect(await remove(GroupId)).toBe('no error')
    expect(await remove(GroupId)).toBe('InvalidGroup.NotFound')
    expect(await codeOf(client.send(new ec2.DeleteSubnetCommand({ SubnetId: subnetId })))).toBe('no error')

    const { SecurityGroups } = await client.send(
      new ec2.DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: ['default'] }] }),
    )
    expect(await remove(SecurityGroups?.[0]?.GroupId)).toBe('CannotDelete')
  })
})
