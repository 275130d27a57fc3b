import { describe, expect, it } from 'vitest'

import { runningClock } from '../../src/clock.ts'
import { startSandbox } from '../../packages/sandbox/src/server/sandbox.ts'
import { inventory } from '../../packages/sandbox/src/state/inventory.ts'
import { awsEnvironment, has, run } from '../support/programs.ts'

const boto3 = has('python3', '-c', 'import boto3')

/** An hour of AWS in six seconds. */
const speed = 600
const gateway = '842340000000'
const script = new URL('build_system.py', import.meta.url).pathname

/** What AWS says on the way: wire code and status of an error, or the status of a batch and its items' codes. */
const asOnAws = {
  'assume the role with a wrong external id': ['AccessDenied', 403],
  identity: `arn:aws:sts::${gateway}:assumed-role/privlink/boto3`,
  'a second service on the load balancer': ['InvalidParameter', 400],
  'connect without a permission': ['InvalidServiceName', 400],
  'accept nobody': [200, 'InvalidVpcEndpointId.NotFound'],
  accept: [200],
  'a second link': 'NLB is already associated with another VPC Endpoint Service',
  'a second private DNS': ['InvalidParameter', 400],
  'the same resource again': ['ConflictException', 409],
  'the same method again': ['ConflictException', 409],
  'deploy without a policy': ['BadRequestException', 400],
  'deploy without an integration': ['BadRequestException', 400],
  call: {
    status: 200,
    type: null,
    body: { name: 'orders', method: 'GET', path: '/orders/7?q=1', host: 'orders.internal' },
  },
  'call through a foreign endpoint': {
    status: 403,
    type: 'AccessDeniedException',
    body: {
      Message:
        'User: anonymous is not authorized to perform: execute-api:Invoke on resource: ' +
        'arn:aws:execute-api:us-east-1:********0000:API/test/GET/orders/7 with an explicit deny',
    },
  },
  'test call': [200, '/orders/8'],
  'delete what is in use': {
    link: ['BadRequestException', 400],
    'load balancer of the link': ['ResourceInUse', 400],
    'load balancer of the service': ['ResourceInUse', 400],
    'target group': ['ResourceInUse', 400],
    service: [200, 'ExistingVpcEndpointConnections'],
    group: ['DependencyViolation', 400],
    interface: ['InvalidParameterValue', 400],
    subnet: ['DependencyViolation', 400],
    VPC: ['DependencyViolation', 400],
    deployment: ['BadRequestException', 400],
  },
  'delete services and nothing': [200, 'InvalidVpcEndpointService.NotFound'],
  'look for what has gone': {
    API: ['NotFoundException', 404],
    endpoint: [200, 'InvalidVpcEndpoint.NotFound'],
    'load balancer': ['LoadBalancerNotFound', 400],
    'target group': ['TargetGroupNotFound', 400],
    listener: ['ListenerNotFound', 400],
    group: ['InvalidGroup.NotFound', 400],
    VPC: ['InvalidVpcID.NotFound', 400],
  },
}

describe.skipIf(!boto3)('boto3', () => {
  it('builds the whole system in two accounts, is refused as on AWS, calls the API, and leaves nothing', async () => {
    const role = { arn: `arn:aws:iam::${gateway}:role/privlink`, trusts: '000000000000', externalId: 'acme' }
    const seed = { accounts: [{ id: gateway, roles: [role] }] }
    const sandbox = await startSandbox({ clock: runningClock(speed), speed, seed })
    const everything = () => inventory(sandbox.world, sandbox.clock.now())
    const before = everything()
    const args = ['-W', 'error', script, sandbox.url, String(speed)]
    const ran = await run(awsEnvironment(sandbox.url, gateway), 'python3', ...args).finally(() => sandbox.close())
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(ran.stdout)).toEqual(asOnAws)
    // The backend is no thing of AWS's: it has stopped, and that is all that can be done with it.
    expect(everything().filter((line) => !/^host vpc-\w+ 10\.1\.1\.200:8080 orders$/.test(line))).toEqual(before)
  })
})
