import * as ec2 from '@aws-sdk/client-ec2'
import * as route53 from '@aws-sdk/client-route-53'
import { describe, expect, it } from 'vitest'

import { codeOf, complaintOf } from './support/refusal.ts'
import { rehearse } from '../../../test/support/sandbox.ts'
import { consumer, loadBalancerArn, provider, twoAccounts } from '../../../test/support/two-accounts.ts'

const vpcId = 'vpc-0000000000000bbbb'
const name = 'payments.example.com'

async function namedService() {
  const rehearsal = await rehearse({ seed: twoAccounts })
  const owner = rehearsal.clients(provider).ec2
  const user = rehearsal.clients(consumer).ec2
  const { ServiceConfiguration } = await owner.send(
    new ec2.CreateVpcEndpointServiceConfigurationCommand({
      NetworkLoadBalancerArns: [loadBalancerArn],
      AcceptanceRequired: false,
      PrivateDnsName: name,
    }),
  )
  const ServiceId = ServiceConfiguration?.ServiceId ?? ''
  const ServiceName = ServiceConfiguration?.ServiceName
  const AddAllowedPrincipals = [`arn:aws:iam::${consumer}:root`]
  await owner.send(new ec2.ModifyVpcEndpointServicePermissionsCommand({ ServiceId, AddAllowedPrincipals }))
  await user.send(new ec2.ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: true } }))
  await rehearsal.clock.sleep(30_000)
  const configuration = async () => {
    const answer = await owner.send(
      new ec2.DescribeVpcEndpointServiceConfigurationsCommand({ ServiceIds: [ServiceId] }),
    )
    return answer.ServiceConfigurations?.[0]
  }
  const start = () => owner.send(new ec2.StartVpcEndpointServicePrivateDnsVerificationCommand({ ServiceId }))
  const modify = (more: Partial<ec2.ModifyVpcEndpointServiceConfigurationRequest>) =>
    owner.send(new ec2.ModifyVpcEndpointServiceConfigurationCommand({ ServiceId, ...more }))
  const connect = () =>
    user.send(
      new ec2.CreateVpcEndpointCommand({
        VpcEndpointType: 'Interface',
        VpcId: vpcId,
        ServiceName,
        SubnetIds: ['subnet-000000000000bbbb1'],
        PrivateDnsEnabled: true,
      }),
    )
  const write = (recordName: string, values: string[]) =>
    fetch(`${rehearsal.sandbox.url}/_privlink/public-records`, {
      method: 'POST',
      body: JSON.stringify({ name: recordName, values }),
    })
  const asked = ServiceConfiguration?.PrivateDnsNameConfiguration
  const prove = async (domain = name) => {
    await write(`${asked?.Name}.${domain}`, [asked?.Value ?? ''])
    await start()
    await rehearsal.clock.sleep(180_000)
  }
  return { ...rehearsal, owner, user, configuration, start, modify, connect, write, asked, prove, ServiceName }
}

describe('The private DNS name of an endpoint service', () => {
  it('asks for a TXT record, and cannot be used before it is verified', async () => {
    const { configuration, connect, asked, ServiceName } = await namedService()
    expect(await configuration()).toMatchObject({
      PrivateDnsName: name,
      PrivateDnsNameConfiguration: { State: 'pendingVerification', Type: 'TXT' },
    })
    expect(asked?.Name).toMatch(/^_[0-9a-f]{20}$/)
    expect(asked?.Value).toMatch(/^vpce:[0-9a-f]{20}$/)
    expect(await codeOf(connect())).toBe('InvalidParameter')
    expect(await complaintOf(connect())).toBe(
      `Private DNS can't be enabled because the service ${ServiceName} has not verified the private DNS name.`,
    )
  })

  it.each([name, 'example.com'])('is verified minutes after the start, with the record at %s', async (domain) => {
    const { configuration, connect, prove, user, ServiceName } = await namedService()
    await prove(domain)
    expect((await configuration())?.PrivateDnsNameConfiguration?.State).toBe('verified')
    const offer = new ec2.DescribeVpcEndpointServicesCommand({ ServiceNames: [ServiceName ?? ''] })
    expect((await user.send(offer)).ServiceDetails).toMatchObject([
      { PrivateDnsName: name, PrivateDnsNameVerificationState: 'verified' },
    ])
    const { VpcEndpoint } = await connect()
    expect(VpcEndpoint?.DnsEntries?.at(-1)).toMatchObject({ DnsName: name })
    expect(await complaintOf(connect())).toContain(`already a conflicting DNS domain for ${name} in the VPC ${vpcId}`)
  })

  it('is verified by a record in a public hosted zone too', async () => {
    const { configuration, clients, start, asked, clock } = await namedService()
    const { route53: dns } = clients(provider)
    const zone = await dns.send(new route53.CreateHostedZoneCommand({ Name: 'example.com', CallerReference: 'a' }))
    const ResourceRecordSet = {
      Name: `${asked?.Name}.example.com`,
      Type: 'TXT' as const,
      TTL: 300,
      ResourceRecords: [{ Value: `"${asked?.Value}"` }],
    }
    const ChangeBatch = { Changes: [{ Action: 'CREATE' as const, ResourceRecordSet }] }
    await dns.send(new route53.ChangeResourceRecordSetsCommand({ HostedZoneId: zone.HostedZone?.Id, ChangeBatch }))
    await start()
    await clock.sleep(180_000)
    expect((await configuration())?.PrivateDnsNameConfiguration?.State).toBe('verified')
  })

  it('fails without the record, and may be tried again', async () => {
    const { configuration, start, clock, prove } = await namedService()
    await start()
    await clock.sleep(180_000)
    expect((await configuration())?.PrivateDnsNameConfiguration?.State).toBe('failed')
    await prove()
    expect((await configuration())?.PrivateDnsNameConfiguration?.State).toBe('verified')
  })

  it('is proved anew when it is another one, and stays while it is in use', async () => {
    const { configuration, modify, prove, connect } = await namedService()
    await prove()
    await modify({ PrivateDnsName: name })
    expect((await configuration())?.PrivateDnsNameConfiguration?.State).toBe('verified')
    await connect()
    expect(await codeOf(modify({ RemovePrivateDnsName: true }))).toBe('InvalidParameter')
    expect(await codeOf(modify({ PrivateDnsName: 'other.example.com' }))).toBe('InvalidParameter')
  })

  it('can be set, changed and taken away later', async () => {
    const { configuration, modify, start } = await namedService()
    await modify({ PrivateDnsName: '*.example.org' })
    expect(await configuration()).toMatchObject({ PrivateDnsName: '*.example.org' })
    await modify({ RemovePrivateDnsName: true })
    expect((await configuration())?.PrivateDnsName).toBeUndefined()
    expect(await codeOf(start())).toBe('InvalidParameter')
    expect(await codeOf(modify({ PrivateDnsName: 'not a name' }))).toBe('InvalidParameter')
  })

  it('conflicts with a private hosted zone of that name', async () => {
    const { clients, prove, connect } = await namedService()
    await prove()
    await clients(consumer).route53.send(
      new route53.CreateHostedZoneCommand({
        Name: name,
        CallerReference: 'a',
        VPC: { VPCId: vpcId, VPCRegion: 'us-east-1' },
      }),
    )
    expect(await complaintOf(connect())).toContain('already a conflicting DNS domain')
  })
})
