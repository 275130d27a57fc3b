import { readFileSync } from 'node:fs'

import * as apigateway from '@aws-sdk/client-api-gateway'
import * as ec2 from '@aws-sdk/client-ec2'
import * as elbv2 from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect, it } from 'vitest'

import { durations } from '../src/state/durations.ts'
import { codeOf, complaintOf } from './support/refusal.ts'
import { account, type Gateway, hubOnly, loadBalancerArn, rehearseGateway } from '../../../test/support/gateway.ts'

const subnetId = 'subnet-0123456789abcdef0'
const taken = 'NLB is already associated with another VPC Endpoint Service'

const makeLink = ({ apigateway: send }: Gateway, arn = '') =>
  send.send(new apigateway.CreateVpcLinkCommand({ name: 'link', targetArns: [arn] }))

/** What a link says of itself when it is no longer pending. */
async function fateOf({ apigateway: send, clock }: Gateway, vpcLinkId = '') {
  await clock.sleep(durations.vpcLinkAvailable)
  const { status, statusMessage } = await send.send(new apigateway.GetVpcLinkCommand({ vpcLinkId }))
  return [status, statusMessage]
}

const makeService = ({ clients }: Gateway, arn: string, over: object = {}) =>
  clients(account).ec2.send(
    new ec2.CreateVpcEndpointServiceConfigurationCommand({ NetworkLoadBalancerArns: [arn], ...over }),
  )

const makeBalancer = async ({ clients }: Gateway, over: object = {}) => {
  const wish = { Name: 'fresh', Type: 'network' as const, Scheme: 'internal' as const, Subnets: [subnetId], ...over }
  const { LoadBalancers } = await clients(account).elbv2.send(new elbv2.CreateLoadBalancerCommand(wish))
  return LoadBalancers?.[0]?.LoadBalancerArn ?? ''
}

const removeBalancer = ({ clients }: Gateway, LoadBalancerArn = loadBalancerArn()) =>
  codeOf(clients(account).elbv2.send(new elbv2.DeleteLoadBalancerCommand({ LoadBalancerArn })))

/** A private API whose only method goes through a link. */
async function makeApi({ apigateway: send }: Gateway, connectionId: string | undefined) {
  const { id: restApiId = '', rootResourceId: resourceId = '' } = await send.send(
    new apigateway.CreateRestApiCommand({ name: 'x', endpointConfiguration: { types: ['PRIVATE'] }, policy: hubOnly }),
  )
  const method = { restApiId, resourceId, httpMethod: 'GET' }
  await send.send(new apigateway.PutMethodCommand({ ...method, authorizationType: 'NONE' }))
  const way = { connectionType: 'VPC_LINK', connectionId, uri: 'http://orders.internal/' } as const
  await send.send(
    new apigateway.PutIntegrationCommand({ ...method, type: 'HTTP_PROXY', integrationHttpMethod: 'GET', ...way }),
  )
  return method
}

const makeEndpoint = async ({ clients, vpcId }: Gateway, over: object = {}) => {
  const wish = { VpcId: vpcId, ServiceName: 'com.amazonaws.us-east-1.execute-api', SubnetIds: [subnetId], ...over }
  const { VpcEndpoint } = await clients(account).ec2.send(
    new ec2.CreateVpcEndpointCommand({ VpcEndpointType: 'Interface', PrivateDnsEnabled: false, ...wish }),
  )
  return VpcEndpoint?.VpcEndpointId ?? ''
}

it('1. A second service for one token is the first one, or a mismatch; a second link is a second link.', async () => {
  const gateway = await rehearseGateway()
  const once = (over: object = {}) => makeService(gateway, loadBalancerArn(), { ClientToken: 'once', ...over })
  const [first, again] = [await once(), await once()]
  expect(again.ServiceConfiguration?.ServiceId).toBe(first.ServiceConfiguration?.ServiceId)
  expect(await codeOf(once({ AcceptanceRequired: false }))).toBe('IdempotentParameterMismatch')
  const links = [await makeLink(gateway, loadBalancerArn(2)), await makeLink(gateway, loadBalancerArn(2))]
  expect(links[0]?.id).not.toBe(links[1]?.id)
})

it('2. A link to a load balancer that is provisioning is accepted, and fails.', async () => {
  const gateway = await rehearseGateway()
  const arn = await makeBalancer(gateway)
  const { id, status } = await makeLink(gateway, arn)
  expect(status).toBe('PENDING')
  expect(await fateOf(gateway, id)).toEqual(['FAILED', expect.stringContaining('NLB is not in active state.')])
  expect(await fateOf(gateway, (await makeLink(gateway, arn)).id)).toEqual(['AVAILABLE', undefined])
})

it('3. A load balancer with a service gets no link, and one with a link no service.', async () => {
  const gateway = await rehearseGateway()
  await makeService(gateway, loadBalancerArn(1))
  expect(await fateOf(gateway, (await makeLink(gateway, loadBalancerArn(1))).id)).toEqual(['FAILED', taken])
  await makeLink(gateway, loadBalancerArn(2))
  expect(await complaintOf(makeService(gateway, loadBalancerArn(2)))).toBe(taken)
})

it('4. A deployment waits for a link that is pending, and is refused with one that is being deleted.', async () => {
  const gateway = await rehearseGateway()
  const { send } = gateway
  const { id: vpcLinkId } = await makeLink(gateway, loadBalancerArn())
  const { restApiId } = await makeApi(gateway, vpcLinkId)
  const before = gateway.clock.now()
  await send(new apigateway.CreateDeploymentCommand({ restApiId }))
  expect(gateway.clock.now() - before).toBe(durations.vpcLinkAvailable)
  await send(new apigateway.CreateDeploymentCommand({ restApiId }))
  expect(gateway.clock.now() - before).toBe(durations.vpcLinkAvailable)
  await send(new apigateway.DeleteVpcLinkCommand({ vpcLinkId }))
  expect(await codeOf(send(new apigateway.CreateDeploymentCommand({ restApiId })))).toBe('BadRequestException')
})

it('9. A load balancer cannot go while a link or a service is not gone.', async () => {
  const gateway = await rehearseGateway()
  const vpcLinkId = await gateway.makeLink()
  expect(await removeBalancer(gateway)).toBe('ResourceInUseException')
  await gateway.apigateway.send(new apigateway.DeleteVpcLinkCommand({ vpcLinkId }))
  expect(await removeBalancer(gateway)).toBe('ResourceInUseException')
  await gateway.clock.sleep(durations.vpcLinkGone)
  const { ServiceConfiguration } = await makeService(gateway, loadBalancerArn())
  expect(await removeBalancer(gateway)).toBe('ResourceInUseException')
  const ServiceIds = [ServiceConfiguration?.ServiceId ?? '']
  const remove = new ec2.DeleteVpcEndpointServiceConfigurationsCommand({ ServiceIds })
  await gateway.clients(account).ec2.send(remove)
  expect(await removeBalancer(gateway)).toBe('ResourceInUseException')
  await gateway.clock.sleep(durations.endpointServiceGone)
  expect(await removeBalancer(gateway)).toBe('no error')
})

it('10. A batch does what it can and lists the rest, with status 200.', async () => {
  const gateway = await rehearseGateway()
  const send = gateway.clients(account).ec2.send.bind(gateway.clients(account).ec2)
  const nobody = 'vpce-00000000000000000'
  const VpcEndpointId = await makeEndpoint(gateway)
  const { $metadata, Unsuccessful } = await send(
    new ec2.DeleteVpcEndpointsCommand({ VpcEndpointIds: [nobody, VpcEndpointId] }),
  )
  expect($metadata.httpStatusCode).toBe(200)
  expect(Unsuccessful).toMatchObject([{ ResourceId: nobody, Error: { Code: 'InvalidVpcEndpoint.NotFound' } }])
  const Filters = [{ Name: 'vpc-endpoint-id', Values: [VpcEndpointId] }]
  const { VpcEndpoints } = await send(new ec2.DescribeVpcEndpointsCommand({ Filters }))
  expect(VpcEndpoints?.map(({ State }) => State)).toEqual(['deleting'])

  const { ServiceConfiguration } = await makeService(gateway, loadBalancerArn())
  const ids = { ServiceId: ServiceConfiguration?.ServiceId, VpcEndpointIds: [nobody] }
  for (const decide of [
    new ec2.AcceptVpcEndpointConnectionsCommand(ids),
    new ec2.RejectVpcEndpointConnectionsCommand(ids),
  ]) {
    const decided = await gateway.clients(account).ec2.send(decide)
    expect(decided).toMatchObject({ $metadata: { httpStatusCode: 200 }, Unsuccessful: [{ ResourceId: nobody }] })
  }
})

it('11. Two groups that name each other hold each other, until both rules are revoked or one of them.', async () => {
  const gateway = await rehearseGateway()
  const { ec2: client } = gateway.clients(account)
  const make = async (GroupName: string) => {
    const wish = { GroupName, Description: GroupName, VpcId: gateway.vpcId }
    return (await client.send(new ec2.CreateSecurityGroupCommand(wish))).GroupId ?? ''
  }
  const [one, other] = [await make('one'), await make('other')]
  const rule = (GroupId: string, from: string) => ({
    GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [{ GroupId: from }] }],
  })
  const remove = (GroupId: string) => codeOf(client.send(new ec2.DeleteSecurityGroupCommand({ GroupId })))
  await client.send(new ec2.AuthorizeSecurityGroupIngressCommand(rule(one, other)))
  await client.send(new ec2.AuthorizeSecurityGroupEgressCommand(rule(other, one)))
  expect([await remove(one), await remove(other)]).toEqual(['DependencyViolation', 'DependencyViolation'])
  await client.send(new ec2.RevokeSecurityGroupIngressCommand(rule(one, other)))
  expect([await remove(one), await remove(other)]).toEqual(['DependencyViolation', 'no error'])
  expect(await remove(one)).toBe('no error')
})

it('14. A look right after the creation of an endpoint, a load balancer or a target group may find nothing.', async () => {
  const gateway = await rehearseGateway()
  const { ec2: network, elbv2: balancing } = gateway.clients(account)
  const endpointId = await makeEndpoint(gateway)
  const Name = 'fresh'
  await makeBalancer(gateway, { Name })
  const group = { Name, Protocol: 'TCP', Port: 80, VpcId: gateway.vpcId, TargetType: 'ip' } as const
  const { TargetGroups } = await balancing.send(new elbv2.CreateTargetGroupCommand(group))
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn
  const looks = async () => [
    await codeOf(network.send(new ec2.DescribeVpcEndpointsCommand({ VpcEndpointIds: [endpointId] }))),
    await codeOf(balancing.send(new elbv2.DescribeLoadBalancersCommand({ Names: [Name] }))),
    await codeOf(balancing.send(new elbv2.DescribeTargetHealthCommand({ TargetGroupArn }))),
  ]
  expect(await looks()).toEqual([
    'InvalidVpcEndpointId.NotFound',
    'LoadBalancerNotFoundException',
    'TargetGroupNotFoundException',
  ])
  await gateway.clock.sleep(durations.visible)
  expect(await looks()).toEqual(['no error', 'no error', 'no error'])
})

it('16. A second writer on an API is told to try again later, and then gets through.', async () => {
  const gateway = await rehearseGateway()
  const { restApiId } = await makeApi(gateway, '${stageVariables.link}')
  const message = 'Unable to complete operation due to concurrent modification. Please try again later.'
  gateway.sandbox.setFaults([{ operation: 'UpdateRestApi', kind: 'error', code: 'ConflictException', message }])
  const patchOperations = [{ op: 'replace', path: '/name', value: 'mine' } as const]
  const write = () => gateway.apigateway.send(new apigateway.UpdateRestApiCommand({ restApiId, patchOperations }))
  const conflict = { name: 'ConflictException', message, $metadata: { httpStatusCode: 409 } }
  await expect(write()).rejects.toMatchObject(conflict)
  expect((await write()).name).toBe('mine')
})

it("18. Enforced rules see API Gateway's own address behind a link, which no rule for the VPC admits.", async () => {
  const gateway = await rehearseGateway()
  const { ec2: network, elbv2: balancing } = gateway.clients(account)
  const group = { GroupName: 'link', Description: 'link', VpcId: gateway.vpcId }
  const { GroupId = '' } = await network.send(new ec2.CreateSecurityGroupCommand(group))
  const admit = (CidrIp: string) => {
    const port = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp }] }
    return network.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [port] }))
  }
  await admit('10.0.0.0/16')
  const LoadBalancerArn = await makeBalancer(gateway, { SecurityGroups: [GroupId] })
  const targets = { Name: 'fresh', Protocol: 'TCP', Port: 8080, VpcId: gateway.vpcId, TargetType: 'ip' } as const
  const { TargetGroups } = await balancing.send(new elbv2.CreateTargetGroupCommand(targets))
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn
  await balancing.send(new elbv2.RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: '10.0.0.50' }] }))
  const DefaultActions = [{ Type: 'forward', TargetGroupArn } as const]
  await balancing.send(new elbv2.CreateListenerCommand({ LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions }))
  await gateway.clock.sleep(durations.loadBalancerActive)
  const { id } = await makeLink(gateway, LoadBalancerArn)
  expect(await fateOf(gateway, id)).toEqual(['AVAILABLE', undefined])
  const method = await makeApi(gateway, id)
  const call = async () => (await gateway.apigateway.send(new apigateway.TestInvokeMethodCommand(method))).status
  const enforce = (to: 'on' | 'off') =>
    balancing.send(
      new elbv2.SetSecurityGroupsCommand({
        LoadBalancerArn,
        SecurityGroups: [GroupId],
        EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: to,
      }),
    )
  expect(await call()).toBe(504)
  await enforce('off')
  expect(await call()).toBe(200)
  await enforce('on')
  expect(await call()).toBe(504)
  await admit('0.0.0.0/0')
  expect(await call()).toBe(200)
})

it('Every test that the checklist names is there.', () => {
  const root = new URL('../../../', import.meta.url)
  const rows = readFileSync(new URL('packages/sandbox/README.md', root), 'utf8').match(/^\| \d+ \|.*$/gm) ?? []
  expect(rows).toHaveLength(19)
  const named = rows.flatMap((row) => {
    const tests = row.split('|')[3]?.trim() ?? ''
    return tests.startsWith('none:') ? [] : tests.split('; ')
  })
  const absent = named.flatMap((entry) => {
    const [, file = '', names = ''] = /^`([\w./-]+)`: (.+)$/.exec(entry) ?? []
    const path = file.includes('/') ? file : `packages/sandbox/test/${file}`
    const text = readFileSync(new URL(path, root), 'utf8')
    const titles = [...text.matchAll(/(['"`])((?:(?!\1).)+)\1,\s*(?:async )?\(/g)].map(([, , title = '']) => title)
    const missing = names.split(', ').filter((name) => !titles.some((title) => title.startsWith(name)))
    return missing.map((name) => `${path}: ${name}`)
  })
  expect(absent).toEqual([])
})
