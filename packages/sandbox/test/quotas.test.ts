import { DeleteRestApiCommand, GetRestApisCommand } from '@aws-sdk/client-api-gateway'
import { DeleteVpcEndpointsCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { DeleteLoadBalancerCommand, DescribeLoadBalancersCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { GetFunctionCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda'
import { expect, it } from 'vitest'

import { rehearse } from '../../../test/support/sandbox.ts'

const account = '111122223333'

/** How many of `many` calls got through before the first that was refused for its rate, and that refusal. */
async function burst(many: number, call: () => Promise<unknown>, refusal: string) {
  for (let through = 0; through < many; through += 1) {
    try {
      await call()
    } catch (thrown) {
      if (thrown instanceof Error && thrown.name === refusal) return { through, thrown }
    }
  }
  return { through: many, thrown: undefined }
}

const throttled = () => rehearse({ throttle: true })

it('API Gateway: DeleteRestApi once in 30 seconds, and it says when to come back', async () => {
  const { clients, clock } = await throttled()
  const { apigateway } = clients(account)
  const remove = () => apigateway.send(new DeleteRestApiCommand({ restApiId: 'gone' }))
  const { through, thrown } = await burst(2, remove, 'TooManyRequestsException')
  expect(through).toBe(1)
  expect(thrown).toMatchObject({ retryAfterSeconds: '30', $metadata: { httpStatusCode: 429 } })
  await clock.sleep(30_000)
  await expect(remove()).rejects.toMatchObject({ name: 'NotFoundException' })
})

it('API Gateway: 40 at once in all, then 10 a second', async () => {
  const { clients, clock } = await throttled()
  const { apigateway } = clients(account)
  const list = () => apigateway.send(new GetRestApisCommand({}))
  expect((await burst(50, list, 'TooManyRequestsException')).through).toBe(40)
  await clock.sleep(1000)
  expect((await burst(50, list, 'TooManyRequestsException')).through).toBe(10)
})

it('Lambda: 15 requests a second, without GetFunction and invocations', async () => {
  const { clients } = await throttled()
  const { lambda } = clients(account)
  const { through, thrown } = await burst(20, () => lambda.send(new ListFunctionsCommand()), 'TooManyRequestsException')
  expect(through).toBe(15)
  expect(thrown).toMatchObject({ retryAfterSeconds: '1', $metadata: { httpStatusCode: 429 } })
  const get = () => lambda.send(new GetFunctionCommand({ FunctionName: 'gone' })).catch(() => undefined)
  expect((await burst(20, get, 'TooManyRequestsException')).through).toBe(20)
})

it('EC2: 4 endpoint deletions at once, then 0.3 a second', async () => {
  const { clients, clock } = await throttled()
  const { ec2 } = clients(account)
  const remove = () => ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: ['vpce-00000000'] }))
  const { through, thrown } = await burst(9, remove, 'RequestLimitExceeded')
  expect(through).toBe(4)
  expect(thrown).toMatchObject({ $metadata: { httpStatusCode: 503 } })
  await clock.sleep(10_000)
  expect((await burst(9, remove, 'RequestLimitExceeded')).through).toBe(3)
})

it('EC2: a describe without filters has a smaller bucket', async () => {
  const { clients } = await throttled()
  const describe = () => clients(account).ec2.send(new DescribeVpcsCommand({}))
  const filtered = () =>
    clients('444455556666').ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'vpc-id', Values: ['x'] }] }))
  expect((await burst(120, describe, 'RequestLimitExceeded')).through).toBe(50)
  expect((await burst(120, filtered, 'RequestLimitExceeded')).through).toBe(100)
})

it('ELB: mutations share a bucket, and everything shares the account’s', async () => {
  const { clients, clock } = await throttled()
  const { elbv2 } = clients(account)
  const LoadBalancerArn = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/x/0'
  const remove = () => elbv2.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }))
  const describe = () => elbv2.send(new DescribeLoadBalancersCommand({}))
  const { through, thrown } = await burst(50, remove, 'Throttling')
  expect(through).toBe(20)
  expect(thrown).toMatchObject({ message: 'Rate exceeded', $metadata: { httpStatusCode: 400 } })
  expect((await burst(50, describe, 'Throttling')).through).toBe(20)
  await clock.sleep(1000)
  expect((await burst(50, describe, 'Throttling')).through).toBe(10)
})

it('accounts and regions do not share, and it can be switched off', async () => {
  const { clients } = await throttled()
  const remove = (as: string, region: string) => () =>
    clients(as, region).apigateway.send(new DeleteRestApiCommand({ restApiId: 'gone' }))
  expect((await burst(1, remove(account, 'us-east-1'), 'TooManyRequestsException')).through).toBe(1)
  expect((await burst(1, remove('444455556666', 'us-east-1'), 'TooManyRequestsException')).through).toBe(1)
  expect((await burst(1, remove(account, 'eu-west-1'), 'TooManyRequestsException')).through).toBe(1)
  expect((await burst(1, remove(account, 'us-east-1'), 'TooManyRequestsException')).through).toBe(0)
  const free = await rehearse()
  const { apigateway } = free.clients(account)
  const freely = () => apigateway.send(new DeleteRestApiCommand({ restApiId: 'gone' }))
  expect((await burst(9, freely, 'TooManyRequestsException')).through).toBe(9)
})
