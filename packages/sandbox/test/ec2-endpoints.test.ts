import * as ec2 from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'

import { codeOf, complaintOf } from './support/refusal.ts'
import { rehearse } from '../../../test/support/sandbox.ts'
import { consumer, twoAccounts } from '../../../test/support/two-accounts.ts'

const vpcId = 'vpc-0000000000000bbbb'
const subnet = (number: number) => `subnet-000000000000bbbb${number}`
const executeApi = 'com.amazonaws.us-east-1.execute-api'

type Wish = Partial<ec2.CreateVpcEndpointRequest>

async function consumerSide() {
  const rehearsal = await rehearse({ seed: twoAccounts })
  const client = rehearsal.clients(consumer).ec2
  const create = async (wish: Wish = {}) => {
    const { VpcEndpoint } = await client.send(
      new ec2.CreateVpcEndpointCommand({
        VpcEndpointType: 'Interface',
        VpcId: vpcId,
        ServiceName: executeApi,
        SubnetIds: [subnet(1), subnet(2)],
        ...wish,
      }),
    )
    return VpcEndpoint
  }
  const look = async (id: string | undefined) => {
    const answer = await client.send(new ec2.DescribeVpcEndpointsCommand({ VpcEndpointIds: [id ?? ''] }))
    return answer.VpcEndpoints?.[0]
  }
  const remove = (id: string | undefined) =>
    client.send(new ec2.DeleteVpcEndpointsCommand({ VpcEndpointIds: [id ?? ''] }))
  return { ...rehearsal, client, create, look, remove }
}

describe('Interface endpoints', () => {
  it('are unknown for a moment, then pending, then available, with a name per zone', async () => {
    const { clock, create, look } = await consumerSide()
    const made = await create({
      TagSpecifications: [{ ResourceType: 'vpc-endpoint', Tags: [{ Key: 'a', Value: 'b' }] }],
    })
    const id = made?.VpcEndpointId
    expect(await codeOf(look(id))).toBe('InvalidVpcEndpointId.NotFound')
    await clock.sleep(1_000)
    expect(await look(id)).toMatchObject({ State: 'pending', Tags: [{ Key: 'a', Value: 'b' }] })
    await clock.sleep(89_000)
    const endpoint = await look(id)
    expect(endpoint).toMatchObject({ State: 'available', OwnerId: consumer, PrivateDnsEnabled: true })
    expect(endpoint?.NetworkInterfaceIds).toHaveLength(2)
    expect(endpoint?.Groups?.[0]?.GroupName).toBe('default')
    const names = endpoint?.DnsEntries?.map((entry) => entry.DnsName ?? '') ?? []
    expect(names[0]).toMatch(new RegExp(`^${id}-[0-9a-f]{8}\\.execute-api\\.us-east-1\\.vpce\\.amazonaws\\.com$`))
    expect(names[1]).toMatch(/-us-east-1[a-f]\.execute-api\./)
    expect(names.slice(3)).toEqual(['execute-api.us-east-1.amazonaws.com', '*.execute-api.us-east-1.amazonaws.com'])
  })

  it('have requester-managed interfaces at the lowest free addresses of their subnets', async () => {
    const { client, create } = await consumerSide()
    const made = await create()
    const find = async (Name: string, value: string | undefined) => {
      const answer = await client.send(
        new ec2.DescribeNetworkInterfacesCommand({ Filters: [{ Name, Values: [value ?? ''] }] }),
      )
      return answer.NetworkInterfaces?.map((one) => one.PrivateIpAddress)
    }
    const both = ['10.2.1.4', '10.2.2.4']
    expect(await find('description', `VPC Endpoint Interface ${made?.VpcEndpointId}`)).toEqual(both)
    expect(await find('interface-type', 'vpc_endpoint')).toEqual(both)
    expect(await find('requester-managed', 'true')).toEqual(both)
    expect(await find('attachment.instance-owner-id', 'amazon-aws')).toEqual(both)
    expect(await find('group-id', made?.Groups?.[0]?.GroupId)).toEqual(both)
    expect(await find('subnet-id', subnet(2))).toEqual(['10.2.2.4'])
    expect(await find('private-ip-address', '10.2.1.4')).toEqual(['10.2.1.4'])
    const [NetworkInterfaceId] = made?.NetworkInterfaceIds ?? []
    expect(await complaintOf(client.send(new ec2.DeleteNetworkInterfaceCommand({ NetworkInterfaceId })))).toContain(
      'is currently in use',
    )
  })

  it('are made once per token, and only with the same parameters', async () => {
    const { create, sandbox } = await consumerSide()
    const first = await create({ ClientToken: 'once' })
    const second = await create({ ClientToken: 'once' })
    expect(second?.VpcEndpointId).toBe(first?.VpcEndpointId)
    expect(Object.keys(sandbox.world.ec2.endpoints)).toHaveLength(1)
    expect(await codeOf(create({ ClientToken: 'once', SubnetIds: [subnet(1)] }))).toBe('IdempotentParameterMismatch')
    expect(await codeOf(create({ PrivateDnsEnabled: false }))).toBe('no error')
  })

  it('refuse a second private DNS in the VPC, and any without the DNS attributes', async () => {
    const { client, create } = await consumerSide()
    await create()
    expect(await complaintOf(create())).toBe(
      'private-dns-enabled cannot be set because there is already a conflicting DNS domain for ' +
        `*.execute-api.us-east-1.amazonaws.com in the VPC ${vpcId}`,
    )
    await client.send(new ec2.ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: false } }))
    expect(await complaintOf(create({ ServiceName: 'com.amazonaws.us-east-1.sts' }))).toContain('enableDnsHostnames')
  })

  it('refuse two subnets of a zone, a full subnet, a strange type and a strange service, and leave nothing', async () => {
    const { create, sandbox } = await consumerSide()
    expect(await codeOf(create({ SubnetIds: [subnet(2), subnet(4)] }))).toBe('DuplicateSubnetsInSameZone')
    expect(await codeOf(create({ SubnetIds: ['subnet-0123456789abcdef0'] }))).toBe('InvalidSubnetID.NotFound')
    expect(await codeOf(create({ SecurityGroupIds: ['sg-0123456789abcdef0'] }))).toBe('InvalidGroup.NotFound')
    expect(await codeOf(create({ ServiceName: 'com.amazonaws.us-east-1.nothing' }))).toBe('InvalidServiceName')
    expect(await codeOf(create({ PolicyDocument: 'yes' }))).toBe('InvalidPolicyDocument')
    expect(await complaintOf(create({ VpcEndpointType: 'Gateway' }))).toContain('available service types ([Interface])')
    expect(sandbox.world.ec2.endpoints).toEqual({})
    for (let number = 4; number < 15; number += 1) {
      sandbox.world.hosts.push({ vpcId, ip: `10.2.4.${number}`, port: 1 })
    }
    expect(await codeOf(create({ SubnetIds: [subnet(1), subnet(4)] }))).toBe('InsufficientFreeAddressesInSubnet')
    expect(sandbox.world.ec2.endpoints).toEqual({})
  })

  it('are fifty at most in a VPC', async () => {
    const { create } = await consumerSide()
    const wish = { SubnetIds: [subnet(1)], PrivateDnsEnabled: false }
    for (let count = 0; count < 50; count += 1) await create(wish)
    expect(await codeOf(create(wish))).toBe('VpcEndpointLimitExceeded')
  })

  it('are pending again after a change of subnets, groups or policy', async () => {
    const { client, clock, create, look, sandbox } = await consumerSide()
    const id = (await create({ SubnetIds: [subnet(1)] }))?.VpcEndpointId
    await clock.sleep(90_000)
    const { GroupId } = await client.send(
      new ec2.CreateSecurityGroupCommand({ GroupName: 'new', Description: 'new', VpcId: vpcId }),
    )
    const policy = JSON.stringify({ Statement: [] })
    await client.send(
      new ec2.ModifyVpcEndpointCommand({
        VpcEndpointId: id,
        AddSubnetIds: [subnet(2), subnet(3)],
        RemoveSubnetIds: [subnet(1)],
        AddSecurityGroupIds: [GroupId ?? ''],
        PolicyDocument: policy,
      }),
    )
    expect(await look(id)).toMatchObject({
      State: 'pending',
      SubnetIds: [subnet(2), subnet(3)],
      Groups: [{ GroupName: 'default' }, { GroupName: 'new' }],
      PolicyDocument: policy,
    })
    await clock.sleep(30_000)
    expect((await look(id))?.State).toBe('available')
    const places = Object.values(sandbox.world.ec2.networkInterfaces).filter((one) => one.servesId === id)
    expect(places.map((one) => one.subnetId)).toEqual([subnet(2), subnet(3)])
    await client.send(new ec2.ModifyVpcEndpointCommand({ VpcEndpointId: id, ResetPolicy: true }))
    expect((await look(id))?.PolicyDocument).toContain('"Action":"*"')
  })

  it('are deleting for a while, with their interfaces, and then unknown', async () => {
    const { client, clock, create, look, remove } = await consumerSide()
    const made = await create()
    const id = made?.VpcEndpointId
    await clock.sleep(90_000)
    expect((await remove(id)).Unsuccessful).toEqual([])
    expect((await look(id))?.State).toBe('deleting')
    const NetworkInterfaceIds = made?.NetworkInterfaceIds
    const { NetworkInterfaces } = await client.send(new ec2.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds }))
    expect(NetworkInterfaces).toHaveLength(2)
    await clock.sleep(120_000)
    expect(await codeOf(look(id))).toBe('InvalidVpcEndpointId.NotFound')
    expect((await client.send(new ec2.DescribeNetworkInterfacesCommand({}))).NetworkInterfaces).toEqual([])
    expect((await remove(id)).Unsuccessful).toMatchObject([
      { ResourceId: id, Error: { Code: 'InvalidVpcEndpoint.NotFound' } },
    ])
  })

  it('are found by VPC, service and state', async () => {
    const { client, clock, create } = await consumerSide()
    const made = await create()
    const find = async (state: string) => {
      const filters = { 'vpc-id': vpcId, 'service-name': executeApi, 'vpc-endpoint-state': state }
      const answer = await client.send(
        new ec2.DescribeVpcEndpointsCommand({
          Filters: Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] })),
        }),
      )
      return answer.VpcEndpoints?.map((one) => one.VpcEndpointId)
    }
    expect(await find('available')).toEqual([])
    expect(await find('pending')).toEqual([made?.VpcEndpointId])
    await clock.sleep(90_000)
    expect(await find('available')).toEqual([made?.VpcEndpointId])
  })
})

describe('Gateway endpoints', () => {
  it('exist for S3 by route table, and are the type that is meant when none is given', async () => {
    const { client } = await consumerSide()
    const tables = await client.send(new ec2.DescribeRouteTablesCommand({}))
    const RouteTableIds = [tables.RouteTables?.[0]?.RouteTableId ?? '']
    const { VpcEndpoint } = await client.send(
      new ec2.CreateVpcEndpointCommand({ VpcId: vpcId, ServiceName: 'com.amazonaws.us-east-1.s3', RouteTableIds }),
    )
    expect(VpcEndpoint).toMatchObject({ VpcEndpointType: 'Gateway', State: 'available', RouteTableIds })
  })
})
