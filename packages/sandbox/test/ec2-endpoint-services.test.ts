import * as ec2 from '@aws-sdk/client-ec2'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { describe, expect, it } from 'vitest'

import { createEndpointService, deleteEndpointService, serviceOfLoadBalancer } from '../src/writes/endpoint-services.ts'
import { codeOf, complaintOf } from './support/refusal.ts'
import { operator, rehearse } from '../../../test/support/sandbox.ts'
import { consumer, loadBalancerArn, provider, region, twoAccounts } from '../../../test/support/two-accounts.ts'

const vpcId = 'vpc-0000000000000bbbb'
const subnet = (number: number) => `subnet-000000000000bbbb${number}`
const root = `arn:aws:iam::${consumer}:root`

async function bothSides({ AcceptanceRequired = true } = {}) {
  const rehearsal = await rehearse({ seed: twoAccounts })
  const owner = rehearsal.clients(provider).ec2
  const user = rehearsal.clients(consumer).ec2
  const { ServiceConfiguration } = await owner.send(
    new ec2.CreateVpcEndpointServiceConfigurationCommand({
      AcceptanceRequired,
      NetworkLoadBalancerArns: [loadBalancerArn],
      SupportedIpAddressTypes: ['ipv4'],
      ClientToken: 'service',
    }),
  )
  const ServiceId = ServiceConfiguration?.ServiceId ?? ''
  const ServiceName = ServiceConfiguration?.ServiceName
  const allow = (...AddAllowedPrincipals: string[]) =>
    owner.send(new ec2.ModifyVpcEndpointServicePermissionsCommand({ ServiceId, AddAllowedPrincipals }))
  const connect = async (...SubnetIds: string[]) => {
    const { VpcEndpoint } = await user.send(
      new ec2.CreateVpcEndpointCommand({ VpcEndpointType: 'Interface', VpcId: vpcId, ServiceName, SubnetIds }),
    )
    return VpcEndpoint?.VpcEndpointId ?? ''
  }
  const stateOf = async (id: string) => {
    const answer = await user.send(new ec2.DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] }))
    return answer.VpcEndpoints?.[0]?.State
  }
  const removeService = () =>
    owner.send(new ec2.DeleteVpcEndpointServiceConfigurationsCommand({ ServiceIds: [ServiceId] }))
  return {
    ...rehearsal,
    owner,
    user,
    ServiceConfiguration,
    ServiceId,
    ServiceName,
    allow,
    connect,
    stateOf,
    removeService,
  }
}

/** A service whose permission and load balancer are ready for the consumer. */
async function openService(options = {}) {
  const sides = await bothSides(options)
  await sides.allow(root)
  await sides.clock.sleep(30_000)
  return sides
}

describe('Endpoint services', () => {
  it('are available at once, made once per token, and one per load balancer', async () => {
    const { owner, ServiceConfiguration, ServiceId } = await bothSides()
    expect(ServiceConfiguration).toMatchObject({
      ServiceState: 'Available',
      ServiceName: `com.amazonaws.vpce.us-east-1.${ServiceId}`,
      AvailabilityZoneIds: ['use1-az1', 'use1-az2'],
      SupportedIpAddressTypes: ['ipv4'],
      NetworkLoadBalancerArns: [loadBalancerArn],
    })
    const wish = { AcceptanceRequired: true, NetworkLoadBalancerArns: [loadBalancerArn] }
    const again = new ec2.CreateVpcEndpointServiceConfigurationCommand({
      ...wish,
      SupportedIpAddressTypes: ['ipv4'],
      ClientToken: 'service',
    })
    expect((await owner.send(again)).ServiceConfiguration?.ServiceId).toBe(ServiceId)
    expect(await complaintOf(owner.send(new ec2.CreateVpcEndpointServiceConfigurationCommand(wish)))).toBe(
      'NLB is already associated with another VPC Endpoint Service',
    )
  })

  it("need a load balancer that is the owner's, and active", async () => {
    const { sandbox, clients, clock } = await rehearse({ seed: twoAccounts })
    const create = (account: string) =>
      clients(account).ec2.send(
        new ec2.CreateVpcEndpointServiceConfigurationCommand({ NetworkLoadBalancerArns: [loadBalancerArn] }),
      )
    expect(await codeOf(create(consumer))).toBe('InvalidNetworkLoadBalancerArn.NotFound')
    Object.assign(sandbox.world.elbv2.loadBalancers[loadBalancerArn] ?? {}, { readyAt: clock.now() + 1 })
    expect(await complaintOf(create(provider))).toContain('NLB is not in active state')
  })

  it('name each permission by an id, and refuse roles with a path', async () => {
    const { owner, ServiceId, allow } = await bothSides()
    const { AddedPrincipals } = await allow(root)
    expect(AddedPrincipals).toMatchObject([{ Principal: root, PrincipalType: 'Account', ServiceId }])
    expect((await allow(root)).AddedPrincipals).toEqual([])
    const list = () => owner.send(new ec2.DescribeVpcEndpointServicePermissionsCommand({ ServiceId }))
    expect((await list()).AllowedPrincipals).toMatchObject([
      { ServicePermissionId: AddedPrincipals?.[0]?.ServicePermissionId, Principal: root },
    ])
    expect(await codeOf(allow(`arn:aws:iam::${consumer}:role/some/path/role`))).toBe('InvalidPrincipal')
    await owner.send(new ec2.ModifyVpcEndpointServicePermissionsCommand({ ServiceId, RemoveAllowedPrincipals: [root] }))
    expect((await list()).AllowedPrincipals).toEqual([])
  })

  it('do not exist for a consumer until its permission has taken effect, and are not usable at once', async () => {
    const { user, clock, ServiceName, allow, connect } = await bothSides()
    const see = () => user.send(new ec2.DescribeVpcEndpointServicesCommand({ ServiceNames: [ServiceName ?? ''] }))
    expect(await codeOf(see())).toBe('InvalidServiceName')
    await allow(root)
    expect(await codeOf(connect(subnet(1)))).toBe('InvalidServiceName')
    await clock.sleep(5_000)
    const { ServiceDetails } = await see()
    const zones = await user.send(new ec2.DescribeAvailabilityZonesCommand({ ZoneIds: ['use1-az1', 'use1-az2'] }))
    expect(ServiceDetails).toMatchObject([
      {
        Owner: provider,
        AcceptanceRequired: true,
        AvailabilityZoneIds: ['use1-az1', 'use1-az2'],
        AvailabilityZones: zones.AvailabilityZones?.map((zone) => zone.ZoneName),
      },
    ])
    expect(await codeOf(connect(subnet(1)))).toBe('Unavailable')
    await clock.sleep(25_000)
    expect(await codeOf(connect(subnet(1)))).toBe('no error')
  })

  it('take endpoints only in the zone ids of their load balancer, and without private DNS', async () => {
    const { user, ServiceName, connect } = await openService()
    expect(await complaintOf(connect(subnet(1), subnet(3)))).toContain(
      `does not support the availability zone of the subnet: ${subnet(3)}`,
    )
    const named = new ec2.CreateVpcEndpointCommand({
      VpcEndpointType: 'Interface',
      VpcId: vpcId,
      ServiceName,
      PrivateDnsEnabled: true,
    })
    expect(await complaintOf(user.send(named))).toContain('does not provide a private DNS name')
  })

  it('that allow a role are seen by its sessions only', async () => {
    const sides = await bothSides()
    const role = `arn:aws:iam::${consumer}:role/privlink`
    await sides.sandbox.seed({ accounts: [{ id: consumer, roles: [{ arn: role, trusts: operator }] }] })
    await sides.allow(role)
    await sides.clock.sleep(30_000)
    const { Credentials } = await sides
      .clients(operator)
      .sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'test' }))
    const session = sides.clients({
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    })
    const see = new ec2.DescribeVpcEndpointServicesCommand({ ServiceNames: [sides.ServiceName ?? ''] })
    expect(await codeOf(sides.user.send(see))).toBe('InvalidServiceName')
    expect((await session.ec2.send(see)).ServiceDetails).toHaveLength(1)
  })

  it('behind a VPC link are listed to their owner, and only the link removes them', async () => {
    const { sandbox, clients, clock } = await rehearse({ seed: twoAccounts })
    const owner = { account: provider, region, now: clock.now() }
    const hidden = createEndpointService(sandbox.world, owner, {
      loadBalancerArns: [loadBalancerArn],
      acceptanceRequired: false,
      vpcLinkId: 'abc123',
    })
    const client = clients(provider).ec2
    const ServiceIds = [hidden.serviceId]
    const list = async () => {
      const answer = await client.send(new ec2.DescribeVpcEndpointServiceConfigurationsCommand({ ServiceIds }))
      return answer.ServiceConfigurations?.map((service) => service.ServiceId)
    }
    expect(await list()).toEqual(ServiceIds)
    const { Unsuccessful } = await client.send(new ec2.DeleteVpcEndpointServiceConfigurationsCommand({ ServiceIds }))
    expect(Unsuccessful).toMatchObject([{ Error: { Code: 'ExistingVpcEndpointConnections' } }])
    expect(serviceOfLoadBalancer(sandbox.world, loadBalancerArn, clock.now())).toBe(hidden)
    deleteEndpointService(sandbox.world, hidden.serviceId, clock.now())
    expect(serviceOfLoadBalancer(sandbox.world, loadBalancerArn, clock.now())).toBeUndefined()
    expect(await codeOf(list())).toBe('InvalidVpcEndpointServiceId.NotFound')
  })

  it('list services of AWS to everybody', async () => {
    const { clients } = await rehearse()
    const { ServiceDetails } = await clients('999999999999').ec2.send(
      new ec2.DescribeVpcEndpointServicesCommand({
        ServiceNames: ['com.amazonaws.us-east-1.s3'],
        Filters: [{ Name: 'service-type', Values: ['Interface'] }],
      }),
    )
    expect(ServiceDetails).toMatchObject([{ Owner: 'amazon', ServiceType: [{ ServiceType: 'Interface' }] }])
  })
})

describe('Connections', () => {
  it('wait for acceptance, and become available some time after it', async () => {
    const { owner, clock, ServiceId, connect, stateOf } = await openService()
    const id = await connect(subnet(1))
    const accept = () => owner.send(new ec2.AcceptVpcEndpointConnectionsCommand({ ServiceId, VpcEndpointIds: [id] }))
    expect((await accept()).Unsuccessful).toMatchObject([{ Error: { Code: 'InvalidVpcEndpointId.NotFound' } }])
    await clock.sleep(1_000)
    const { VpcEndpointConnections } = await owner.send(
      new ec2.DescribeVpcEndpointConnectionsCommand({ Filters: [{ Name: 'service-id', Values: [ServiceId] }] }),
    )
    expect(VpcEndpointConnections).toMatchObject([
      { ServiceId, VpcEndpointId: id, VpcEndpointOwner: consumer, VpcEndpointState: 'pendingAcceptance' },
    ])
    await clock.sleep(600_000)
    expect(await stateOf(id)).toBe('pendingAcceptance')
    expect((await accept()).Unsuccessful).toEqual([])
    expect(await stateOf(id)).toBe('pending')
    expect((await accept()).Unsuccessful).toMatchObject([{ ResourceId: id, Error: { Code: 'InvalidState' } }])
    await clock.sleep(40_000)
    expect(await stateOf(id)).toBe('available')
  })

  it('need no acceptance where the service asks for none', async () => {
    const { clock, connect, stateOf } = await openService({ AcceptanceRequired: false })
    const id = await connect(subnet(1))
    await clock.sleep(90_000)
    expect(await stateOf(id)).toBe('available')
  })

  it('cannot be filtered by endpoint', async () => {
    const { owner } = await openService()
    const Filters = [{ Name: 'vpc-endpoint-id', Values: ['vpce-0'] }]
    expect(await codeOf(owner.send(new ec2.DescribeVpcEndpointConnectionsCommand({ Filters })))).toBe('InvalidFilter')
  })

  it('hold their service until they are rejected, and stay with the consumer', async () => {
    const { owner, clock, ServiceId, connect, stateOf, removeService } = await openService({
      AcceptanceRequired: false,
    })
    const id = await connect(subnet(1))
    await clock.sleep(90_000)
    expect((await removeService()).Unsuccessful).toMatchObject([
      { ResourceId: ServiceId, Error: { Code: 'ExistingVpcEndpointConnections' } },
    ])
    await owner.send(new ec2.RejectVpcEndpointConnectionsCommand({ ServiceId, VpcEndpointIds: [id] }))
    expect(await stateOf(id)).toBe('rejected')
    expect((await removeService()).Unsuccessful).toEqual([])
    const look = async () => {
      const answer = await owner.send(
        new ec2.DescribeVpcEndpointServiceConfigurationsCommand({ ServiceIds: [ServiceId] }),
      )
      return answer.ServiceConfigurations?.[0]?.ServiceState
    }
    expect(await look()).toBe('Deleting')
    await clock.sleep(10_000)
    expect(await codeOf(look())).toBe('InvalidVpcEndpointServiceId.NotFound')
    expect(await stateOf(id)).toBe('rejected')
    expect((await removeService()).Unsuccessful).toMatchObject([
      { Error: { Code: 'InvalidVpcEndpointService.NotFound' } },
    ])
  })
})
