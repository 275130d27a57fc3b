import http from 'node:http'
import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
  type TargetDescription,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { HealthCheck, TargetGroup } from '../src/state/elbv2.ts'
import { rehearse, type Rehearsal } from '../../../test/support/sandbox.ts'

const account = '111122223333'
const region = 'us-east-1'
const arn = `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/net/orders/0123456789abcdef`
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
      ],
      routes: [{ destination: '172.31.0.0/16', target: 'tgw-1' }],
    },
  ],
  securityGroups: [{ account, region, groupId: 'sg-nlb', vpcId: 'vpc-hub', name: 'nlb', ingress: [] }],
  loadBalancers: [
    {
      account,
      region,
      arn,
      vpcId: 'vpc-hub',
      subnetIds: ['subnet-a'],
      securityGroupIds: ['sg-nlb'],
      listeners: [{ port: 80, targets: [] }],
    },
  ],
}

let rehearsal: Rehearsal
let send: ReturnType<Rehearsal['clients']>['elbv2']
let group: TargetGroup
let server: http.Server
/** What the backend answers, and what it was asked. */
let status: number
let asked: http.IncomingMessage[]

beforeEach(async () => {
  status = 200
  asked = []
  server = http.createServer((request, response) => {
    asked.push(request)
    response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  rehearsal = await rehearse({ seed })
  send = rehearsal.clients(account).elbv2
  const [only] = Object.values(rehearsal.sandbox.world.elbv2.targetGroups)
  if (!only) throw new Error('the seed made no target group')
  group = only
  await backendAt('10.0.1.50', 80)
})
afterEach(() => void server.close())

async function backendAt(ip: string, port: number, vpcId = 'vpc-hub') {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the backend does not listen')
  await rehearsal.sandbox.seed({ hosts: [{ vpcId, ip, port, url: `http://127.0.0.1:${address.port}` }] })
}

const check = (over: Partial<HealthCheck>) => Object.assign(group.healthCheck, over)
const register = (...Targets: TargetDescription[]) =>
  send.send(new RegisterTargetsCommand({ TargetGroupArn: group.arn, Targets }))
const pass = (seconds: number) => rehearsal.clock.sleep(seconds * 1000)

async function health(Targets?: TargetDescription[]): Promise<TargetHealthDescription[]> {
  const look = new DescribeTargetHealthCommand({ TargetGroupArn: group.arn, Targets })
  return (await send.send(look)).TargetHealthDescriptions ?? []
}
const only = async () => (await health())[0]?.TargetHealth

describe('a target', () => {
  it('is healthy after as many checks as the threshold says, and not before', async () => {
    await register({ Id: '10.0.1.50' })
    expect(await only()).toMatchObject({ State: 'initial', Reason: 'Elb.InitialHealthChecking' })
    await pass(149)
    expect(await only()).toMatchObject({ State: 'initial' })
    await pass(1)
    expect(await only()).toEqual({ State: 'healthy' })
  })

  it('is asked once for all the checks that were due since anyone looked', async () => {
    check({ protocol: 'HTTP', path: '/ready?deep=1', matcher: '200-399' })
    await register({ Id: '10.0.1.50' })
    await pass(3600)
    expect(await only()).toEqual({ State: 'healthy' })
    expect(asked.map((request) => request.url)).toEqual(['/ready?deep=1'])
    expect(asked[0]?.headers.host).toMatch(/^10\.0\.1\.\d+:80$/)
    await only()
    expect(asked).toHaveLength(1)
  })

  it('is unhealthy after two failures, with the codes it gave, and recovers by the threshold', async () => {
    check({ protocol: 'HTTP', path: '/', matcher: '200' })
    await register({ Id: '10.0.1.50' })
    await pass(150)
    expect(await only()).toEqual({ State: 'healthy' })
    status = 503
    await pass(30)
    expect(await only()).toEqual({ State: 'healthy' })
    await pass(30)
    const failed = { State: 'unhealthy', Reason: 'Target.ResponseCodeMismatch' }
    expect(await only()).toEqual({ ...failed, Description: 'Health checks failed with these codes: [503]' })
    status = 200
    await pass(120)
    expect(await only()).toMatchObject(failed)
    await pass(30)
    expect(await only()).toEqual({ State: 'healthy' })
  })

  it.each([
    ['nothing has the address', '10.0.1.99', 80, 'Target.Timeout', 'Request timed out'],
    ['the host does not listen on the port', '10.0.1.50', 81, 'Target.FailedHealthChecks', 'Health checks failed'],
  ])('is unhealthy when %s', async (_, Id, Port, Reason, Description) => {
    await register({ Id, Port })
    await pass(60)
    expect(await only()).toEqual({ State: 'unhealthy', Reason, Description })
  })

  it('is unhealthy when it is asked for TLS on a port that speaks none', async () => {
    check({ protocol: 'HTTPS', path: '/', matcher: '200-399' })
    await register({ Id: '10.0.1.50' })
    await pass(60)
    expect(await only()).toMatchObject({ State: 'unhealthy', Reason: 'Target.FailedHealthChecks' })
    expect(asked).toHaveLength(0)
  })

  it('times out when the outbound rules of the load balancer do not let the check through', async () => {
    const rules = rehearsal.sandbox.world.ec2.securityGroups['sg-nlb']?.rules ?? []
    rules.splice(0, rules.length)
    await register({ Id: '10.0.1.50' })
    await pass(60)
    expect(await only()).toMatchObject({ State: 'unhealthy', Reason: 'Target.Timeout' })
  })

  it('outside the VPC needs a zone and a route', async () => {
    await backendAt('172.31.12.59', 80, 'outside')
    await backendAt('192.168.7.7', 80, 'outside')
    await expect(register({ Id: '172.31.12.59' })).rejects.toThrow(
      "The Availability Zone is required for IP address '172.31.12.59' because it is not in the VPC",
    )
    await register({ Id: '172.31.12.59', AvailabilityZone: 'all' }, { Id: '192.168.7.7', AvailabilityZone: 'all' })
    await pass(150)
    expect((await health()).map((one) => [one.Target?.Id, one.TargetHealth?.State])).toEqual([
      ['172.31.12.59', 'healthy'],
      ['192.168.7.7', 'unhealthy'],
    ])
  })

  it('cannot be a public address, nor take another zone than its own inside the VPC', async () => {
    await expect(register({ Id: '54.1.2.3', AvailabilityZone: 'all' })).rejects.toMatchObject({
      name: 'InvalidTargetException',
    })
    await expect(register({ Id: '10.0.1.50', AvailabilityZone: 'all' })).rejects.toThrow(
      /cannot have its Availability Zone/,
    )
    await expect(register({ Id: 'orders.internal' })).rejects.toMatchObject({ name: 'ValidationError' })
  })

  it('is unused in a zone that the load balancer does not serve', async () => {
    await register({ Id: '10.0.2.50' })
    await pass(300)
    expect(await only()).toMatchObject({ State: 'unused', Reason: 'Target.NotInUse' })
  })

  it('is unused without a listener, and starts anew with the next one', async () => {
    await register({ Id: '10.0.1.50' })
    await pass(150)
    expect(await only()).toEqual({ State: 'healthy' })
    const { listeners } = rehearsal.sandbox.world.elbv2
    const [listener] = Object.values(listeners)
    if (!listener) throw new Error('the seed made no listener')
    delete listeners[listener.arn]
    expect(await only()).toMatchObject({ State: 'unused', Reason: 'Target.NotInUse' })
    await pass(60)
    listeners[listener.arn] = { ...listener, createdAt: rehearsal.clock.now() }
    expect(await only()).toMatchObject({ State: 'initial' })
  })

  it('drains for the deregistration delay and is gone then', async () => {
    group.attributes['deregistration_delay.timeout_seconds'] = '60'
    await register({ Id: '10.0.1.50' })
    await pass(150)
    const Targets = [{ Id: '10.0.1.50', Port: 80 }]
    await send.send(new DeregisterTargetsCommand({ TargetGroupArn: group.arn, Targets }))
    expect(await only()).toMatchObject({ State: 'draining', Reason: 'Target.DeregistrationInProgress' })
    await pass(60)
    expect(await health()).toEqual([])
    expect((await health(Targets))[0]?.TargetHealth).toMatchObject({ State: 'unused', Reason: 'Target.NotRegistered' })
    await expect(send.send(new DeregisterTargetsCommand({ TargetGroupArn: group.arn, Targets }))).resolves.toBeDefined()
  })

  it('comes back from draining when it is registered again', async () => {
    await register({ Id: '10.0.1.50' })
    await send.send(new DeregisterTargetsCommand({ TargetGroupArn: group.arn, Targets: [{ Id: '10.0.1.50' }] }))
    await register({ Id: '10.0.1.50' })
    await pass(150)
    expect(await only()).toEqual({ State: 'healthy' })
  })
})

it('counts a check once when two look at the same moment', async () => {
  await register({ Id: '10.0.1.50' })
  await pass(30)
  await Promise.all([health(), health(), health()])
  expect(group.targets[0]?.health.streak).toBe(1)
})
