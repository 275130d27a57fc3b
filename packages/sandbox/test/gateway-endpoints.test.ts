import * as ec2 from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'
import { minutes } from '../../../src/engine/step.ts'
import { type Caller, reachesInternet, reachesService } from '../src/network/aws-reach.ts'
import { codeOf } from './support/refusal.ts'
import { rehearse } from '../../../test/support/sandbox.ts'

const account = '333333333333'
const vpcId = 'vpc-0000000000000cccc'
const [own, onMain] = ['subnet-000000000000cccc1', 'subnet-000000000000cccc2']
const s3 = 'com.amazonaws.us-east-1.s3'

async function vpcWith(routes: { destination: string; target: string }[] = []) {
  const place = { account, region: 'us-east-1' }
  const subnets = [
    { subnetId: own, cidr: '10.3.1.0/24', routes: [] },
    { subnetId: onMain, cidr: '10.3.2.0/24' },
  ]
  const rehearsal = await rehearse({ seed: { vpcs: [{ ...place, vpcId, cidr: '10.3.0.0/16', subnets, routes }] } })
  const client = rehearsal.clients(account).ec2
  const tables = async () => {
    const { RouteTables = [] } = await client.send(new ec2.DescribeRouteTablesCommand({}))
    const isMain = (table: ec2.RouteTable) => table.Associations?.some(({ Main }) => Main === true) === true
    const idOf = (main: boolean) => RouteTables.find((table) => isMain(table) === main)?.RouteTableId ?? ''
    const routesOf = (id: string) => RouteTables.find(({ RouteTableId }) => RouteTableId === id)?.Routes ?? []
    return { own: idOf(false), main: idOf(true), routesOf }
  }
  const create = async (RouteTableIds: string[]) => {
    const request = { VpcId: vpcId, ServiceName: s3, VpcEndpointType: 'Gateway' as const, RouteTableIds }
    return (await client.send(new ec2.CreateVpcEndpointCommand(request))).VpcEndpoint
  }
  const change = (more: Omit<ec2.ModifyVpcEndpointRequest, 'VpcEndpointId'>, VpcEndpointId: string | undefined) =>
    client.send(new ec2.ModifyVpcEndpointCommand({ ...more, VpcEndpointId }))
  return { ...rehearsal, client, tables, create, change }
}

describe('Gateway endpoints', () => {
  it("lead to the service's prefix list from the tables that they are in, for as long as they are there", async () => {
    const { client, tables, create, change } = await vpcWith()
    const { own: first, main: second } = await tables()
    const endpoint = await create([first])
    const id = endpoint?.VpcEndpointId ?? ''
    expect(endpoint).toMatchObject({ VpcEndpointType: 'Gateway', State: 'available', RouteTableIds: [first] })
    const { PrefixLists: [list] = [] } = await client.send(
      new ec2.DescribePrefixListsCommand({ Filters: [{ Name: 'prefix-list-name', Values: [s3] }] }),
    )
    expect(list?.Cidrs?.length).toBeGreaterThan(0)
    const toS3 = { DestinationPrefixListId: list?.PrefixListId, GatewayId: id, State: 'active' }
    const seen = async () => {
      const { routesOf } = await tables()
      return [first, second].map((table) => routesOf(table).filter(({ GatewayId }) => GatewayId === id))
    }
    expect(await seen()).toMatchObject([[toS3], []])
    await change({ AddRouteTableIds: [second], RemoveRouteTableIds: [first] }, id)
    expect(await seen()).toMatchObject([[], [toS3]])
    await client.send(new ec2.DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }))
    expect(await seen()).toEqual([[], []])
  })

  it('are refused a table that has the route already, and what only interface endpoints have', async () => {
    const { tables, create, change } = await vpcWith()
    const { own: first, main: second } = await tables()
    const endpoint = await create([first])
    expect(await codeOf(create([first]))).toBe('RouteAlreadyExists')
    const another = await create([second])
    expect(await codeOf(change({ AddRouteTableIds: [first] }, another?.VpcEndpointId))).toBe('RouteAlreadyExists')
    expect(await codeOf(change({ AddSubnetIds: [own] }, endpoint?.VpcEndpointId))).toBe('InvalidParameter')
  })
})

describe('A service of AWS', () => {
  const caller = (more: Partial<Caller> = {}): Caller => ({
    ip: '10.3.1.9',
    groupIds: [],
    vpcId,
    subnetId: own,
    ...more,
  })

  it('is out of reach without endpoint and route, and says so', async () => {
    const { sandbox, clock } = await vpcWith()
    const why = (service: string) => reachesService(sandbox.world, clock.now(), caller(), service)
    expect(why('ecr.api')).toMatch(/no interface endpoint with private DNS of com.amazonaws.us-east-1.ecr.api .*subnet/)
    expect(why('s3')).toMatch(/no gateway endpoint of .* has no route to the internet/)
  })

  it('is reached over the internet by the route of the subnet, if the groups let it out', async () => {
    const { sandbox, clock } = await vpcWith([{ destination: '0.0.0.0/0', target: 'nat-0a1b2c3d4e5f60718' }])
    const { world } = sandbox
    const there = caller({ subnetId: onMain })
    expect(reachesInternet(world, there)).toBeUndefined()
    expect(reachesService(world, clock.now(), there, 'logs')).toBeUndefined()
    expect(reachesInternet(world, caller())).toMatch(/no route to the internet/)
    await sandbox.seed({
      securityGroups: [{ account, region: 'us-east-1', vpcId, groupId: 'sg-00000001', name: 'shut', ingress: [] }],
    })
    const shut = world.ec2.securityGroups['sg-00000001']
    if (shut !== undefined) shut.rules = []
    expect(reachesInternet(world, { ...there, groupIds: ['sg-00000001'] })).toMatch(/do not let it out/)
  })

  it('is reached by the gateway endpoint of the table', async () => {
    const { sandbox, clock, tables, create } = await vpcWith()
    await create([(await tables()).own])
    expect(reachesService(sandbox.world, clock.now(), caller(), 's3')).toBeUndefined()
    expect(reachesService(sandbox.world, clock.now(), caller({ subnetId: onMain }), 's3')).toMatch(
      /available to subnet/,
    )
  })

  it('is reached by an interface endpoint with private DNS once that is available and admits the caller', async () => {
    const { sandbox, clock, client } = await vpcWith([{ destination: '0.0.0.0/0', target: 'nat-0a1b2c3d4e5f60718' }])
    const place = { account, region: 'us-east-1', vpcId }
    await sandbox.seed({
      securityGroups: [
        { ...place, groupId: 'sg-00000002', name: 'one', ingress: [{ port: 443, cidr: '10.3.1.9/32' }] },
      ],
    })
    await client.send(
      new ec2.CreateVpcEndpointCommand({
        VpcEndpointType: 'Interface',
        VpcId: vpcId,
        ServiceName: 'com.amazonaws.us-east-1.ecr.dkr',
        SubnetIds: [own],
        SecurityGroupIds: ['sg-00000002'],
        PrivateDnsEnabled: true,
      }),
    )
    const why = (who: Caller) => reachesService(sandbox.world, clock.now(), who, 'ecr.dkr')
    expect(why(caller())).toMatch(/no interface endpoint/)
    await clock.sleep(minutes(2))
    expect(why(caller())).toBeUndefined()
    // Its names lead to the endpoint, the other way or not.
    expect(why(caller({ ip: '10.3.2.9', subnetId: onMain }))).toMatch(/do not admit 10.3.2.9/)
  })
})
