import * as ec2 from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'

import { codeOf, complaintOf } from './support/refusal.ts'
import { rehearse } from '../../../test/support/sandbox.ts'

const account = '333333333333'

async function oneVpc() {
  const rehearsal = await rehearse()
  const client = rehearsal.clients(account).ec2
  const { Vpc } = await client.send(
    new ec2.CreateVpcCommand({
      CidrBlock: '10.0.0.0/16',
      TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: 'hub' }] }],
    }),
  )
  return { ...rehearsal, client, vpcId: Vpc?.VpcId ?? '' }
}

describe('VPCs', () => {
  it('come with a main route table, a default network ACL and a default group, which go with them', async () => {
    const { client, vpcId, sandbox } = await oneVpc()
    const vpc = { Name: 'vpc-id', Values: [vpcId] }
    const tables = await client.send(
      new ec2.DescribeRouteTablesCommand({ Filters: [vpc, { Name: 'association.main', Values: ['true'] }] }),
    )
    expect(tables.RouteTables?.[0]?.Routes).toMatchObject([
      { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', State: 'active', Origin: 'CreateRouteTable' },
    ])
    const acls = await client.send(
      new ec2.DescribeNetworkAclsCommand({ Filters: [vpc, { Name: 'default', Values: ['true'] }] }),
    )
    expect(acls.NetworkAcls).toHaveLength(1)
    const groups = await client.send(
      new ec2.DescribeSecurityGroupsCommand({ Filters: [vpc, { Name: 'group-name', Values: ['default'] }] }),
    )
    expect(groups.SecurityGroups?.[0]?.IpPermissions?.[0]?.UserIdGroupPairs?.[0]?.GroupId).toBe(
      groups.SecurityGroups?.[0]?.GroupId,
    )
    await client.send(new ec2.DeleteVpcCommand({ VpcId: vpcId }))
    expect(sandbox.world.ec2).toMatchObject({ vpcs: {}, routeTables: {}, networkAcls: {}, securityGroups: {} })
  })

  it('have DNS attributes that are changed one at a time', async () => {
    const { client, vpcId } = await oneVpc()
    const read = async () => {
      const answer = await client.send(
        new ec2.DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: 'enableDnsHostnames' }),
      )
      return answer.EnableDnsHostnames?.Value
    }
    expect(await read()).toBe(false)
    await client.send(new ec2.ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: true } }))
    expect(await read()).toBe(true)
    const both = { EnableDnsHostnames: { Value: true }, EnableDnsSupport: { Value: true } }
    expect(await codeOf(client.send(new ec2.ModifyVpcAttributeCommand({ VpcId: vpcId, ...both })))).toBe(
      'InvalidParameterCombination',
    )
  })

  it('do not exist for other accounts and regions', async () => {
    const { clients, vpcId } = await oneVpc()
    const ask = new ec2.DescribeVpcsCommand({ VpcIds: [vpcId] })
    expect(await codeOf(clients('444444444444').ec2.send(ask))).toBe('InvalidVpcID.NotFound')
    expect(await codeOf(clients(account, 'eu-west-1').ec2.send(ask))).toBe('InvalidVpcID.NotFound')
    expect((await clients('444444444444').ec2.send(new ec2.DescribeVpcsCommand({}))).Vpcs).toEqual([])
  })

  it('are refused by id with the code of their noun', async () => {
    const { client } = await oneVpc()
    const missing = '0123456789abcdef0'
    const codes = await Promise.all([
      codeOf(client.send(new ec2.DescribeVpcsCommand({ VpcIds: ['nonsense'] }))),
      codeOf(client.send(new ec2.DescribeSubnetsCommand({ SubnetIds: [`subnet-${missing}`] }))),
      codeOf(client.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [`sg-${missing}`] }))),
      codeOf(client.send(new ec2.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [`eni-${missing}`] }))),
      codeOf(client.send(new ec2.DescribeVpcEndpointsCommand({ VpcEndpointIds: [`vpce-${missing}`] }))),
      codeOf(
        client.send(new ec2.DescribeVpcEndpointServiceConfigurationsCommand({ ServiceIds: [`vpce-svc-${missing}`] })),
      ),
      codeOf(client.send(new ec2.DescribeRouteTablesCommand({ RouteTableIds: [`rtb-${missing}`] }))),
      codeOf(client.send(new ec2.DescribeInternetGatewaysCommand({ InternetGatewayIds: [`igw-${missing}`] }))),
    ])
    expect(codes).toEqual([
      'InvalidVpcID.Malformed',
      'InvalidSubnetID.NotFound',
      'InvalidGroup.NotFound',
      'InvalidNetworkInterfaceID.NotFound',
      'InvalidVpcEndpointId.NotFound',
      'InvalidVpcEndpointServiceId.NotFound',
      'InvalidRouteTableID.NotFound',
      'InvalidInternetGatewayID.NotFound',
    ])
  })
})

describe('Subnets', () => {
  it('lie inside their VPC, beside each other, in a zone of the account', async () => {
    const { client, vpcId } = await oneVpc()
    const create = (CidrBlock: string, AvailabilityZoneId = 'use1-az3') =>
      client.send(new ec2.CreateSubnetCommand({ VpcId: vpcId, CidrBlock, AvailabilityZoneId }))
    const { Subnet } = await create('10.0.1.0/24')
    expect(Subnet).toMatchObject({
      AvailabilityZoneId: 'use1-az3',
      AvailableIpAddressCount: 251,
      MapPublicIpOnLaunch: false,
    })
    const { AvailabilityZones } = await client.send(new ec2.DescribeAvailabilityZonesCommand({ ZoneIds: ['use1-az3'] }))
    expect(Subnet?.AvailabilityZone).toBe(AvailabilityZones?.[0]?.ZoneName)
    expect(await codeOf(create('10.0.1.128/25'))).toBe('InvalidSubnet.Conflict')
    expect(await codeOf(create('10.1.1.0/24'))).toBe('InvalidSubnet.Range')
    expect(await codeOf(create('10.0.2.0/29'))).toBe('InvalidSubnet.Range')
    expect(await complaintOf(create('10.0.2.0/24', 'use1-az9'))).toContain('parameter availabilityZoneId is invalid')
    expect(await codeOf(client.send(new ec2.DeleteVpcCommand({ VpcId: vpcId })))).toBe('DependencyViolation')
    await client.send(new ec2.DeleteSubnetCommand({ SubnetId: Subnet?.SubnetId }))
    expect(await codeOf(client.send(new ec2.DeleteVpcCommand({ VpcId: vpcId })))).toBe('no error')
  })
})

describe('Zones', () => {
  const zonesOf = async (client: ec2.EC2Client) => {
    const filter = { Name: 'state', Values: ['available'] }
    const answer = await client.send(new ec2.DescribeAvailabilityZonesCommand({ Filters: [filter] }))
    return (answer.AvailabilityZones ?? []).map(({ ZoneName, ZoneId }) => `${ZoneName}=${ZoneId}`)
  }

  it('have the same names and ids in every account, but not the same name for the same id', async () => {
    const { clients } = await rehearse()
    const accounts = ['111111111111', '222222222222', '333333333333'].map((id) => clients(id).ec2)
    const maps = await Promise.all(accounts.map(zonesOf))
    expect(maps.map((zones) => zones.length)).toEqual([6, 6, 6])
    expect(new Set(maps.map((zones) => zones.join())).size).toBe(3)
    expect(await zonesOf(clients('111111111111').ec2)).toEqual(maps[0])
    expect(maps[0]?.map((zone) => zone.split('=')[1]).toSorted()).toEqual(
      [1, 2, 3, 4, 5, 6].map((number) => `use1-az${number}`),
    )
    expect(await zonesOf(clients('111111111111', 'ap-northeast-1').ec2)).toHaveLength(3)
  })

  it('belong to regions that can be listed', async () => {
    const { clients } = await rehearse()
    const { Regions } = await clients(account).ec2.send(new ec2.DescribeRegionsCommand({ RegionNames: ['eu-west-1'] }))
    expect(Regions).toMatchObject([{ RegionName: 'eu-west-1', Endpoint: 'ec2.eu-west-1.amazonaws.com' }])
  })
})

describe('Route tables', () => {
  it('are associated with subnets and hold routes to attached gateways', async () => {
    const { client, vpcId } = await oneVpc()
    const { Subnet } = await client.send(new ec2.CreateSubnetCommand({ VpcId: vpcId, CidrBlock: '10.0.0.0/24' }))
    const { RouteTable } = await client.send(new ec2.CreateRouteTableCommand({ VpcId: vpcId }))
    const { InternetGateway } = await client.send(new ec2.CreateInternetGatewayCommand({}))
    const RouteTableId = RouteTable?.RouteTableId
    const InternetGatewayId = InternetGateway?.InternetGatewayId
    const route = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: InternetGatewayId }
    expect(await codeOf(client.send(new ec2.CreateRouteCommand(route)))).toBe('InvalidParameterValue')
    await client.send(new ec2.AttachInternetGatewayCommand({ InternetGatewayId, VpcId: vpcId }))
    await client.send(new ec2.CreateRouteCommand(route))
    expect(await codeOf(client.send(new ec2.CreateRouteCommand(route)))).toBe('RouteAlreadyExists')
    const SubnetId = Subnet?.SubnetId
    const { AssociationId } = await client.send(new ec2.AssociateRouteTableCommand({ RouteTableId, SubnetId }))
    const found = await client.send(
      new ec2.DescribeRouteTablesCommand({ Filters: [{ Name: 'association.subnet-id', Values: [SubnetId ?? ''] }] }),
    )
    expect(found.RouteTables).toMatchObject([
      { RouteTableId, Associations: [{ RouteTableAssociationId: AssociationId, Main: false }] },
    ])
    expect(await codeOf(client.send(new ec2.DeleteRouteTableCommand({ RouteTableId })))).toBe('DependencyViolation')
    await client.send(new ec2.DisassociateRouteTableCommand({ AssociationId }))
    await client.send(new ec2.DeleteRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0' }))
    await client.send(new ec2.DeleteRouteTableCommand({ RouteTableId }))
    expect(await codeOf(client.send(new ec2.DeleteInternetGatewayCommand({ InternetGatewayId })))).toBe(
      'DependencyViolation',
    )
    await client.send(new ec2.DetachInternetGatewayCommand({ InternetGatewayId, VpcId: vpcId }))
    await client.send(new ec2.DeleteInternetGatewayCommand({ InternetGatewayId }))
  })
})

describe('Filters', () => {
  it('compare tags, take wildcards, and are refused when they do not exist', async () => {
    const { client, vpcId } = await oneVpc()
    const find = async (Name: string, ...Values: string[]) => {
      const answer = await client.send(new ec2.DescribeVpcsCommand({ Filters: [{ Name, Values }] }))
      return answer.Vpcs?.map((vpc) => vpc.VpcId)
    }
    expect(await find('tag:Name', 'other', 'hub')).toEqual([vpcId])
    expect(await find('tag:Name', 'h?*')).toEqual([vpcId])
    expect(await find('tag:Name', 'h\\*')).toEqual([])
    expect(await find('tag-key', 'Name')).toEqual([vpcId])
    expect(await find('cidr', '10.0.0.0/16')).toEqual([vpcId])
    expect(await complaintOf(find('colour', 'red'))).toBe("The filter 'colour' is invalid")
  })

  it('leave pages that lead to each other', async () => {
    const { client } = await oneVpc()
    for (const block of ['10.8.0.0/16', '10.9.0.0/16']) {
      await client.send(new ec2.CreateVpcCommand({ CidrBlock: block }))
    }
    const blocks: (string | undefined)[] = []
    for await (const page of ec2.paginateDescribeVpcs({ client, pageSize: 2 }, {})) {
      blocks.push(page.Vpcs?.map((vpc) => vpc.CidrBlock).join(' '))
    }
    expect(blocks).toEqual(['10.0.0.0/16 10.8.0.0/16', '10.9.0.0/16'])
    expect(await codeOf(client.send(new ec2.DescribeVpcsCommand({ NextToken: 'nonsense' })))).toBe('InvalidNextToken')
  })
})

describe('Tags', () => {
  it('are set, listed and taken away on anything that has an id', async () => {
    const { client, vpcId } = await oneVpc()
    await client.send(new ec2.CreateTagsCommand({ Resources: [vpcId], Tags: [{ Key: 'Stack', Value: 'a' }] }))
    const list = async () => {
      const filter = { Name: 'resource-id', Values: [vpcId] }
      const { Tags } = await client.send(new ec2.DescribeTagsCommand({ Filters: [filter] }))
      return Tags?.map((tag) => `${tag.ResourceType} ${tag.Key}=${tag.Value}`)
    }
    expect(await list()).toEqual(['vpc Name=hub', 'vpc Stack=a'])
    await client.send(new ec2.DeleteTagsCommand({ Resources: [vpcId], Tags: [{ Key: 'Stack', Value: 'b' }] }))
    expect(await list()).toHaveLength(2)
    await client.send(new ec2.DeleteTagsCommand({ Resources: [vpcId], Tags: [{ Key: 'Stack' }] }))
    expect(await list()).toEqual(['vpc Name=hub'])
  })

  it('are refused for another type, for a missing thing, and with keys that AWS keeps', async () => {
    const { client, vpcId } = await oneVpc()
    const misplaced = new ec2.CreateVpcCommand({
      CidrBlock: '10.3.0.0/16',
      TagSpecifications: [{ ResourceType: 'subnet', Tags: [] }],
    })
    expect(await complaintOf(client.send(misplaced))).toContain("'subnet' is not a valid taggable resource type")
    const tag = (id: string, Key: string) =>
      codeOf(client.send(new ec2.CreateTagsCommand({ Resources: [id], Tags: [{ Key, Value: '' }] })))
    expect(await tag('sg-0123456789abcdef0', 'Name')).toBe('InvalidGroup.NotFound')
    expect(await tag(vpcId, 'aws:cloudformation')).toBe('InvalidParameterValue')
  })
})
