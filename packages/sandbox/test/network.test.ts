import { beforeEach, describe, expect, it } from 'vitest'

import type { Arrival } from '../src/network/network.ts'
import { type LinkRequest, sendThroughLink } from '../src/network/link.ts'
import type { LoadBalancer, Target, TargetGroup } from '../src/state/elbv2.ts'
import type { EndpointService } from '../src/state/ec2.ts'
import { rehearse, type Rehearsal } from '../../../test/support/sandbox.ts'

const hub = '111122223333'
const app = '444455556666'
const region = 'us-east-1'
const arnOf = (account: string, name: string) =>
  `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/net/${name}/0123456789abcdef`
const hubArn = arnOf(hub, 'hub')
const appArn = arnOf(app, 'app')
const serviceName = 'com.amazonaws.vpce.us-east-1.vpce-svc-app'

const vpc = (account: string, vpcId: string, net: string) => ({
  account,
  region,
  vpcId,
  cidr: `${net}.0.0/16`,
  subnets: [
    { subnetId: `${vpcId}-1`, cidr: `${net}.1.0/24`, zoneId: 'use1-az1' },
    { subnetId: `${vpcId}-2`, cidr: `${net}.2.0/24`, zoneId: 'use1-az2' },
  ],
})
const balancer = (
  account: string,
  arn: string,
  vpcId: string,
  targets: { ip: string; port: number; host?: string }[],
) => ({
  account,
  region,
  arn,
  vpcId,
  subnetIds: [`${vpcId}-1`, `${vpcId}-2`],
  securityGroupIds: [`sg-${vpcId}`],
  listeners: [{ port: 80, targets }],
})
const group = (account: string, groupId: string, vpcId: string, ingress: { port: number; cidr: string }[] = []) => ({
  account,
  region,
  groupId,
  vpcId,
  name: groupId,
  ingress,
})

let rehearsal: Rehearsal
beforeEach(async () => {
  rehearsal = await rehearse({
    seed: {
      vpcs: [vpc(hub, 'hub', '10.0'), vpc(app, 'app', '10.1')],
      securityGroups: [
        group(hub, 'sg-hub', 'hub'),
        group(app, 'sg-app', 'app'),
        group(hub, 'sg-endpoint', 'hub', [{ port: 80, cidr: '10.0.0.0/16' }]),
      ],
      loadBalancers: [
        balancer(app, appArn, 'app', [{ ip: '10.1.1.50', port: 8080, host: 'orders' }]),
        balancer(hub, hubArn, 'hub', [{ ip: '10.0.1.50', port: 8080, host: 'local' }]),
      ],
      endpoints: [
        {
          account: hub,
          region,
          endpointId: 'vpce-app',
          vpcId: 'hub',
          serviceName,
          subnetIds: ['hub-1', 'hub-2'],
          securityGroupIds: ['sg-endpoint'],
        },
      ],
    },
  })
  const { world } = rehearsal.sandbox
  world.ec2.endpointServices['vpce-svc-app'] = service(app, 'vpce-svc-app', serviceName, appArn)
  world.ec2.endpointServices['vpce-svc-link'] = service(hub, 'vpce-svc-link', 'hidden', hubArn)
  world.apigateway.vpcLinks['link'] = {
    account: hub,
    region,
    createdAt: 0,
    vpcLinkId: 'link',
    name: 'hub',
    targetArn: hubArn,
    readyAt: 0,
    serviceId: 'vpce-svc-link',
    tags: {},
  }
  // API Gateway's traffic is exempt, as its documentation advises.
  balancerOf(hubArn).enforceOnPrivateLink = 'off'
})

const service = (account: string, serviceId: string, serviceName: string, arn: string): EndpointService => ({
  account,
  region,
  createdAt: 0,
  serviceId,
  serviceName,
  loadBalancerArns: [arn],
  acceptanceRequired: true,
  principals: [],
  usableAt: 0,
  tags: {},
})

function balancerOf(arn: string): LoadBalancer {
  const found = rehearsal.sandbox.world.elbv2.loadBalancers[arn]
  if (!found) throw new Error(`no load balancer ${arn}`)
  return found
}

function groupOf(account: string): TargetGroup {
  const found = Object.values(rehearsal.sandbox.world.elbv2.targetGroups).find((one) => one.account === account)
  if (!found) throw new Error(`no target group in ${account}`)
  return found
}

const target = (id: string, port: number, healthy = true): Target => ({
  id,
  port,
  registeredAt: 0,
  health: { healthy, streak: 5, streakOk: healthy, checkedAt: rehearsal.clock.now() },
})

/** The addresses of an endpoint's interfaces, in the order of its zones. */
const addressesOf = (endpointId: string): string[] =>
  Object.values(rehearsal.sandbox.world.ec2.networkInterfaces)
    .filter((one) => one.servesId === endpointId)
    .map((one) => one.privateIp)

function viaEndpoint(port = 80): void {
  groupOf(hub).targets = addressesOf('vpce-app').map((ip) => target(ip, port))
}

const go = (over: Partial<LinkRequest> = {}): Promise<Arrival> => {
  return sendThroughLink(rehearsal.sandbox.network, {
    account: hub,
    region,
    vpcLinkId: 'link',
    scheme: 'http',
    host: 'orders.internal',
    port: 80,
    timeoutMs: 29_000,
    request: { method: 'POST', path: '/v1/orders', query: 'a=1', headers: {}, body: Buffer.from('hello') },
    ...over,
  })
}

async function answered(over?: Partial<LinkRequest>): Promise<object> {
  const arrival = await go(over)
  if (!arrival.arrived) throw new Error(`${arrival.cause} at ${arrival.hop}: ${arrival.why}`)
  const body: unknown = JSON.parse(arrival.answer.body.toString())
  return { status: arrival.answer.status, ...(typeof body === 'object' ? body : {}) }
}

describe('a request through a VPC link', () => {
  it('reaches the target of the listener, with its Host header', async () => {
    const said = {
      status: 200,
      name: 'local',
      method: 'POST',
      path: '/v1/orders?a=1',
      host: 'orders.internal',
    }
    expect(await answered()).toMatchObject(said)
  })

  it('reaches the other account by an interface endpoint and its service', async () => {
    viaEndpoint()
    balancerOf(appArn).enforceOnPrivateLink = 'off'
    expect(await answered()).toMatchObject({ name: 'orders', path: '/v1/orders?a=1' })
  })

  it.each<[string, () => void, { cause: string; hop: string }]>([
    ['the link is gone', () => delete world().apigateway.vpcLinks['link'], { cause: 'link', hop: 'VPC link link' }],
    ['the link is pending', () => editLink({ readyAt: Infinity }), { cause: 'link', hop: 'VPC link link' }],
    ['the link has failed', () => editLink({ failure: 'NLB is gone' }), { cause: 'link', hop: 'VPC link link' }],
    ['the link is being deleted', () => editLink({ deletingSince: 1 }), { cause: 'link', hop: 'VPC link link' }],
    [
      'the hidden service is gone',
      () => delete world().ec2.endpointServices['vpce-svc-link'],
      { cause: 'link', hop: 'VPC link link' },
    ],
    [
      'the group has no targets',
      () => void (groupOf(hub).targets = []),
      { cause: 'no-target', hop: 'load balancer hub' },
    ],
    [
      'inbound rules are enforced and admit nobody',
      () => void (balancerOf(hubArn).enforceOnPrivateLink = 'on'),
      { cause: 'timeout', hop: 'load balancer hub' },
    ],
    ['outbound rules let nothing out', () => clearRules('sg-hub'), { cause: 'timeout', hop: 'load balancer hub' }],
    ['nothing has the address', () => aim('10.0.1.99', 80), { cause: 'timeout', hop: '10.0.1.99:80' }],
    ['the host listens elsewhere', () => aim('10.0.1.50', 81), { cause: 'refused', hop: '10.0.1.50:81' }],
    ['there is no route', () => aim('172.31.1.1', 80), { cause: 'timeout', hop: '172.31.1.1' }],
  ])('ends when %s', async (_, spoil, end) => {
    spoil()
    const arrival = await go()
    expect(arrival).toMatchObject({ arrived: false, ...end })
    expect(arrival).toHaveProperty('why')
  })

  it('ends at a port without a listener', async () => {
    expect(await go({ port: 8443 })).toMatchObject({ cause: 'no-listener', why: 'no listener on port 8443' })
  })

  it('ends at a port that speaks no TLS, if it expects some', async () => {
    expect(await go({ scheme: 'https' })).toMatchObject({ cause: 'tls', hop: '10.0.1.50:8080' })
  })

  it('belongs to the account of its API', async () => {
    expect(await go({ account: app })).toMatchObject({ cause: 'link' })
  })

  it('takes its whole timeout when packets are dropped, and no time otherwise', async () => {
    const started = rehearsal.clock.now()
    await go()
    expect(rehearsal.clock.now()).toBe(started)
    aim('10.0.1.99', 80)
    await go({ timeoutMs: 5_000 })
    expect(rehearsal.clock.now()).toBe(started + 5_000)
  })
})

describe('an interface endpoint on the way', () => {
  beforeEach(() => {
    viaEndpoint()
    balancerOf(appArn).enforceOnPrivateLink = 'off'
    // Its only target is in the first of its zones.
    balancerOf(appArn).attributes['load_balancing.cross_zone.enabled'] = 'true'
  })

  it.each<[string, () => void, string]>([
    ['it awaits acceptance', () => editEndpoint({ acceptance: 'waiting' }), 'endpoint vpce-app'],
    ['it is still pending', () => editEndpoint({ readyAt: Infinity }), 'endpoint vpce-app'],
    ['its security groups admit nobody', () => clearRules('sg-endpoint'), 'endpoint vpce-app'],
    ['its service is gone', () => delete world().ec2.endpointServices['vpce-svc-app'], 'endpoint vpce-app'],
    [
      'the provider enforces inbound rules that do not name the consumer',
      () => void (balancerOf(appArn).enforceOnPrivateLink = 'on'),
      'load balancer app',
    ],
    [
      'client addresses are preserved, which PrivateLink interfaces cannot answer',
      () => void (groupOf(hub).attributes['preserve_client_ip.enabled'] = 'true'),
      'load balancer hub',
    ],
  ])('swallows the request while %s', async (_, spoil, hop) => {
    spoil()
    expect(await go()).toMatchObject({ arrived: false, cause: 'timeout', hop })
  })

  it('admits the load balancer by its security group as well as by address', async () => {
    const rules = world().ec2.securityGroups['sg-endpoint']?.rules ?? []
    const byGroup = {
      ruleId: 'sgr-1',
      egress: false,
      protocol: 'tcp',
      fromPort: 80,
      toPort: 80,
      groupId: 'sg-hub',
      tags: {},
    }
    rules.splice(0, rules.length, byGroup)
    expect(await answered()).toMatchObject({ name: 'orders' })
  })

  it('shows an enforcing provider the address in the consumer, never its group', async () => {
    balancerOf(appArn).enforceOnPrivateLink = 'on'
    const rules = world().ec2.securityGroups['sg-app']?.rules ?? []
    const admit = { ruleId: 'sgr-1', egress: false, protocol: 'tcp', fromPort: 80, toPort: 80, tags: {} }
    rules.push({ ...admit, groupId: 'sg-hub' })
    expect(await go()).toMatchObject({ cause: 'timeout', hop: 'load balancer app' })
    rules.push({ ...admit, cidr: '10.0.0.0/16' })
    expect(await answered()).toMatchObject({ name: 'orders' })
  })

  it('leads to the node of its own zone, and so to targets of that zone only unless more is allowed', async () => {
    const byZone = async () => {
      const arrived = []
      for (const ip of addressesOf('vpce-app')) {
        aim(ip, 80)
        arrived.push((await go()).arrived)
      }
      return arrived
    }
    expect(await byZone()).toEqual([true, true])
    balancerOf(appArn).attributes['load_balancing.cross_zone.enabled'] = 'false'
    expect(await byZone()).toEqual([true, false])
  })
})

describe('a load balancer', () => {
  const outcomes = async () => [(await go()).arrived, (await go()).arrived].sort()

  it('loses every other request in a zone without targets until cross-zone balancing is on', async () => {
    expect(await outcomes()).toEqual([false, true])
    balancerOf(hubArn).attributes['load_balancing.cross_zone.enabled'] = 'true'
    expect(await outcomes()).toEqual([true, true])
  })

  it('prefers healthy targets and uses all of them when none is', async () => {
    const { attributes } = balancerOf(hubArn)
    attributes['load_balancing.cross_zone.enabled'] = 'true'
    groupOf(hub).targets = [target('10.0.1.50', 8080), target('10.0.1.99', 80, false)]
    expect(await outcomes()).toEqual([true, true])
    groupOf(hub).targets = [target('10.0.1.50', 8080, false)]
    expect(await outcomes()).toEqual([true, true])
  })

  it('sends nothing to a target that is draining', async () => {
    groupOf(hub).targets = [{ ...target('10.0.1.50', 8080), drainingUntil: Infinity }]
    expect(await go()).toMatchObject({ cause: 'no-target' })
  })

  it('does not send while it is provisioning', async () => {
    balancerOf(hubArn).readyAt = Infinity
    expect(await go()).toMatchObject({ cause: 'timeout', why: 'it is still provisioning' })
  })
})

describe('another network', () => {
  beforeEach(async () => {
    await rehearsal.sandbox.seed({ hosts: [{ vpcId: 'outside', ip: '172.31.12.59', port: 80, name: 'warehouse' }] })
    groupOf(hub).targets = [{ ...target('172.31.12.59', 80), zone: 'all' }]
  })
  const route = (gateway: string, blackhole?: boolean) => {
    const table = Object.values(world().ec2.routeTables).find((one) => one.vpcId === 'hub')
    table?.routes.push({ destination: '172.31.0.0/16', target: gateway, ...(blackhole && { blackhole }) })
  }

  it('is reached by a route', async () => {
    route('tgw-1')
    expect(await answered()).toMatchObject({ name: 'warehouse' })
  })

  it.each([
    ['without a route', () => undefined],
    ['by a route to nowhere', () => route('tgw-1', true)],
    ['by way of the internet', () => route('igw-1')],
  ])('is not reached %s', async (_, prepare) => {
    prepare()
    expect(await go()).toMatchObject({ cause: 'timeout', hop: '172.31.12.59' })
  })
})

const world = () => rehearsal.sandbox.world
const editLink = (over: object) => Object.assign(world().apigateway.vpcLinks['link'] ?? {}, over)
const editEndpoint = (over: object) => Object.assign(world().ec2.endpoints['vpce-app'] ?? {}, over)
const clearRules = (id: string) => world().ec2.securityGroups[id]?.rules.splice(0)

/** Leads the hub's load balancer to one address, in every zone. */
function aim(ip: string, port: number): void {
  groupOf(hub).targets = [target(ip, port)]
  balancerOf(hubArn).attributes['load_balancing.cross_zone.enabled'] = 'true'
}
