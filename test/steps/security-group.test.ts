import { describe, expect, it } from 'vitest'
import { PrivlinkError } from '../../src/errors.ts'
import { securityGroup } from '../../src/steps/security-group.ts'
import { flatRules, permissionsOf, rulesOf } from '../../src/steps/shared/security-group-rules.ts'
import { identity, scriptedAccount, sight } from './scripted-account.ts'

const everywhere = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }
const wanted = {
  vpcId: 'vpc-0a',
  description: 'test',
  ingress: [{ port: 80, groupId: 'sg-0caller' }],
  egress: [{ port: 80, cidrs: ['10.0.0.0/24', '10.0.1.0/24'] }],
}
const fresh = {
  GroupId: 'sg-0a',
  VpcId: 'vpc-0a',
  Tags: Object.entries(identity.tags).map(([Key, Value]) => ({ Key, Value })),
  IpPermissionsEgress: [everywhere],
}
const accountClients = (group: object, answers = {}) =>
  scriptedAccount(answers, { securityGroups: () => Promise.resolve([group]) })
const updateWith = async (account: ReturnType<typeof accountClients>, inputs = wanted) =>
  securityGroup.update?.({ aws: account.aws, inputs, facts: { groupId: 'sg-0a' }, drift: [], identity })

describe('a security group', () => {
  it('that has just been made differs by its rules and by the rule that lets everything out', async () => {
    const seen = await securityGroup.read(sight(accountClients(fresh).aws, wanted))
    expect(seen).toMatchObject({ state: 'ready', owner: 'ours', drift: [{ field: 'ingress' }, { field: 'egress' }] })
  })

  it('is brought to exactly its rules, the new before the old goes', async () => {
    const account = accountClients(fresh)
    await updateWith(account)
    expect(account.asked).toEqual([
      {
        operation: 'AuthorizeSecurityGroupIngress',
        input: {
          GroupId: 'sg-0a',
          IpPermissions: [
            { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [{ GroupId: 'sg-0caller' }] },
          ],
        },
      },
      {
        operation: 'AuthorizeSecurityGroupEgress',
        input: {
          GroupId: 'sg-0a',
          IpPermissions: [
            { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '10.0.0.0/24' }] },
            { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '10.0.1.0/24' }] },
          ],
        },
      },
      { operation: 'RevokeSecurityGroupEgress', input: { GroupId: 'sg-0a', IpPermissions: [everywhere] } },
    ])
  })

  it('is left alone where a rule is right: only what differs is touched', async () => {
    const account = accountClients({
      ...fresh,
      IpPermissions: permissionsOf(flatRules(wanted.ingress)),
      IpPermissionsEgress: permissionsOf(flatRules([{ port: 80, cidrs: ['10.0.0.0/24', '10.9.0.0/24'] }])),
    })
    await updateWith(account)
    expect(account.operations()).toEqual(['AuthorizeSecurityGroupEgress', 'RevokeSecurityGroupEgress'])
    expect(account.inputOf('RevokeSecurityGroupEgress')).toMatchObject({
      IpPermissions: [{ IpRanges: [{ CidrIp: '10.9.0.0/24' }] }],
    })
  })

  it('takes a rule that a lost call has already added for added', async () => {
    const twice = () => {
      throw new PrivlinkError('Duplicate', 'the rule already exists')
    }
    const account = accountClients(fresh, { AuthorizeSecurityGroupIngress: twice })
    await updateWith(account)
    expect(account.operations()).toHaveLength(3)
  })

  it('does not hide a refusal', async () => {
    const full = () => {
      throw new PrivlinkError('Quota', 'too many rules')
    }
    await expect(updateWith(accountClients(fresh, { AuthorizeSecurityGroupIngress: full }))).rejects.toThrow(
      'too many rules',
    )
  })

  it("with our name but without our tags is somebody else's", async () => {
    const account = scriptedAccount(
      {},
      {
        securityGroups: (by) => Promise.resolve('name' in by ? [{ ...fresh, Tags: [] }] : []),
      },
    )
    expect(await securityGroup.read(sight(account.aws, wanted))).toMatchObject({ state: 'ready', owner: 'other' })
  })
})

describe('rules', () => {
  it('name a block as EC2 does, which clears the bits of the host', () => {
    const [rule, ...others] = flatRules([{ port: 443, cidrs: ['10.0.3.5/16', '10.0.0.0/16', '10.0.4.7/16'] }])
    expect(rule).toMatchObject({ peer: '10.0.0.0/16' })
    expect(others).toEqual([])
  })

  it('are told apart by every kind of peer', () => {
    const all = [
      { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
      { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, PrefixListIds: [{ PrefixListId: 'pl-0a' }] },
      { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, UserIdGroupPairs: [{ GroupId: 'sg-0a' }] },
    ]
    expect(permissionsOf(rulesOf(all))).toEqual(all)
  })
})
