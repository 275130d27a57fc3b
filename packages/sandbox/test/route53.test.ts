import * as route53 from '@aws-sdk/client-route-53'
import { ModifyVpcAttributeCommand } from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'

import { zoneAddresses } from '../src/reads/hosted-zones.ts'
import { codeOf, complaintOf } from './support/refusal.ts'
import { rehearse } from '../../../test/support/sandbox.ts'
import { consumer, loadBalancerArn, provider, twoAccounts } from '../../../test/support/two-accounts.ts'

const vpcId = 'vpc-0000000000000bbbb'
const VPC = { VPCId: vpcId, VPCRegion: 'us-east-1' as const }

async function withZone(Name = 'payments.example.internal') {
  const rehearsal = await rehearse({ seed: twoAccounts })
  const { ec2, route53: client } = rehearsal.clients(consumer)
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: true } }))
  const create = (name: string, CallerReference: string, more: Partial<route53.CreateHostedZoneRequest> = { VPC }) =>
    client.send(new route53.CreateHostedZoneCommand({ Name: name, CallerReference, ...more }))
  const made = await create(Name, 'first', { VPC, HostedZoneConfig: { Comment: 'a & b', PrivateZone: true } })
  const HostedZoneId = made.HostedZone?.Id?.replace('/hostedzone/', '') ?? ''
  const change = (...Changes: route53.Change[]) =>
    client.send(new route53.ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }))
  const list = async (more: Partial<route53.ListResourceRecordSetsRequest> = {}) =>
    client.send(new route53.ListResourceRecordSetsCommand({ HostedZoneId, ...more }))
  const resolve = (name: string, follow: (name: string) => string[] | undefined = () => undefined) =>
    zoneAddresses(rehearsal.sandbox.world, rehearsal.clock.now(), vpcId, name, follow)
  return { ...rehearsal, client, made, HostedZoneId, create, change, list, resolve, ec2 }
}

const record = (Name: string, Type: route53.RRType, ...values: string[]): route53.ResourceRecordSet => ({
  Name,
  Type,
  TTL: 60,
  ResourceRecords: values.map((Value) => ({ Value })),
})

describe('Hosted zones', () => {
  it('are made private with a VPC, answered with 201, a Location and a change that is in sync a while later', async () => {
    const { made, HostedZoneId, client, clock } = await withZone()
    expect(made).toMatchObject({
      $metadata: { httpStatusCode: 201 },
      Location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${HostedZoneId}`,
      HostedZone: {
        Id: `/hostedzone/${HostedZoneId}`,
        Name: 'payments.example.internal.',
        Config: { Comment: 'a & b', PrivateZone: true },
        ResourceRecordSetCount: 2,
      },
      ChangeInfo: { Status: 'PENDING' },
      VPC,
    })
    const Id = made.ChangeInfo?.Id
    const status = async () => (await client.send(new route53.GetChangeCommand({ Id }))).ChangeInfo?.Status
    expect(await status()).toBe('PENDING')
    await clock.sleep(30_000)
    expect(await status()).toBe('INSYNC')
    const seen = await client.send(new route53.GetHostedZoneCommand({ Id: HostedZoneId }))
    expect(seen).toMatchObject({ HostedZone: { CallerReference: 'first' }, VPCs: [VPC] })
    expect(seen.DelegationSet).toBeUndefined()
  })

  it('are made once per caller reference, and one per name and VPC', async () => {
    const { create, HostedZoneId, client } = await withZone()
    await expect(create('other.internal', 'first')).rejects.toMatchObject({
      name: 'HostedZoneAlreadyExists',
      $metadata: { httpStatusCode: 409 },
    })
    expect(await complaintOf(create('Payments.example.internal.', 'second'))).toBe(
      `The VPC ${vpcId} in region us-east-1 has already been associated with the hosted zone ${HostedZoneId} with the same domain name.`,
    )
    expect(await codeOf(create('x.internal', 'third', { VPC: { ...VPC, VPCId: 'vpc-0000000000000aaaa' } }))).toBe(
      'NotAuthorizedException',
    )
    expect(await codeOf(create('a..b', 'fourth'))).toBe('InvalidDomainName')
    await create('internal', 'fifth')
    await client.send(new route53.DeleteHostedZoneCommand({ Id: HostedZoneId }))
    expect(await codeOf(create('payments.example.internal', 'first'))).toBe('HostedZoneAlreadyExists')
  })

  it('are listed by name, by type and by VPC, in pages', async () => {
    const { client, create, HostedZoneId } = await withZone('b.internal')
    await create('a.internal', 'second')
    await create('public.example', 'third', {})
    const names = (zones: route53.HostedZone[] = []) => zones.map(({ Name }) => Name)
    const byName = await client.send(new route53.ListHostedZonesByNameCommand({ MaxItems: 2 }))
    expect(names(byName.HostedZones)).toEqual(['public.example.', 'a.internal.'])
    expect(byName).toMatchObject({ IsTruncated: true, NextDNSName: 'b.internal.', NextHostedZoneId: HostedZoneId })
    const only = await client.send(new route53.ListHostedZonesCommand({ HostedZoneType: 'PrivateHostedZone' }))
    expect(names(only.HostedZones)).toEqual(['b.internal.', 'a.internal.'])
    const byVpc = new route53.ListHostedZonesByVPCCommand({ VPCId: vpcId, VPCRegion: 'us-east-1' })
    expect((await client.send(byVpc)).HostedZoneSummaries).toContainEqual({
      HostedZoneId,
      Name: 'b.internal.',
      Owner: { OwningAccount: consumer },
    })
  })

  it('keep their last VPC, and go only without records of their own', async () => {
    const { client, HostedZoneId, change } = await withZone()
    const disassociate = new route53.DisassociateVPCFromHostedZoneCommand({ HostedZoneId, VPC })
    expect(await codeOf(client.send(disassociate))).toBe('LastVPCAssociation')
    expect(await codeOf(client.send(new route53.AssociateVPCWithHostedZoneCommand({ HostedZoneId, VPC })))).toBe(
      'ConflictingDomainExists',
    )
    const set = record('payments.example.internal', 'A', '10.2.1.9')
    await change({ Action: 'CREATE', ResourceRecordSet: set })
    const remove = () => client.send(new route53.DeleteHostedZoneCommand({ Id: HostedZoneId }))
    expect(await codeOf(remove())).toBe('HostedZoneNotEmpty')
    await change({ Action: 'DELETE', ResourceRecordSet: set })
    await remove()
    expect(await codeOf(remove())).toBe('NoSuchHostedZone')
  })

  it('belong to their account alone, in all Regions', async () => {
    const { clients, HostedZoneId } = await withZone()
    const seenBy = (account: string, region: string) =>
      clients(account, region).route53.send(new route53.GetHostedZoneCommand({ Id: HostedZoneId }))
    expect((await seenBy(consumer, 'eu-central-1')).HostedZone?.Name).toBe('payments.example.internal.')
    expect(await codeOf(seenBy(provider, 'us-east-1'))).toBe('NoSuchHostedZone')
  })

  it('have tags', async () => {
    const { client, HostedZoneId: ResourceId } = await withZone()
    const change = (more: Partial<route53.ChangeTagsForResourceRequest>) =>
      client.send(new route53.ChangeTagsForResourceCommand({ ResourceType: 'hostedzone', ResourceId, ...more }))
    await change({
      AddTags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '' },
      ],
    })
    await change({ RemoveTagKeys: ['a'], AddTags: [{ Key: 'c', Value: '<3>' }] })
    const one = new route53.ListTagsForResourceCommand({ ResourceType: 'hostedzone', ResourceId })
    const Tags = [
      { Key: 'b', Value: '' },
      { Key: 'c', Value: '<3>' },
    ]
    expect((await client.send(one)).ResourceTagSet).toEqual({ ResourceType: 'hostedzone', ResourceId, Tags })
    const many = new route53.ListTagsForResourcesCommand({ ResourceType: 'hostedzone', ResourceIds: [ResourceId] })
    expect((await client.send(many)).ResourceTagSets).toMatchObject([{ ResourceId, Tags }])
  })

  it('take five requests a second from an account, whatever the Region', async () => {
    const { clients } = await rehearse({ throttle: true })
    const count = (region: string) => clients(consumer, region).route53.send(new route53.GetHostedZoneCountCommand({}))
    for (const region of ['us-east-1', 'eu-west-1', 'us-east-1', 'eu-west-1', 'us-east-1']) await count(region)
    expect(await codeOf(count('eu-west-1'))).toBe('Throttling')
  })
})

describe('Records', () => {
  it('are listed with NS and SOA, by labels from the right, in pages', async () => {
    const { change, list } = await withZone()
    await change(
      { Action: 'UPSERT', ResourceRecordSet: record('z.payments.example.internal', 'TXT', '"one" "two"') },
      { Action: 'CREATE', ResourceRecordSet: record('*.payments.example.internal.', 'A', '10.2.1.1', '10.2.1.2') },
    )
    const { ResourceRecordSets = [] } = await list()
    expect(ResourceRecordSets.map(({ Name, Type }) => `${Type} ${Name}`)).toEqual([
      'NS payments.example.internal.',
      'SOA payments.example.internal.',
      'A \\052.payments.example.internal.',
      'TXT z.payments.example.internal.',
    ])
    expect(ResourceRecordSets[3]).toEqual(record('z.payments.example.internal.', 'TXT', '"one" "two"'))
    const page = { StartRecordName: 'payments.example.internal', StartRecordType: 'SOA' as const, MaxItems: 1 }
    expect(await list(page)).toMatchObject({
      ResourceRecordSets: [{ Type: 'SOA' }],
      IsTruncated: true,
      NextRecordName: '\\052.payments.example.internal.',
      NextRecordType: 'A',
    })
  })

  it('change together or not at all, and every refusal is in the message', async () => {
    const { change, list } = await withZone()
    const a = record('payments.example.internal', 'A', '10.2.1.1')
    await change({ Action: 'CREATE', ResourceRecordSet: a })
    const refused = change(
      { Action: 'CREATE', ResourceRecordSet: record('new.payments.example.internal', 'A', '10.2.1.2') },
      { Action: 'CREATE', ResourceRecordSet: a },
      { Action: 'DELETE', ResourceRecordSet: record('gone.payments.example.internal', 'A', '10.2.1.2') },
      { Action: 'DELETE', ResourceRecordSet: record('payments.example.internal', 'A', '10.2.1.2') },
      { Action: 'CREATE', ResourceRecordSet: record('elsewhere.internal', 'A', '10.2.1.2') },
      { Action: 'CREATE', ResourceRecordSet: record('payments.example.internal', 'CNAME', 'a.b') },
      { Action: 'CREATE', ResourceRecordSet: record('bad.payments.example.internal', 'A', 'localhost') },
      { Action: 'CREATE', ResourceRecordSet: record('bad.payments.example.internal', 'TXT', 'bare') },
    )
    const zone = 'zone payments.example.internal.'
    const set = (name: string) => `resource record set [name='${name}payments.example.internal.', type='A']`
    expect(await complaintOf(refused)).toBe(
      `[${[
        `Tried to create ${set('')} but it already exists`,
        `Tried to delete ${set('gone.')} but it was not found`,
        `Tried to delete ${set('')} but the values provided do not match the current values`,
        `RRSet with DNS name elsewhere.internal. is not permitted in ${zone}`,
        `RRSet of type CNAME with DNS name payments.example.internal. is not permitted at apex in ${zone}`,
        `Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with 'localhost''`,
        `Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with 'bare''`,
      ].join(', ')}]`,
    )
    expect((await list()).ResourceRecordSets).toHaveLength(3)
  })

  it('are either values with a TTL or an alias, and keep a CNAME alone', async () => {
    const { change } = await withZone()
    const bare = { Name: 'x.payments.example.internal', Type: 'A' as const }
    expect(await codeOf(change({ Action: 'CREATE', ResourceRecordSet: bare }))).toBe('InvalidInput')
    await change({ Action: 'CREATE', ResourceRecordSet: record(bare.Name, 'CNAME', 'y.example') })
    expect(
      await complaintOf(change({ Action: 'UPSERT', ResourceRecordSet: record(bare.Name, 'A', '10.2.1.1') })),
    ).toContain('because a conflicting RRSet of type CNAME with the same DNS name already exists')
    const weighted = { ...record(bare.Name, 'A', '10.2.1.1'), SetIdentifier: 'one', Weight: 1 }
    expect(await complaintOf(change({ Action: 'CREATE', ResourceRecordSet: weighted }))).toContain(
      'The sandbox does not model SetIdentifier',
    )
  })

  it('lead by alias to what is there, under its own hosted zone id', async () => {
    const { change, HostedZoneId, sandbox } = await withZone()
    const { dnsName = '' } = sandbox.world.elbv2.loadBalancers[loadBalancerArn] ?? {}
    const alias = (DNSName: string, id: string): route53.Change => ({
      Action: 'UPSERT',
      ResourceRecordSet: {
        Name: 'payments.example.internal',
        Type: 'A',
        AliasTarget: { DNSName, HostedZoneId: id, EvaluateTargetHealth: false },
      },
    })
    await change(alias(dnsName, 'Z26RNL4JYFTOTI'))
    expect(await complaintOf(change(alias('none.us-east-1.vpce.amazonaws.com', 'Z7HUB22UULQXV')))).toContain(
      'Tried to create an alias that targets none.us-east-1.vpce.amazonaws.com., type A in zone Z7HUB22UULQXV, but that target was not found',
    )
    expect(await complaintOf(change(alias('other.internal', HostedZoneId)))).toContain(
      'but the alias target name does not lie within the target zone',
    )
  })
})

describe('The resolver of a VPC', () => {
  it('answers from its private zones once they are in sync, the longest name first, and from nothing else below them', async () => {
    const { change, create, resolve, clock, ec2 } = await withZone()
    await create('example.internal', 'parent')
    await change(
      { Action: 'CREATE', ResourceRecordSet: record('payments.example.internal', 'A', '10.2.1.1', '10.2.1.2') },
      {
        Action: 'CREATE',
        ResourceRecordSet: record('www.payments.example.internal', 'CNAME', 'payments.example.internal'),
      },
      { Action: 'CREATE', ResourceRecordSet: record('far.payments.example.internal', 'CNAME', 'far.example.com') },
      { Action: 'CREATE', ResourceRecordSet: record('*.w.payments.example.internal', 'A', '10.2.1.3') },
    )
    expect(resolve('payments.example.internal')).toBeUndefined()
    await clock.sleep(60_000)
    expect(resolve('Payments.example.internal.')).toEqual(['10.2.1.1', '10.2.1.2'])
    expect(resolve('www.payments.example.internal')).toEqual(['10.2.1.1', '10.2.1.2'])
    const follow = (name: string) => (name === 'far.example.com' ? ['192.0.2.1'] : undefined)
    expect(resolve('far.payments.example.internal', follow)).toEqual(['192.0.2.1'])
    expect(resolve('a.b.w.payments.example.internal')).toEqual(['10.2.1.3'])
    expect(resolve('none.payments.example.internal', () => ['192.0.2.9'])).toEqual([])
    expect(resolve('other.example.internal')).toEqual([])
    expect(resolve('example.com')).toBeUndefined()
    await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: false } }))
    expect(resolve('payments.example.internal')).toBeUndefined()
  })
})
