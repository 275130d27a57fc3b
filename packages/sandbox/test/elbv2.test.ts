import {
  AddTagsCommand,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  type CreateLoadBalancerCommandInput,
  CreateTargetGroupCommand,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeCapacityReservationCommand,
  DescribeListenerAttributesCommand,
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  ModifyListenerCommand,
  ModifyLoadBalancerAttributesCommand,
  ModifyTargetGroupCommand,
  RemoveTagsCommand,
  SetSecurityGroupsCommand,
  SetSubnetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { beforeEach, describe, expect, it } from 'vitest'

import { exists } from '../src/state/world.ts'
import { durations } from '../src/state/durations.ts'
import { rehearse, type Rehearsal } from '../../../test/support/sandbox.ts'

const account = '111122223333'
const region = 'us-east-1'
const seed = {
  vpcs: [
    {
      account,
      region,
      vpcId: 'vpc-hub',
      cidr: '10.0.0.0/16',
      subnets: [
        { subnetId: 'subnet-a', cidr: '10.0.1.0/24', zoneId: 'use1-az1' },
        { subnetId: 'subnet-b', cidr: '10.0.2.0/24', zoneId: 'use1-az2' },
        { subnetId: 'subnet-a2', cidr: '10.0.3.0/24', zoneId: 'use1-az1' },
        { subnetId: 'subnet-tiny', cidr: '10.0.4.0/28', zoneId: 'use1-az3' },
      ],
    },
    {
      account,
      region,
      vpcId: 'vpc-other',
      cidr: '10.1.0.0/16',
      subnets: [{ subnetId: 'subnet-x', cidr: '10.1.1.0/24' }],
    },
  ],
  // Four of the eleven addresses of subnet-tiny.
  hosts: [4, 5, 6, 7].map((last) => ({ vpcId: 'vpc-hub', ip: `10.0.4.${last}`, port: 80 })),
  securityGroups: [{ account, region, groupId: 'sg-nlb', vpcId: 'vpc-hub', name: 'nlb', ingress: [] }],
}

let rehearsal: Rehearsal
let send: ReturnType<Rehearsal['clients']>['elbv2']
beforeEach(async () => {
  rehearsal = await rehearse({ seed })
  send = rehearsal.clients(account).elbv2
})

const internal = (over: Partial<CreateLoadBalancerCommandInput> = {}) =>
  new CreateLoadBalancerCommand({
    Name: 'orders',
    Type: 'network',
    Scheme: 'internal',
    Subnets: ['subnet-a', 'subnet-b'],
    ...over,
  })

async function create(over: Partial<CreateLoadBalancerCommandInput> = {}) {
  const { LoadBalancers: [made] = [] } = await send.send(internal(over))
  if (made?.LoadBalancerArn === undefined) throw new Error('no load balancer was made')
  return { ...made, LoadBalancerArn: made.LoadBalancerArn }
}

async function createGroup(name = 'orders', over = {}) {
  const { TargetGroups: [made] = [] } = await send.send(
    new CreateTargetGroupCommand({
      Name: name,
      Protocol: 'TCP',
      Port: 80,
      VpcId: 'vpc-hub',
      TargetType: 'ip',
      ...over,
    }),
  )
  return made?.TargetGroupArn ?? ''
}

const forward = (group: string) => [{ Type: 'forward' as const, TargetGroupArn: group }]
const listen = async (balancer: string, group: string, port = 80) => {
  const { Listeners: [made] = [] } = await send.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancer,
      Protocol: 'TCP',
      Port: port,
      DefaultActions: forward(group),
    }),
  )
  return made?.ListenerArn ?? ''
}

const refused = (name: string, message?: RegExp) =>
  expect.objectContaining({ name, ...(message && { message: expect.stringMatching(message) }) })

describe('a load balancer', () => {
  it('is provisioning first and active after its time, with the names AWS gives', async () => {
    const made = await create()
    expect(made.LoadBalancerArn).toMatch(
      /^arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer\/net\/orders\/[0-9a-f]{16}$/,
    )
    expect(made.DNSName).toMatch(/^orders-[0-9a-f]{16}\.elb\.us-east-1\.amazonaws\.com$/)
    expect(made.State?.Code).toBe('provisioning')
    await rehearsal.clock.sleep(durations.loadBalancerActive)
    const { LoadBalancers } = await send.send(new DescribeLoadBalancersCommand({ Names: ['orders'] }))
    expect(LoadBalancers?.[0]?.State?.Code).toBe('active')
    expect(LoadBalancers?.[0]?.AvailabilityZones?.map((zone) => zone.SubnetId)).toEqual(['subnet-a', 'subnet-b'])
  })

  it('is the same one when it is made twice with the same settings, and a duplicate otherwise', async () => {
    const first = await create()
    const again = await create({ Subnets: ['subnet-b', 'subnet-a'] })
    expect(again.LoadBalancerArn).toBe(first.LoadBalancerArn)
    await expect(send.send(internal({ Subnets: ['subnet-a'] }))).rejects.toEqual(
      refused('DuplicateLoadBalancerNameException'),
    )
  })

  it('takes subnets by mapping as well', async () => {
    const made = await create({ Subnets: undefined, SubnetMappings: [{ SubnetId: 'subnet-a' }] })
    expect(made.AvailabilityZones?.map((zone) => zone.SubnetId)).toEqual(['subnet-a'])
  })

  it('has an interface in each subnet, with the description that Terraform looks for', async () => {
    const made = await create()
    const id = made.LoadBalancerArn.split('/').at(-1)
    const interfaces = Object.values(rehearsal.sandbox.world.ec2.networkInterfaces)
    expect(interfaces.map((one) => [one.subnetId, one.description])).toEqual([
      ['subnet-a', `ELB net/orders/${id}`],
      ['subnet-b', `ELB net/orders/${id}`],
    ])
  })

  it.each([
    ['a name that begins with internal-', { Name: 'internal-orders' }, 'ValidationError'],
    ['a name with an underscore', { Name: 'my_orders' }, 'ValidationError'],
    ['a name of 33 characters', { Name: 'a'.repeat(33) }, 'ValidationError'],
    ['a subnet that does not exist', { Subnets: ['subnet-no'] }, 'SubnetNotFoundException'],
    ['two subnets in one zone', { Subnets: ['subnet-a', 'subnet-a2'] }, 'InvalidConfigurationRequestException'],
    ['a subnet with too few addresses', { Subnets: ['subnet-tiny'] }, 'InvalidSubnetException'],
    ['a security group of nowhere', { SecurityGroups: ['sg-no'] }, 'InvalidSecurityGroupException'],
    ['the internet without a gateway', { Scheme: 'internet-facing' as const }, 'InvalidSubnetException'],
  ])('is refused for %s', async (_, over, code) => {
    await expect(send.send(internal(over))).rejects.toEqual(refused(code))
  })

  it('is one of 50 at most', async () => {
    for (let n = 0; n < 50; n += 1) await create({ Name: `nlb-${n}`, Subnets: ['subnet-a'] })
    await expect(send.send(internal())).rejects.toEqual(refused('TooManyLoadBalancersException'))
  })

  it('belongs to its account alone', async () => {
    const made = await create()
    const stranger = rehearsal.clients('444455556666').elbv2
    const look = new DescribeLoadBalancersCommand({ LoadBalancerArns: [made.LoadBalancerArn] })
    await expect(stranger.send(look)).rejects.toEqual(refused('LoadBalancerNotFoundException'))
  })

  it('may not be found by its attributes at first', async () => {
    const { LoadBalancerArn } = await create()
    const look = new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn })
    await expect(send.send(look)).rejects.toEqual(refused('LoadBalancerNotFoundException'))
    await rehearsal.clock.sleep(durations.visible)
    await expect(send.send(look)).resolves.toHaveProperty('Attributes')
  })

  it('keeps all the attributes that Terraform sets, and refuses those that do not exist', async () => {
    const { LoadBalancerArn } = await create()
    await rehearsal.clock.sleep(durations.visible)
    const wanted = [
      { Key: 'access_logs.s3.enabled', Value: 'false' },
      { Key: 'deletion_protection.enabled', Value: 'false' },
      { Key: 'load_balancing.cross_zone.enabled', Value: 'true' },
      { Key: 'dns_record.client_routing_policy', Value: 'any_availability_zone' },
      { Key: 'zonal_shift.config.enabled', Value: 'false' },
    ]
    await send.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes: wanted }))
    const { Attributes } = await send.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }))
    expect(Attributes).toEqual(expect.arrayContaining(wanted))
    const unknown = [{ Key: 'magic.enabled', Value: 'true' }]
    await expect(
      send.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes: unknown })),
    ).rejects.toEqual(refused('ValidationError'))
    const { DecreaseRequestsRemaining } = await send.send(new DescribeCapacityReservationCommand({ LoadBalancerArn }))
    expect(DecreaseRequestsRemaining).toBe(0)
  })

  it('goes at once, while its interfaces linger', async () => {
    const { LoadBalancerArn } = await create()
    await send.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }))
    const look = new DescribeLoadBalancersCommand({ LoadBalancerArns: [LoadBalancerArn] })
    await expect(send.send(look)).rejects.toEqual(refused('LoadBalancerNotFoundException'))
    const { networkInterfaces } = rehearsal.sandbox.world.ec2
    const left = () => Object.values(networkInterfaces).filter((one) => exists(one, rehearsal.clock.now())).length
    expect(left()).toBe(2)
    await rehearsal.clock.sleep(durations.loadBalancerInterfacesGone)
    expect(left()).toBe(0)
    await expect(send.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }))).resolves.toBeDefined()
  })

  it('is protected from deletion while it is said to be, or while an endpoint service names it', async () => {
    const { LoadBalancerArn } = await create()
    const remove = new DeleteLoadBalancerCommand({ LoadBalancerArn })
    const protect = (Value: string) =>
      send.send(
        new ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn,
          Attributes: [{ Key: 'deletion_protection.enabled', Value }],
        }),
      )
    await protect('true')
    await expect(send.send(remove)).rejects.toEqual(refused('OperationNotPermittedException'))
    await protect('false')
    rehearsal.sandbox.world.ec2.endpointServices['vpce-svc-1'] = {
      account,
      region,
      createdAt: 0,
      serviceId: 'vpce-svc-1',
      serviceName: 'com.amazonaws.vpce.us-east-1.vpce-svc-1',
      loadBalancerArns: [LoadBalancerArn],
      acceptanceRequired: true,
      principals: [],
      usableAt: 0,
      tags: {},
    }
    const text = /cannot be deleted because it is currently associated with another service/
    await expect(send.send(remove)).rejects.toEqual(refused('ResourceInUseException', text))
    delete rehearsal.sandbox.world.ec2.endpointServices['vpce-svc-1']
    await expect(send.send(remove)).resolves.toBeDefined()
  })

  it('has security groups from the start or never', async () => {
    const bare = await create()
    const set = (LoadBalancerArn: string) =>
      send.send(
        new SetSecurityGroupsCommand({
          LoadBalancerArn,
          SecurityGroups: ['sg-nlb'],
          EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off',
        }),
      )
    await expect(set(bare.LoadBalancerArn)).rejects.toEqual(refused('InvalidConfigurationRequestException'))
    const grouped = await create({ Name: 'grouped', SecurityGroups: ['sg-nlb'] })
    expect(grouped.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic).toBe('on')
    await set(grouped.LoadBalancerArn)
    const { LoadBalancers } = await send.send(
      new DescribeLoadBalancersCommand({ LoadBalancerArns: [grouped.LoadBalancerArn] }),
    )
    expect(LoadBalancers?.[0]).toMatchObject({
      SecurityGroups: ['sg-nlb'],
      EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off',
    })
  })

  it('moves between subnets, and its interfaces with it', async () => {
    const { LoadBalancerArn } = await create({ Subnets: ['subnet-a'] })
    await send.send(new SetSubnetsCommand({ LoadBalancerArn, Subnets: ['subnet-a2', 'subnet-b'] }))
    const { world } = rehearsal.sandbox
    const now = rehearsal.clock.now()
    const there = Object.values(world.ec2.networkInterfaces).filter((one) => exists(one, now))
    expect(there.map((one) => one.subnetId)).toEqual(['subnet-a2', 'subnet-b'])
  })
})

describe('a target group', () => {
  it('is the same one when it is made twice with the same settings, and a duplicate otherwise', async () => {
    expect(await createGroup()).toBe(await createGroup())
    await expect(createGroup('orders', { Port: 81 })).rejects.toEqual(refused('DuplicateTargetGroupNameException'))
    const slower = { HealthCheckIntervalSeconds: 60 }
    await expect(createGroup('orders', slower)).rejects.toEqual(refused('DuplicateTargetGroupNameException'))
  })

  it('checks by TCP every 30 seconds unless told otherwise, and takes no path for that', async () => {
    const { TargetGroups } = await send.send(
      new DescribeTargetGroupsCommand({ TargetGroupArns: [await createGroup()] }),
    )
    expect(TargetGroups?.[0]).toMatchObject({
      HealthCheckProtocol: 'TCP',
      HealthCheckPort: 'traffic-port',
      HealthCheckIntervalSeconds: 30,
      HealthCheckTimeoutSeconds: 10,
      HealthyThresholdCount: 5,
      UnhealthyThresholdCount: 2,
      LoadBalancerArns: [],
    })
    expect(TargetGroups?.[0]).not.toHaveProperty('HealthCheckPath')
    await expect(createGroup('other', { HealthCheckPath: '/' })).rejects.toEqual(refused('ValidationError'))
  })

  it('can be told to check differently', async () => {
    const TargetGroupArn = await createGroup()
    const { TargetGroups } = await send.send(
      new ModifyTargetGroupCommand({ TargetGroupArn, HealthCheckProtocol: 'HTTPS', HealthCheckPath: '/ping' }),
    )
    expect(TargetGroups?.[0]).toMatchObject({ HealthCheckPath: '/ping', Matcher: { HttpCode: '200-399' } })
  })

  it('is found by name, by ARN and by load balancer, a page at a time', async () => {
    const { LoadBalancerArn } = await create()
    const [first, second] = [await createGroup('one'), await createGroup('two')]
    await listen(LoadBalancerArn, second)
    await rehearsal.clock.sleep(durations.visible)
    const arns = async (input: object) =>
      (await send.send(new DescribeTargetGroupsCommand(input))).TargetGroups?.map((one) => one.TargetGroupArn)
    expect(await arns({ Names: ['one'] })).toEqual([first])
    expect(await arns({ LoadBalancerArn })).toEqual([second])
    const page = await send.send(new DescribeTargetGroupsCommand({ PageSize: 1 }))
    expect(page.TargetGroups).toHaveLength(1)
    expect(await arns({ PageSize: 1, Marker: page.NextMarker })).toEqual([second])
    await expect(arns({ Names: ['three'] })).rejects.toEqual(refused('TargetGroupNotFoundException'))
  })

  it('cannot go while a listener uses it, and goes quietly when it is gone', async () => {
    const { LoadBalancerArn } = await create()
    const TargetGroupArn = await createGroup()
    const ListenerArn = await listen(LoadBalancerArn, TargetGroupArn)
    const remove = new DeleteTargetGroupCommand({ TargetGroupArn })
    await expect(send.send(remove)).rejects.toEqual(refused('ResourceInUseException', /in use by a listener or a rule/))
    await send.send(new DeleteListenerCommand({ ListenerArn }))
    await send.send(remove)
    await expect(send.send(remove)).resolves.toBeDefined()
  })
})

describe('a listener', () => {
  it('is the same one when it is made twice, and a duplicate when it would lead elsewhere', async () => {
    const { LoadBalancerArn } = await create()
    const group = await createGroup()
    const arn = await listen(LoadBalancerArn, group)
    expect(arn).toMatch(/:listener\/net\/orders\/[0-9a-f]{16}\/[0-9a-f]{16}$/)
    expect(await listen(LoadBalancerArn, group)).toBe(arn)
    const other = await createGroup('other')
    await expect(listen(LoadBalancerArn, other)).rejects.toEqual(refused('DuplicateListenerException'))
  })

  it('can be led elsewhere, on another port', async () => {
    const { LoadBalancerArn } = await create()
    const ListenerArn = await listen(LoadBalancerArn, await createGroup())
    const DefaultActions = forward(await createGroup('other'))
    await send.send(new ModifyListenerCommand({ ListenerArn, Port: 81, DefaultActions }))
    const { Listeners } = await send.send(new DescribeListenersCommand({ LoadBalancerArn }))
    expect(Listeners).toMatchObject([{ ListenerArn, Port: 81, Protocol: 'TCP', DefaultActions }])
    const { Attributes } = await send.send(new DescribeListenerAttributesCommand({ ListenerArn }))
    expect(Attributes).toEqual([{ Key: 'tcp.idle_timeout.seconds', Value: '350' }])
  })

  it('takes no target group of another load balancer or another VPC', async () => {
    const [one, two] = [await create(), await create({ Name: 'two' })]
    const group = await createGroup()
    await listen(one.LoadBalancerArn, group)
    await expect(listen(two.LoadBalancerArn, group)).rejects.toEqual(refused('TargetGroupAssociationLimitException'))
    const foreign = await createGroup('foreign', { VpcId: 'vpc-other' })
    await expect(listen(two.LoadBalancerArn, foreign)).rejects.toEqual(refused('InvalidConfigurationRequestException'))
  })

  it('goes with its load balancer', async () => {
    const { LoadBalancerArn } = await create()
    const ListenerArn = await listen(LoadBalancerArn, await createGroup())
    await send.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }))
    const look = new DescribeListenersCommand({ ListenerArns: [ListenerArn] })
    await expect(send.send(look)).rejects.toEqual(refused('ListenerNotFoundException'))
    await expect(send.send(new DeleteListenerCommand({ ListenerArn }))).rejects.toEqual(
      refused('ListenerNotFoundException'),
    )
  })
})

it('tags everything, and finds all tags or none', async () => {
  const { LoadBalancerArn } = await create({ Tags: [{ Key: 'owner', Value: 'a' }] })
  const group = await createGroup()
  const ResourceArns = [LoadBalancerArn, group]
  await send.send(new AddTagsCommand({ ResourceArns, Tags: [{ Key: 'stage', Value: 'test' }] }))
  await send.send(new RemoveTagsCommand({ ResourceArns, TagKeys: ['owner'] }))
  const { TagDescriptions } = await send.send(new DescribeTagsCommand({ ResourceArns }))
  const Tags = [{ Key: 'stage', Value: 'test' }]
  expect(TagDescriptions).toEqual(ResourceArns.map((ResourceArn) => ({ ResourceArn, Tags })))
  await send.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }))
  await expect(send.send(new DescribeTagsCommand({ ResourceArns }))).rejects.toEqual(
    refused('LoadBalancerNotFoundException'),
  )
})
