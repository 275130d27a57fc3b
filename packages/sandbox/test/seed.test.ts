import { createPrivateKey, X509Certificate } from 'node:crypto'

import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2'
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetHealthCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { expect, it } from 'vitest'

import { jumpingClock } from 'privlink-sandbox'
import { countRevoked } from '../src/reads/revocation-list.ts'
import { seedWorld, type WorldSpec } from '../src/server/seed/seed.ts'
import { emptyWorld } from '../src/state/world.ts'
import { rehearse } from '../../../test/support/sandbox.ts'

const account = '014770000000'
const region = 'us-east-1'
const vpcId = 'vpc-0a000000000000001'
const subnetIds = ['subnet-0a000000000000001', 'subnet-0a000000000000002']
const arn = `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/net/orders/50dc6c495c0c9188`
const endpointId = 'vpce-0a000000000000001'

const spec: WorldSpec = {
  vpcs: [
    {
      account,
      region,
      vpcId,
      cidr: '10.1.0.0/16',
      subnets: [
        { subnetId: subnetIds[0] ?? '', cidr: '10.1.0.0/24' },
        { subnetId: subnetIds[1] ?? '', cidr: '10.1.1.0/24', routes: [{ destination: '0.0.0.0/0', target: 'nat-1' }] },
      ],
      routes: [{ destination: '172.31.0.0/16', target: 'tgw-1' }],
    },
  ],
  loadBalancers: [
    {
      account,
      region,
      arn,
      vpcId,
      subnetIds,
      listeners: [{ port: 80, targets: [{ ip: '10.1.0.4', port: 8080, host: 'orders-app' }] }],
    },
  ],
  endpoints: [
    {
      account,
      region,
      endpointId,
      vpcId,
      subnetIds,
      serviceName: `com.amazonaws.${region}.execute-api`,
      privateDns: true,
    },
  ],
  hosts: [{ vpcId: 'outside', ip: '172.31.12.59', port: 80, name: 'warehouse' }],
  names: { 'App.Internal': ['10.1.0.4'] },
}

it('a seeded VPC has what AWS gives every one, in two zones', async () => {
  const { clients } = await rehearse({ seed: spec })
  const { ec2 } = clients(account)
  expect((await ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] }))).Vpcs).toHaveLength(1)
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: subnetIds }))
  expect(Subnets.map((subnet) => subnet.AvailabilityZoneId)).toEqual(['use1-az1', 'use1-az2'])
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}))
  expect(SecurityGroups.map((group) => group.GroupName)).toContain('default')
  const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({}))
  const routes = RouteTables.map((table) => table.Routes?.map((route) => route.DestinationCidrBlock))
  expect(routes).toEqual([
    ['10.1.0.0/16', '172.31.0.0/16'],
    ['10.1.0.0/16', '0.0.0.0/0'],
  ])
})

it('a seeded load balancer is active, and its targets are healthy because they answer', async () => {
  const { clients, clock, sandbox } = await rehearse({ seed: spec })
  const { elbv2 } = clients(account)
  const { LoadBalancers = [] } = await elbv2.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }))
  expect(LoadBalancers[0]).toMatchObject({ State: { Code: 'active' }, Scheme: 'internal', LoadBalancerName: 'orders' })
  const { Listeners = [] } = await elbv2.send(new DescribeListenersCommand({ LoadBalancerArn: arn }))
  const health = async () => {
    const TargetGroupArn = Listeners[0]?.DefaultActions?.[0]?.TargetGroupArn
    const { TargetHealthDescriptions } = await elbv2.send(new DescribeTargetHealthCommand({ TargetGroupArn }))
    return TargetHealthDescriptions?.map(({ Target, TargetHealth }) => [Target?.Id, Target?.Port, TargetHealth?.State])
  }
  expect(await health()).toEqual([['10.1.0.4', 8080, 'healthy']])
  const stop = { method: 'POST', body: JSON.stringify({ ip: '10.1.0.4', port: 8080 }) }
  await fetch(`${sandbox.url}/_privlink/hosts/stop`, stop)
  await clock.sleep(120_000)
  expect(await health()).toEqual([['10.1.0.4', 8080, 'unhealthy']])
})

it('a seeded endpoint is available, with an interface in each subnet that does not take a host for a neighbour', async () => {
  const { clients } = await rehearse({ seed: spec })
  const { ec2 } = clients(account)
  const { VpcEndpoints = [] } = await ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [endpointId] }))
  expect(VpcEndpoints[0]).toMatchObject({ State: 'available', PrivateDnsEnabled: true, SubnetIds: subnetIds })
  const NetworkInterfaceIds = VpcEndpoints[0]?.NetworkInterfaceIds
  const { NetworkInterfaces = [] } = await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds }))
  const addresses = NetworkInterfaces.map((one) => one.PrivateIpAddress)
  expect(addresses).toHaveLength(2)
  expect(addresses).not.toContain('10.1.0.4')
})

it('hosts are real servers that say who was reached', async () => {
  const { sandbox } = await rehearse({ seed: spec })
  const host = sandbox.world.hosts.find(({ name }) => name === 'warehouse')
  const answer = await fetch(`${host?.url}/stock?id=1`)
  expect(await answer.json()).toMatchObject({ name: 'warehouse', method: 'GET', path: '/stock?id=1' })
})

it('names of seeds, load balancers and endpoints are resolved', async () => {
  const { sandbox } = await rehearse({ seed: spec })
  const { world } = sandbox
  const resolve = async (name: string) => {
    const answer = await fetch(`${sandbox.url}/_privlink/resolve?name=${name}`)
    const { addresses }: { addresses?: string[] } = JSON.parse(await answer.text())
    return addresses ?? answer.status
  }
  const suffix = world.ec2.endpoints[endpointId]?.dnsSuffix
  const domain = `execute-api.${region}.vpce.amazonaws.com`
  const zones = new Map(
    (await Promise.all([...'abcdef'].map((zone) => resolve(`${endpointId}-${suffix}-${region}${zone}.${domain}`)))).map(
      (found, index) => [index, found],
    ),
  )
  expect(await resolve('app.internal')).toEqual(['10.1.0.4'])
  expect(await resolve(`orders-50dc6c495c0c9188.elb.${region}.amazonaws.com`)).toHaveLength(2)
  expect(await resolve(`${endpointId}-${suffix}.${domain}`)).toHaveLength(2)
  expect([...zones.values()].filter((found) => Array.isArray(found))).toEqual([
    [expect.any(String)],
    [expect.any(String)],
  ])
  expect(await resolve('nobody.internal')).toBe(404)
})

it('a seeded gateway endpoint is in the route tables of its subnets', async () => {
  const { sandbox, clients } = await rehearse({ seed: spec })
  const gateway = {
    account,
    region,
    endpointId: 'vpce-0a00000000000000f',
    vpcId,
    serviceName: 'com.amazonaws.us-east-1.s3',
  }
  await sandbox.seed({ endpoints: [{ ...gateway, type: 'Gateway', subnetIds }] })
  const { RouteTables = [] } = await clients(account).ec2.send(new DescribeRouteTablesCommand({}))
  expect(RouteTables.map(({ Routes }) => Routes?.some(({ GatewayId }) => GatewayId === gateway.endpointId))).toEqual([
    true,
    true,
  ])
})

it('seeded secrets hold a certificate by the authority of the sandbox with its key, or what they are given', async () => {
  const secretArn = (name: string) => `arn:aws:secretsmanager:${region}:${account}:secret:${name}-a1B2c3`
  const place = { account, region }
  const holds = (kind: 'certificate' | 'key' | 'ca' | 'crl') => ({ kind, name: 'pay.example' })
  const { clients } = await rehearse({
    seed: {
      secrets: [
        ...(['certificate', 'key', 'ca', 'crl'] as const).map((kind) => ({
          ...place,
          arn: secretArn(kind),
          holds: holds(kind),
        })),
        { ...place, arn: secretArn('plain'), value: 'text' },
      ],
      logGroups: [{ ...place, name: '/ecs/old', retentionInDays: 7 }],
    },
  })
  const { secretsmanager, logs } = clients(account)
  const read = async (name: string) =>
    (await secretsmanager.send(new GetSecretValueCommand({ SecretId: name }))).SecretString ?? ''
  const certificate = new X509Certificate(await read('certificate'))
  expect(certificate.checkHost('pay.example')).toBe('pay.example')
  expect(certificate.checkPrivateKey(createPrivateKey(await read('key')))).toBe(true)
  expect(certificate.checkIssued(new X509Certificate(await read('ca')))).toBe(true)
  expect(countRevoked(await read('crl'))).toBe(0)
  expect(await read('plain')).toBe('text')
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({}))
  expect(logGroups).toMatchObject([{ logGroupName: '/ecs/old', retentionInDays: 7 }])
})

it('a seed that contradicts itself says where', () => {
  const world = emptyWorld(0)
  const subnets = [{ subnetId: 'subnet-0a000000000000009', cidr: '10.9.0.0/24' }]
  const wrong = { vpcs: [{ account, region, vpcId, cidr: '10.1.0.0/16', subnets }] }
  expect(() => seedWorld(world, wrong, jumpingClock().now())).toThrow(/VPC: .*10\.9\.0\.0\/24/)
})
