import {
  CreateDeploymentCommand,
  CreateRestApiCommand,
  CreateVpcLinkCommand,
  DeleteStageCommand,
  DeleteVpcLinkCommand,
  GetVpcLinkCommand,
  GetVpcLinksCommand,
  PutIntegrationCommand,
  PutMethodCommand,
  UpdateVpcLinkCommand,
} from '@aws-sdk/client-api-gateway'
import { DescribeVpcEndpointServiceConfigurationsCommand } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { durations } from '../src/state/durations.ts'
import { account, type Gateway, hubOnly, loadBalancerArn, rehearseGateway } from '../../../test/support/gateway.ts'

const create = ({ apigateway }: Gateway, targetArns: string[], name = 'link') =>
  apigateway.send(new CreateVpcLinkCommand({ name, targetArns, tags: { a: 'b' } }))

const look = ({ apigateway }: Gateway, vpcLinkId = '') => apigateway.send(new GetVpcLinkCommand({ vpcLinkId }))

/** What becomes of a link to these load balancers. */
async function fateOf(gateway: Gateway, arn: string) {
  const { id, status } = await create(gateway, [arn])
  expect(status).toBe('PENDING')
  await gateway.clock.sleep(durations.vpcLinkAvailable)
  return await look(gateway, id)
}

/** A deployed API whose only method goes through the link. */
async function deploy({ apigateway }: Gateway, connectionId: string) {
  const { id: restApiId = '', rootResourceId: resourceId = '' } = await apigateway.send(
    new CreateRestApiCommand({ name: 'x', endpointConfiguration: { types: ['PRIVATE'] }, policy: hubOnly }),
  )
  const method = { restApiId, resourceId, httpMethod: 'POST' }
  await apigateway.send(new PutMethodCommand({ ...method, authorizationType: 'NONE' }))
  await apigateway.send(
    new PutIntegrationCommand({
      ...method,
      type: 'HTTP_PROXY',
      integrationHttpMethod: 'POST',
      uri: 'http://orders.internal/',
      connectionType: 'VPC_LINK',
      connectionId,
    }),
  )
  await apigateway.send(new CreateDeploymentCommand({ restApiId, stageName: 'test', variables: { link: 'abc' } }))
  return { restApiId, resourceId }
}

test('a link is pending for minutes, then available, and hides an endpoint service on its load balancer', async () => {
  const gateway = await rehearseGateway()
  const { id, tags } = await create(gateway, [loadBalancerArn()])
  expect(id).toMatch(/^[a-z0-9]{6}$/)
  expect(tags).toEqual({ a: 'b' })
  expect(await look(gateway, id)).toMatchObject({ status: 'PENDING', targetArns: [loadBalancerArn()] })
  await gateway.clock.sleep(durations.vpcLinkAvailable)
  expect((await look(gateway, id)).status).toBe('AVAILABLE')
  const { ec2 } = gateway.clients(account)
  const { ServiceConfigurations } = await ec2.send(new DescribeVpcEndpointServiceConfigurationsCommand({}))
  expect(ServiceConfigurations?.map((service) => service.NetworkLoadBalancerArns)).toEqual([[loadBalancerArn()]])
})

test('a load balancer that is not active yet lets the link fail later, not the call', async () => {
  const gateway = await rehearseGateway()
  const balancer = gateway.sandbox.world.elbv2.loadBalancers[loadBalancerArn()]
  if (balancer) balancer.readyAt = gateway.clock.now() + 60_000
  expect(await fateOf(gateway, loadBalancerArn())).toMatchObject({
    status: 'FAILED',
    statusMessage:
      'NLB is not in active state. If you recently created this NLB, please wait for it to become active and try again..',
  })
})

test('a load balancer serves one link only, and an application load balancer none', async () => {
  const gateway = await rehearseGateway()
  await create(gateway, [loadBalancerArn()])
  const second = await fateOf(gateway, loadBalancerArn())
  expect(second.statusMessage).toBe('NLB is already associated with another VPC Endpoint Service')
  const balancer = gateway.sandbox.world.elbv2.loadBalancers[loadBalancerArn(2)]
  if (balancer) balancer.type = 'application'
  expect((await fateOf(gateway, loadBalancerArn(2))).statusMessage).toBe('NLB ARN is malformed')
})

test('a link has exactly one target, which never changes', async () => {
  const gateway = await rehearseGateway()
  const both = create(gateway, [loadBalancerArn(1), loadBalancerArn(2)])
  await expect(both).rejects.toThrow('More than one target arn specified for vpc link.')
  const { id: vpcLinkId } = await create(gateway, [loadBalancerArn()])
  const patch = (path: string, value: string) =>
    gateway.apigateway.send(new UpdateVpcLinkCommand({ vpcLinkId, patchOperations: [{ op: 'replace', path, value }] }))
  await expect(patch('/targetArns', loadBalancerArn(2))).rejects.toThrow(
    'Target arns are not allowed to be changed/added.',
  )
  expect(await patch('/name', 'new')).toMatchObject({ name: 'new' })
})

test('there are twenty links at most, failed ones included, listed by pages', async () => {
  const gateway = await rehearseGateway()
  for (let n = 0; n < 20; n += 1) await create(gateway, ['arn:nothing'], `link-${n}`)
  await expect(create(gateway, [loadBalancerArn()])).rejects.toMatchObject({ name: 'LimitExceededException' })
  const page = await gateway.apigateway.send(new GetVpcLinksCommand({ limit: 15 }))
  const rest = await gateway.apigateway.send(new GetVpcLinksCommand({ position: page.position }))
  expect([page.items?.length, rest.items?.length]).toEqual([15, 5])
})

test('a link that a served deployment names cannot be deleted until the stage is gone', async () => {
  const gateway = await rehearseGateway()
  const vpcLinkId = await gateway.makeLink()
  const { restApiId, resourceId } = await deploy(gateway, vpcLinkId)
  const remove = new DeleteVpcLinkCommand({ vpcLinkId })
  await expect(gateway.apigateway.send(remove)).rejects.toMatchObject({
    name: 'BadRequestException',
    message: `Cannot delete vpc link. Vpc link '${vpcLinkId}', is referenced in [${restApiId}:POST:${resourceId}:test] in format of [RESTApiId:Method:Resource:Stage].`,
  })
  await gateway.apigateway.send(new DeleteStageCommand({ restApiId, stageName: 'test' }))
  await gateway.apigateway.send(remove)
  expect((await look(gateway, vpcLinkId)).status).toBe('DELETING')
  await expect(deploy(gateway, vpcLinkId)).rejects.toMatchObject({ name: 'BadRequestException' })
  await gateway.clock.sleep(durations.vpcLinkGone)
  await expect(look(gateway, vpcLinkId)).rejects.toMatchObject({ name: 'NotFoundException' })
})

test('a link that a stage variable names can be deleted, and frees its load balancer only when gone', async () => {
  const gateway = await rehearseGateway()
  const vpcLinkId = await gateway.makeLink()
  await deploy(gateway, '${stageVariables.link}')
  await gateway.apigateway.send(new DeleteVpcLinkCommand({ vpcLinkId }))
  const early = await create(gateway, [loadBalancerArn()], 'early')
  await gateway.clock.sleep(durations.vpcLinkGone)
  const late = await create(gateway, [loadBalancerArn()], 'late')
  await gateway.clock.sleep(durations.vpcLinkAvailable)
  expect((await look(gateway, early.id)).status).toBe('FAILED')
  expect((await look(gateway, late.id)).status).toBe('AVAILABLE')
})
