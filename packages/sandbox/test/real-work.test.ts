import http from 'node:http'
import { DescribeTargetHealthCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { afterEach, expect, it } from 'vitest'
import type { Aws } from '../../../src/aws/aws.ts'
import { openProbe } from '../../../src/aws/probe.ts'
import { runningClock } from '../../../src/clock.ts'
import { rehearse } from '../../../test/support/sandbox.ts'

// What a server on this machine needs, it needs in real time: at this speed, several minutes of the clock. A real wait is
// what these tests are about.
const speed = 600
const busyFor = 400

const servers: http.Server[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

async function serve(listener: http.RequestListener): Promise<string> {
  const server = http.createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('it does not listen')
  return `http://127.0.0.1:${address.port}`
}

it('a backend that takes real time to answer is healthy, however fast the clock runs', async () => {
  const url = await serve((_, response) => void setTimeout(() => response.writeHead(200).end(), busyFor))
  const [account, region, vpcId] = ['111122223333', 'us-east-1', 'vpc-hub']
  const arn = `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/net/orders/0123456789abcdef`
  const { sandbox, clients } = await rehearse({
    clock: runningClock(speed),
    speed,
    seed: {
      vpcs: [{ account, region, vpcId, cidr: '10.0.0.0/16', subnets: [{ subnetId: 'subnet-a', cidr: '10.0.1.0/24' }] }],
      hosts: [{ vpcId, ip: '10.0.1.50', port: 80, url }],
      loadBalancers: [
        {
          account,
          region,
          arn,
          vpcId,
          subnetIds: ['subnet-a'],
          listeners: [{ port: 80, targets: [{ ip: '10.0.1.50', port: 80 }] }],
        },
      ],
    },
  })
  const [group] = Object.values(sandbox.world.elbv2.targetGroups)
  Object.assign(group?.healthCheck ?? {}, { protocol: 'HTTP', path: '/', matcher: '200', timeoutSeconds: 2 })
  const look = new DescribeTargetHealthCommand({ TargetGroupArn: group?.arn })
  const { TargetHealthDescriptions = [] } = await clients(account).elbv2.send(look)
  expect(TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth)).toEqual([{ State: 'healthy' }])
})

const aws = { region: 'us-east-1', partition: 'aws' }
const call = {
  // Only the place of the door is looked at.
  aws: aws as Aws,
  apiId: 'abc',
  stage: 'test',
  method: 'GET',
  path: '/',
  endpointId: 'vpce-0aaaaaaaaaaaaaaaa',
  endpointName: null,
}

const probeOf = async (answer: http.RequestListener) => {
  const url = await serve((request, response) => {
    if (request.url !== '/_privlink/hello') return answer(request, response)
    response.end(JSON.stringify({ privlink: 'sandbox', speed }))
  })
  return openProbe({ vantage: 'sandbox', environment: { AWS_ENDPOINT_URL: url }, clock: runningClock(speed) })
}

it('a test call has real time to come back, however fast the clock runs', async () => {
  const probe = await probeOf((_, response) => void setTimeout(() => response.end('hello'), busyFor))
  expect(await probe.call(call)).toMatchObject({ reached: true, status: 200, body: 'hello' })
})

it('a test call that the sandbox gives up on before its caller does has got no answer', async () => {
  const probe = await probeOf((request) => request.socket.destroy())
  expect(await probe.call(call)).toMatchObject({
    reached: false,
    why: expect.stringMatching(/^no answer within \d+ s$/),
  })
})
