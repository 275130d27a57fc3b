import {
  CreateListenerCommand,
  CreateRuleCommand,
  type CreateRuleCommandInput,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  ModifyListenerCommand,
  ModifyLoadBalancerAttributesCommand,
  ModifyRuleCommand,
  ModifyTargetGroupAttributesCommand,
  RegisterTargetsCommand,
  SetRulePrioritiesCommand,
  SetSubnetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { beforeEach, describe, expect, it } from 'vitest'

import { durations } from '../src/state/durations.ts'
import {
  account,
  albWorld,
  certificateArn,
  makeBalancer,
  makeGroup,
  makeListener,
  makeTrustStore,
  notFound,
  serverName,
  verifying,
} from './support/balancing.ts'
import { makeCertificates } from '../../../test/support/certificates.ts'
import { rehearse, type Rehearsal } from '../../../test/support/sandbox.ts'

const files = makeCertificates(serverName)
let rehearsal: Rehearsal
let send: ReturnType<Rehearsal['clients']>['elbv2']
beforeEach(async () => {
  rehearsal = await rehearse({ seed: albWorld(files) })
  send = rehearsal.clients(account).elbv2
})

const refused = (name: string, message?: RegExp) =>
  expect.objectContaining({ name, ...(message && { message: expect.stringMatching(message) }) })

const forward = (TargetGroupArn: string) => [{ Type: 'forward' as const, TargetGroupArn }]

describe('an application load balancer', () => {
  it('is in two zones at least, and has attributes of its own', async () => {
    await expect(makeBalancer(send, 'application', { Subnets: ['subnet-a'] })).rejects.toEqual(
      refused('ValidationError', /At least two subnets/),
    )
    const LoadBalancerArn = await makeBalancer(send, 'application')
    expect(LoadBalancerArn).toMatch(/:loadbalancer\/app\/proxy\/[0-9a-f]{16}$/)
    const drop = { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' }
    await send.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes: [drop] }))
    await rehearsal.clock.sleep(durations.visible)
    const { Attributes } = await send.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }))
    expect(Attributes).toContainEqual(drop)
    expect(Attributes).toContainEqual({ Key: 'load_balancing.cross_zone.enabled', Value: 'true' })
    const shrinking = send.send(new SetSubnetsCommand({ LoadBalancerArn, Subnets: ['subnet-a'] }))
    await expect(shrinking).rejects.toEqual(refused('ValidationError', /At least two subnets/))
  })
})

describe('an HTTPS listener', () => {
  let balancer: string
  beforeEach(async () => {
    balancer = await makeBalancer(send, 'application')
  })

  it('shows certificate, policy and mutual authentication as they were given', async () => {
    const store = await makeTrustStore(send)
    await rehearsal.clock.sleep(durations.trustStoreActive)
    const ListenerArn = await makeListener(send, verifying(balancer, store))
    // Making it again finds it.
    expect(await makeListener(send, verifying(balancer, store))).toBe(ListenerArn)
    const { Listeners } = await send.send(new DescribeListenersCommand({ ListenerArns: [ListenerArn] }))
    expect(Listeners?.[0]).toMatchObject({
      Protocol: 'HTTPS',
      Port: 443,
      Certificates: [{ CertificateArn: certificateArn }],
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
      MutualAuthentication: { Mode: 'verify', TrustStoreArn: store, IgnoreClientCertificateExpiry: false },
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
    })
    const { Listeners: [changed] = [] } = await send.send(
      new ModifyListenerCommand({ ListenerArn, MutualAuthentication: { Mode: 'off' } }),
    )
    expect(changed).toMatchObject({ MutualAuthentication: { Mode: 'off' }, Protocol: 'HTTPS' })
    expect(changed?.MutualAuthentication).not.toHaveProperty('TrustStoreArn')
  })

  it.each([
    ['ValidationError', {}],
    ['CertificateNotFoundException', { Certificates: [{ CertificateArn: `${certificateArn}0` }] }],
    ['SSLPolicyNotFoundException', { SslPolicy: 'ELBSecurityPolicy-2000-01' }],
    [
      'TrustStoreNotFoundException',
      { MutualAuthentication: { Mode: 'verify', TrustStoreArn: 'arn:aws:x:truststore/y' } },
    ],
    ['ValidationError', { MutualAuthentication: { Mode: 'verify' } }],
    ['ValidationError', { MutualAuthentication: { Mode: 'maybe' } }],
    ['UnsupportedProtocolException', { Protocol: 'TCP' as const }],
    ['InvalidLoadBalancerActionException', { DefaultActions: [{ Type: 'nothing' as 'forward' }] }],
    ['ValidationError', { Protocol: 'HTTP' as const }],
  ])('is refused with %s for %o', async (name, over) => {
    const Certificates = Object.keys(over).length === 0 ? [] : [{ CertificateArn: certificateArn }]
    const base = { LoadBalancerArn: balancer, Protocol: 'HTTPS' as const, Port: 443, Certificates }
    const making = send.send(new CreateListenerCommand({ ...base, DefaultActions: [notFound], ...over }))
    await expect(making).rejects.toEqual(refused(name))
  })

  it('takes no target group of a Network Load Balancer, nor the other way round', async () => {
    const tcp = await makeGroup(send, { Name: 'tcp', Protocol: 'TCP' })
    const https = await makeGroup(send, {})
    const front = await makeBalancer(send, 'network')
    const http = { LoadBalancerArn: balancer, Protocol: 'HTTP' as const, Port: 80, DefaultActions: forward(tcp) }
    await expect(makeListener(send, http)).rejects.toEqual(refused('IncompatibleProtocolsException'))
    const other = { LoadBalancerArn: front, Protocol: 'TCP' as const, Port: 80, DefaultActions: forward(https) }
    await expect(makeListener(send, other)).rejects.toEqual(refused('IncompatibleProtocolsException'))
    const fixed = { ...other, DefaultActions: [notFound] }
    await expect(makeListener(send, fixed)).rejects.toEqual(refused('InvalidLoadBalancerActionException'))
  })
})

describe('a rule', () => {
  let listener: string
  let group: string
  const toApi = (over: Partial<CreateRuleCommandInput> = {}): CreateRuleCommandInput => ({
    ListenerArn: listener,
    Priority: 1,
    Conditions: [{ Field: 'host-header', HostHeaderConfig: { Values: [serverName] } }],
    Actions: forward(group),
    Transforms: [
      {
        Type: 'host-header-rewrite',
        HostHeaderRewriteConfig: { Rewrites: [{ Regex: '^.*$', Replace: 'api.example' }] },
      },
    ],
    ...over,
  })
  const make = async (over: Partial<CreateRuleCommandInput> = {}) => {
    const { Rules: [made] = [] } = await send.send(new CreateRuleCommand(toApi(over)))
    return made?.RuleArn ?? ''
  }
  beforeEach(async () => {
    const LoadBalancerArn = await makeBalancer(send, 'application')
    group = await makeGroup(send, {})
    listener = await makeListener(send, { LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions: [notFound] })
  })

  it('stands before the default rule, with conditions and transforms as they were given', async () => {
    const RuleArn = await make({ Tags: [{ Key: 'team', Value: 'payments' }] })
    expect(RuleArn).toMatch(/:listener-rule\/app\/proxy\/[0-9a-f]{16}\/[0-9a-f]{16}\/[0-9a-f]{16}$/)
    const { Rules } = await send.send(new DescribeRulesCommand({ ListenerArn: listener }))
    const { Conditions, Actions, Transforms } = toApi()
    expect(Rules).toMatchObject([
      { RuleArn, Priority: '1', IsDefault: false, Conditions, Actions, Transforms },
      { Priority: 'default', IsDefault: true, Conditions: [], Actions: [notFound] },
    ])
    const shown = await send.send(new DescribeRulesCommand({ RuleArns: [Rules?.[1]?.RuleArn ?? ''] }))
    expect(shown.Rules).toEqual([Rules?.[1]])
    const { TagDescriptions } = await send.send(new DescribeTagsCommand({ ResourceArns: [RuleArn] }))
    expect(TagDescriptions?.[0]?.Tags).toEqual([{ Key: 'team', Value: 'payments' }])
  })

  it('is changed, moved and taken away', async () => {
    const [one, two] = [await make(), await make({ Priority: 2 })]
    await expect(make()).rejects.toEqual(refused('PriorityInUseException'))
    const Conditions = [{ Field: 'path-pattern', Values: ['/orders/*'] }]
    await send.send(new ModifyRuleCommand({ RuleArn: one, Conditions, ResetTransforms: true }))
    const moving = (RuleArn: string, Priority: number) =>
      send.send(new SetRulePrioritiesCommand({ RulePriorities: [{ RuleArn, Priority }] }))
    await expect(moving(one, 2)).rejects.toEqual(refused('PriorityInUseException'))
    await moving(one, 3)
    const { Rules } = await send.send(new DescribeRulesCommand({ ListenerArn: listener }))
    expect(Rules?.map(({ RuleArn, Priority }) => [RuleArn, Priority]).slice(0, 2)).toEqual([
      [two, '2'],
      [one, '3'],
    ])
    expect(Rules?.[1]?.Conditions?.[0]).toMatchObject({ PathPatternConfig: { Values: ['/orders/*'] } })
    expect(Rules?.[1]).not.toHaveProperty('Transforms')
    await send.send(new DeleteRuleCommand({ RuleArn: one }))
    await expect(send.send(new DeleteRuleCommand({ RuleArn: one }))).rejects.toEqual(refused('RuleNotFoundException'))
  })

  it('holds its target group, and goes with its listener', async () => {
    const RuleArn = await make()
    const removing = new DeleteTargetGroupCommand({ TargetGroupArn: group })
    await expect(send.send(removing)).rejects.toEqual(refused('ResourceInUseException'))
    const { TargetGroups } = await send.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [group] }))
    expect(TargetGroups?.[0]?.LoadBalancerArns).toHaveLength(1)
    await send.send(new DeleteListenerCommand({ ListenerArn: listener }))
    await expect(send.send(new DescribeRulesCommand({ RuleArns: [RuleArn] }))).rejects.toEqual(
      refused('RuleNotFoundException'),
    )
    await send.send(removing)
  })

  const rewrite = (Regex: string, Replace = '/') => ({
    Transforms: [{ Type: 'url-rewrite' as const, UrlRewriteConfig: { Rewrites: [{ Regex, Replace }] } }],
  })
  it.each([
    [{ Conditions: [] }],
    [{ Priority: 0 }],
    [{ Priority: 50_001 }],
    [{ Conditions: [{ Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } }] }],
    [rewrite('(')],
    [rewrite('^(?=/v1)')],
    [{ Transforms: [...rewrite('a').Transforms, ...rewrite('b').Transforms] }],
  ])('is refused with %o', async (over) => {
    await expect(make(over)).rejects.toEqual(refused('ValidationError'))
  })
})

describe('target groups behind an application load balancer', () => {
  it('check by HTTP and 200 unless told otherwise, and never by TCP', async () => {
    const TargetGroupArn = await makeGroup(send, {})
    const { TargetGroups } = await send.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [TargetGroupArn] }))
    const byHttp = { HealthCheckProtocol: 'HTTP', HealthCheckPath: '/', Matcher: { HttpCode: '200' } }
    expect(TargetGroups?.[0]).toMatchObject({ Protocol: 'HTTPS', ProtocolVersion: 'HTTP1', ...byHttp })
    const { Attributes } = await send.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn }))
    expect(Attributes?.map(({ Key }) => Key)).not.toContain('preserve_client_ip.enabled')
    for (const over of [{ HealthCheckProtocol: 'TCP' as const }, { Matcher: { HttpCode: '200-599' } }]) {
      await expect(makeGroup(send, { Name: 'other', ...over })).rejects.toEqual(refused('ValidationError'))
    }
  })
})

describe('an application load balancer behind a network load balancer', () => {
  let balancer: string
  const behind = { Name: 'alb', Protocol: 'TCP' as const, TargetType: 'alb' as const }
  beforeEach(async () => {
    balancer = await makeBalancer(send, 'application')
  })
  const listenOn = (Port: number) =>
    makeListener(send, { LoadBalancerArn: balancer, Protocol: 'HTTP', Port, DefaultActions: [notFound] })

  it('needs a listener on the port, and is the only target', async () => {
    const group = await makeGroup(send, behind)
    const register = (Id: string) => send.send(new RegisterTargetsCommand({ TargetGroupArn: group, Targets: [{ Id }] }))
    await expect(register(balancer)).rejects.toEqual(refused('InvalidTargetException', /no listener on port 443/))
    await listenOn(443)
    await register(balancer)
    const second = await makeBalancer(send, 'application', { Name: 'second' })
    await makeListener(send, { LoadBalancerArn: second, Protocol: 'HTTP', Port: 443, DefaultActions: [notFound] })
    await expect(register(second)).rejects.toEqual(refused('TooManyTargetsException'))
    const front = await makeBalancer(send, 'network')
    await expect(register(front)).rejects.toEqual(refused('InvalidTargetException'))
    await expect(register('10.0.1.9')).rejects.toEqual(refused('InvalidTargetException'))
  })

  it('stays while it is a target', async () => {
    await listenOn(443)
    const TargetGroupArn = await makeGroup(send, behind, { Id: balancer })
    const removing = new DeleteLoadBalancerCommand({ LoadBalancerArn: balancer })
    await expect(send.send(removing)).rejects.toEqual(refused('ResourceInUseException'))
    await send.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: balancer }] }))
    await send.send(removing)
  })

  it('is checked by HTTP or HTTPS, with attributes that nobody changes', async () => {
    await expect(makeGroup(send, { ...behind, HealthCheckProtocol: 'TCP' })).rejects.toEqual(refused('ValidationError'))
    await expect(makeGroup(send, { ...behind, Protocol: 'HTTPS' })).rejects.toEqual(refused('ValidationError'))
    const TargetGroupArn = await makeGroup(send, behind)
    const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '30' }]
    const changing = send.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }))
    await expect(changing).rejects.toEqual(refused('ValidationError'))
  })
})
