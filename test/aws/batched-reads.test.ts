import { CreateVpcEndpointCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import {
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  CreateListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { APIGatewayClient, GetRestApisCommand, GetVpcLinksCommand } from '@aws-sdk/client-api-gateway'
import { mockClient } from 'aws-sdk-client-mock'
import { describe, expect, test } from 'vitest'
import { makeBatchedReads } from '../../src/aws/make-batched-reads.ts'
import { identityFor, tagList, tagSpecification } from '../../src/aws/tags.ts'
import { openTestAccounts } from './test-accounts.ts'

const [one, other] = ['vpc-0aaaaaaaaaaaaaaa1', 'vpc-0aaaaaaaaaaaaaaa2'] as const

const openGateway = async () => {
  const accounts = await openTestAccounts()
  return { ...accounts, aws: await accounts.accountClients('gateway') }
}

describe('looks at EC2', () => {
  test('of the same moment travel in one call, and nothing is no error', async () => {
    const { aws, count } = await openGateway()
    const [first, second, gone] = await Promise.all(
      [one, other, 'vpc-0fffffffffffffff1'].map((id) => aws.reads.vpcs({ id })),
    )
    expect([first, second, gone].map((found) => found?.map(({ VpcId }) => VpcId))).toEqual([[one], [other], []])
    expect(count('DescribeVpcs')).toBe(1)
  })

  test('ask by one property at a time', async () => {
    const { aws, count } = await openGateway()
    const [byVpc, byId, tables, groups] = await Promise.all([
      aws.reads.subnets({ vpcId: one }),
      aws.reads.subnets({ id: 'subnet-011' }),
      aws.reads.routeTables({ vpcId: other }),
      aws.reads.securityGroups({ name: 'default' }),
    ])
    expect(byVpc.map(({ SubnetId }) => SubnetId).sort()).toEqual(['subnet-001', 'subnet-002'])
    expect(byId.map(({ VpcId }) => VpcId)).toEqual([other])
    expect(tables.map(({ VpcId }) => VpcId)).toEqual([other])
    expect(groups.every(({ GroupName }) => GroupName === 'default')).toBe(true)
    expect(count('DescribeSubnets')).toBe(2)
  })

  test("find a node's own things by its mark, whatever else is there", async () => {
    const { aws, clock, count } = await openGateway()
    const [mine, twin] = [identityFor('acme', 'orders/endpoint'), identityFor('acme', 'shop/endpoint')]
    const create = async (identity: typeof mine, VpcId: string, subnet: string) => {
      const { VpcEndpoint } = await aws.ec2(
        new CreateVpcEndpointCommand({
          VpcId,
          ServiceName: 'com.amazonaws.us-east-1.execute-api',
          VpcEndpointType: 'Interface',
          SubnetIds: [subnet],
          TagSpecifications: [tagSpecification('vpc-endpoint', identity)],
        }),
      )
      return VpcEndpoint?.VpcEndpointId ?? ''
    }
    const [mineId, twinId] = [await create(mine, one, 'subnet-001'), await create(twin, other, 'subnet-011')]
    await clock.sleep(10_000)
    const found = await Promise.all([
      aws.reads.endpoints({ identity: mine }),
      aws.reads.endpoints({ identity: twin }),
      aws.reads.endpoints({ identity: identityFor('acme', 'nowhere') }),
    ])
    expect(found.map((rows) => rows.map(({ VpcEndpointId }) => VpcEndpointId))).toEqual([[mineId], [twinId], []])
    expect(count('DescribeVpcEndpoints')).toBe(1)
    const [endpoint] = await aws.reads.endpoints({ id: mineId })
    const [id = ''] = endpoint?.NetworkInterfaceIds ?? []
    const [card] = await aws.reads.networkInterfaces({ id })
    const groupId = card?.Groups?.[0]?.GroupId ?? ''
    const byGroup = await aws.reads.networkInterfaces({ groupId })
    expect(byGroup.map(({ NetworkInterfaceId }) => NetworkInterfaceId)).toContain(id)
    expect(await aws.reads.endpointServices({ id: 'vpce-svc-0123456789abcdef0' })).toEqual([])
    expect(await aws.reads.endpointConnections({ serviceId: 'vpce-svc-0123456789abcdef0' })).toEqual([])
  })
})

describe('looks at load balancers', () => {
  test('bring tags along, for those that are asked for', async () => {
    const { aws, clock, count } = await openGateway()
    const identity = identityFor('acme', 'orders/balancer')
    const { LoadBalancers } = await aws.elbv2(
      new CreateLoadBalancerCommand({
        Name: identity.name,
        Type: 'network',
        Scheme: 'internal',
        Subnets: ['subnet-001'],
        Tags: tagList(identity.tags),
      }),
    )
    const { TargetGroups } = await aws.elbv2(
      new CreateTargetGroupCommand({ Name: identity.name, Protocol: 'TCP', Port: 80, VpcId: one, TargetType: 'ip' }),
    )
    await clock.sleep(10_000)
    const arn = LoadBalancers?.[0]?.LoadBalancerArn ?? ''
    const { Listeners } = await aws.elbv2(
      new CreateListenerCommand({
        LoadBalancerArn: arn,
        Protocol: 'TCP',
        Port: 80,
        DefaultActions: [{ Type: 'forward', TargetGroupArn: TargetGroups?.[0]?.TargetGroupArn }],
        Tags: [{ Key: 'privlink:node', Value: 'orders/listener' }],
      }),
    )
    await clock.sleep(10_000)
    const [byArn, byName, gone, all, groups, listeners, none] = await Promise.all([
      aws.reads.loadBalancers({ arn }),
      aws.reads.loadBalancers({ name: identity.name }),
      aws.reads.loadBalancers({ name: 'gone' }),
      aws.reads.loadBalancers({ all: true }),
      aws.reads.targetGroups({ name: identity.name }),
      aws.reads.listeners({ loadBalancerArn: arn }),
      aws.reads.listeners({ loadBalancerArn: arn.replace(/[0-9a-f]{16}$/, '0123456789abcdef') }),
    ])
    expect(identity.matches(byArn[0]?.tags ?? {})).toBe(true)
    expect([byName, gone, all].map(({ length }) => length)).toEqual([1, 0, 1])
    expect(groups).toMatchObject([{ TargetGroupName: identity.name, tags: {} }])
    expect(listeners).toMatchObject([
      { ListenerArn: Listeners?.[0]?.ListenerArn, tags: { 'privlink:node': 'orders/listener' } },
    ])
    expect(none).toEqual([])
    expect([count('DescribeLoadBalancers'), count('DescribeTargetGroups')]).toEqual([1, 1])
    expect(count('DescribeTags')).toBeLessThanOrEqual(3)
  })
})

describe('looks at API Gateway', () => {
  test('read all pages once and tell the rows apart', async () => {
    const identity = identityFor('acme', 'orders/api')
    const client = new APIGatewayClient({ region: 'us-east-1' })
    const mock = mockClient(client)
    mock.on(GetRestApisCommand, { limit: 500 }).resolves({ items: [{ id: 'a' }], position: 'more' })
    mock
      .on(GetRestApisCommand, { limit: 500, position: 'more' })
      .resolves({ items: [{ id: 'b', tags: { ...identity.tags } }] })
    mock.on(GetVpcLinksCommand, { limit: 500 }).resolves({ items: [{ id: 'l', tags: { ...identity.tags } }] })
    const unused = () => Promise.reject(new Error('not asked for'))
    const look = makeBatchedReads({ ec2: unused, elbv2: unused, apigateway: (command) => client.send(command) })
    const found = await Promise.all([
      look.restApis({ id: 'a' }),
      look.restApis({ identity }),
      look.restApis({ id: 'c' }),
      look.vpcLinks({ identity }),
    ])
    expect(found.map((rows) => rows.map(({ id }) => id))).toEqual([['a'], ['b'], [], ['l']])
    expect(mock.commandCalls(GetRestApisCommand)).toHaveLength(2)
  })
})

test('a look is paced and repeated like any other call', async () => {
  const { aws, sandbox, count } = await openGateway()
  sandbox.setFaults([{ operation: 'DescribeVpcs', kind: 'lost-before' }])
  expect(await aws.reads.vpcs({ id: one })).toHaveLength(1)
  expect(count('DescribeVpcs')).toBe(2)
  expect((await aws.ec2(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(2)
})
