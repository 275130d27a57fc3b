import { describe, expect, it } from 'vitest'
import { applicationLoadBalancer } from '../../src/steps/application-load-balancer.ts'
import { commonZones } from '../../src/steps/common-zones.ts'
import { network } from '../../src/steps/network.ts'
import { privateDns } from '../../src/steps/private-dns.ts'
import { separateZones } from '../../src/steps/separate-zones.ts'
import { routes } from '../../src/steps/routes.ts'
import { targetAddresses } from '../../src/steps/target-addresses.ts'
import { scriptedAccount, probeOf, sight } from './scripted-account.ts'

const account = scriptedAccount()
const subnet = (subnetId: string, zoneId: string) => ({ subnetId, zoneId, cidr: '10.0.0.0/24' })

describe('a network', () => {
  it('is refused when a subnet is of another VPC, with the place', async () => {
    const { aws } = scriptedAccount(
      {},
      {
        vpcs: () => Promise.resolve([{ VpcId: 'vpc-0a', CidrBlock: '10.0.0.0/16' }]),
        subnets: () => Promise.resolve([{ SubnetId: 'subnet-0b', VpcId: 'vpc-0b' }]),
      },
    )
    await expect(network.read(sight(aws, { vpcId: 'vpc-0a', subnetIds: ['subnet-0b'] }))).rejects.toMatchObject({
      code: 'SubnetOfAnotherVpc',
      exit: 2,
      message: 'subnet-0b in account gateway (842340000000, us-east-1) belongs to vpc-0b, not to vpc-0a',
    })
  })
})

describe('zones in common', () => {
  it('are told by id, one subnet in each', async () => {
    const subnets = [subnet('subnet-3', 'use1-az4'), subnet('subnet-1', 'use1-az1'), subnet('subnet-2', 'use1-az1')]
    const balancerZoneIds = ['use1-az1', 'use1-az4', 'use1-az6']
    expect(await commonZones.read(sight(account.aws, { balancerZoneIds, subnets }))).toMatchObject({
      facts: { subnetIds: ['subnet-1', 'subnet-3'], zoneIds: ['use1-az1', 'use1-az4'] },
    })
  })

  it('are missed with both sides named', async () => {
    const inputs = { balancerZoneIds: ['use1-az6', 'use1-az4'], subnets: [subnet('subnet-1', 'use1-az1')] }
    await expect(commonZones.read(sight(account.aws, inputs))).rejects.toMatchObject({
      code: 'NoCommonZone',
      exit: 2,
      message: "the service's load balancer is in use1-az4, use1-az6, the network's subnets are in use1-az1",
    })
  })
})

describe('zones for a proxy', () => {
  const look = (...subnets: ReturnType<typeof subnet>[]) =>
    separateZones.read(sight(account.aws, { subnets, atLeast: 2 }))

  it('are one for each subnet', async () => {
    const zoneIds = ['use1-az1', 'use1-az4']
    expect(await look(subnet('subnet-1', 'use1-az4'), subnet('subnet-2', 'use1-az1'))).toMatchObject({
      facts: { zoneIds },
    })
  })

  it('are refused when two subnets share one, or when there are too few', async () => {
    await expect(look(subnet('subnet-1', 'use1-az1'), subnet('subnet-2', 'use1-az1'))).rejects.toMatchObject({
      code: 'ZonesUnfit',
      exit: 2,
      message: 'subnets in account gateway share a zone: subnet-1 in use1-az1, subnet-2 in use1-az1',
    })
    await expect(look(subnet('subnet-1', 'use1-az1'))).rejects.toMatchObject({
      message: '2 zones are needed in account gateway, got subnet-1 in use1-az1',
    })
  })
})

describe('routes', () => {
  const inputs = {
    vpcId: 'vpc-0a',
    cidrBlocks: ['10.0.0.0/16'],
    subnetIds: ['subnet-1'],
    targets: [
      { address: '10.0.3.3', port: 80 },
      { address: '172.31.12.59', port: 80 },
    ],
  }
  const withRoutes = (...Routes: object[]) =>
    routes.read(
      sight(
        scriptedAccount(
          {},
          {
            routeTables: () => Promise.resolve([{ RouteTableId: 'rtb-0a', Associations: [{ Main: true }], Routes }]),
          },
        ).aws,
        inputs,
      ),
    )
  const local = { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', State: 'active' }

  it('are missed with subnet and target named', async () => {
    await expect(withRoutes(local)).rejects.toMatchObject({
      code: 'NoRoute',
      message: 'subnet-1 in vpc-0a has no route to 172.31.12.59',
    })
  })

  it('are found by the most specific one', async () => {
    const transit = { DestinationCidrBlock: '172.16.0.0/12', TransitGatewayId: 'tgw-0a', State: 'active' }
    const internet = { DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-0a', State: 'active' }
    const hole = { DestinationCidrBlock: '172.31.0.0/16', VpcPeeringConnectionId: 'pcx-0a', State: 'blackhole' }
    expect(await withRoutes(local, internet, transit)).toMatchObject({ state: 'ready' })
    await expect(withRoutes(local, internet)).rejects.toThrow('no route')
    await expect(withRoutes(local, transit, hole)).rejects.toThrow('no route')
  })
})

describe('names of targets', () => {
  const find = (names: Record<string, string[]>) =>
    targetAddresses.read(
      sight(
        account.aws,
        {
          targets: [
            { name: 'db.corp', port: 80 },
            { ip: '10.1.1.1', port: 81 },
          ],
        },
        { probe: probeOf(undefined, names) },
      ),
    )

  it('become the addresses that they have now', async () => {
    expect(await find({ 'db.corp': ['192.168.1.2', '192.168.1.1'] })).toMatchObject({
      facts: {
        targets: [
          { address: '192.168.1.1', port: 80 },
          { address: '192.168.1.2', port: 80 },
          { address: '10.1.1.1', port: 81 },
        ],
      },
    })
  })

  it('are one where two names lead to the same server', async () => {
    expect(await find({ 'db.corp': ['192.168.1.1', '10.1.1.1', '192.168.1.1'] })).toMatchObject({
      facts: {
        targets: [
          { address: '10.1.1.1', port: 80 },
          { address: '192.168.1.1', port: 80 },
          { address: '10.1.1.1', port: 81 },
        ],
      },
    })
  })

  it('are refused when they are public or unknown', async () => {
    await expect(find({ 'db.corp': ['8.8.8.8'] })).rejects.toMatchObject({ code: 'TargetNotPrivate', exit: 2 })
    await expect(find({})).rejects.toMatchObject({ code: 'NameUnknown' })
  })
})

describe("the application's load balancer", () => {
  const arn = 'arn:aws:elasticloadbalancing:us-east-1:014770000000:loadbalancer/net/orders/50dc6c495c0c9188'
  const balancer = {
    LoadBalancerArn: arn,
    Type: 'network' as const,
    Scheme: 'internal' as const,
    State: { Code: 'active' as const },
    SecurityGroups: ['sg-0a'],
    tags: { 'service.k8s.aws/stack': 'shop/orders' },
  }
  const accountClients = (change: object = {}, cidr = '10.9.0.0/16') =>
    scriptedAccount(
      {},
      {
        loadBalancers: () =>
          Promise.resolve([
            { ...balancer, tags: {} },
            { ...balancer, ...change },
          ]),
        listeners: () => Promise.resolve([{ Port: 80, tags: {} }]),
        securityGroups: () =>
          Promise.resolve([
            { IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: cidr }] }] },
          ]),
      },
    )
  const inputs = { pointer: { service: 'shop/orders' }, port: 80, callers: ['10.0.1.0/24'] }

  it("is found by the controller's tag of the Kubernetes Service", async () => {
    expect(await applicationLoadBalancer.read(sight(accountClients().aws, inputs))).toMatchObject({
      state: 'ready',
      facts: { loadBalancerArn: arn, enforced: true },
    })
  })

  it.each([
    ['it is internet-facing', { Scheme: 'internet-facing' }, 80, 'NotInternal'],
    ['it is of another type', { Type: 'application' }, 80, 'NotANetworkLoadBalancer'],
    ['it has no listener on the port', {}, 81, 'NoListenerOnPort'],
    ['nothing carries the tag', { tags: {} }, 80, 'LoadBalancerNotFound'],
  ])('is refused when %s', async (_, change, port, code) => {
    await expect(
      applicationLoadBalancer.read(sight(accountClients(change).aws, { ...inputs, port })),
    ).rejects.toMatchObject({
      code,
      exit: 2,
    })
  })

  it('is checked for rules that would drop what comes through PrivateLink', async () => {
    const facts = {
      loadBalancerArn: arn,
      dnsName: '',
      vpcId: '',
      zoneIds: [],
      securityGroupIds: ['sg-0a'],
      enforced: true,
    }
    const check = (cidr: string) =>
      applicationLoadBalancer.check?.({ aws: accountClients({}, cidr).aws, inputs, facts, probe: probeOf() })
    expect(await check('10.9.0.0/16')).toMatchObject([
      { verdict: 'failed', evidence: expect.stringContaining('10.0.1.0/24') },
    ])
    expect(await check('10.0.0.0/8')).toMatchObject([{ verdict: 'ok' }])
  })
})

describe('private DNS', () => {
  const serviceName = 'com.amazonaws.us-east-1.execute-api'
  const on = { EnableDnsSupport: { Value: true }, EnableDnsHostnames: { Value: true } }
  const named = (Tags: object[]) => ({
    VpcEndpointId: 'vpce-0a',
    ServiceName: serviceName,
    PrivateDnsEnabled: true,
    Tags,
  })
  const find = (endpoints: object[], attributes: object = on) => {
    const { aws } = scriptedAccount(
      { DescribeVpcAttribute: attributes },
      { endpoints: () => Promise.resolve(endpoints) },
    )
    return privateDns.read(sight(aws, { vpcId: 'vpc-0a', serviceName }))
  }

  it('is warned of before it takes over all names of the VPC, and not afterwards', async () => {
    expect(await find([])).toMatchObject({
      state: 'ready',
      warning: { message: expect.stringContaining('vpc-0a'), hint: expect.stringContaining('privateDns: false') },
    })
    expect(await find([named([{ Key: 'privlink:deployment', Value: 'acme' }])])).not.toHaveProperty('beware')
  })

  it('is refused where another endpoint has the name, and where the VPC cannot have it', async () => {
    await expect(find([named([])])).rejects.toMatchObject({
      code: 'PrivateDnsTaken',
      hint: expect.stringContaining('vpce-0a'),
    })
    await expect(find([], { EnableDnsSupport: { Value: true } })).rejects.toMatchObject({
      code: 'PrivateDnsImpossible',
    })
  })
})
