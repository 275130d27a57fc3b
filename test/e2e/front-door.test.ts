import http from 'node:http'
import { describe, expect, it } from 'vitest'
import { CreateDeploymentCommand, UpdateMethodCommand, UpdateRestApiCommand } from '@aws-sdk/client-api-gateway'
import { isReading } from '../../src/aws/limits.ts'
import { setup } from '../../src/engine/setup.ts'
import { teardown } from '../../src/engine/teardown.ts'
import { verify } from '../../src/engine/verify.ts'
import type { Config } from '../../src/flows/config.ts'
import { stepById } from '../../src/steps/steps.ts'
import { complaints, deploy } from '../support/deployment.ts'
import {
  frontDoorConfig,
  frontDoorWith,
  frontDoorWithOthers,
  logGroupArn,
  openFrontDoor,
  userPoolArn,
} from '../support/front-door.ts'

type Deployed = Awaited<ReturnType<typeof deploy>>

const succeeds = async (deployed: Deployed) => {
  const { run, events } = deployed.start()
  expect(await setup(run, deployed.graph, {}), complaints(events).join('\n')).toMatchObject({ exit: 0 })
}

const findings = async (deployed: Deployed) => {
  const { run, events } = deployed.start()
  const { findings: all } = await verify(run, deployed.graph, {})
  return { all, events }
}

const changesOf = ({ sandbox }: Deployed, from: number): string[] =>
  sandbox.calls
    .slice(from)
    .filter(({ service, operation }) => service !== 'sts' && !isReading(operation))
    .map(({ operation }) => operation)

const removes = async (deployed: Deployed) => {
  const { run, events } = deployed.start()
  expect(await teardown(run, stepById, {}), complaints(events).join('\n')).toMatchObject({ exit: 0 })
}

describe.each([
  ['alone', frontDoorConfig],
  ['together with the other flows', frontDoorWithOthers],
])('a front door %s', (_, configOf) => {
  it('is set up with proof, left alone by a second setup, and removed to nothing', async () => {
    const deployed = await deploy(configOf())
    const empty = deployed.inventory()
    await succeeds(deployed)
    const { all } = await findings(deployed)
    expect(all.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    const from = deployed.sandbox.calls.length
    await succeeds(deployed)
    expect(changesOf(deployed, from)).toEqual([])
    await removes(deployed)
    expect(deployed.ledger.entries()).toEqual([])
    expect(deployed.inventory()).toEqual(empty)
  })
})

const ordersId = 'a1b2c3d4e5'

const there = <T>(thing: T | undefined): T => {
  if (thing === undefined) throw new Error('it is not there')
  return thing
}

/** The private API of the orders account, and how its owner reaches API Gateway. */
const producerOf = ({ sandbox, clients }: Deployed) => {
  const api = there(sandbox.world.apigateway.restApis[ordersId])
  return { api, apigateway: clients(api.account, api.region).apigateway }
}

/** What the private API answers somebody who comes by an endpoint. */
async function callBy({ sandbox, clock }: Deployed, endpointId: string): Promise<number> {
  // Deployments take a moment to go live.
  await clock.sleep(60_000)
  const headers = { host: `${ordersId}.execute-api.us-east-1.amazonaws.com`, 'x-privlink-sandbox-from': endpointId }
  return await new Promise((resolve, reject) => {
    http
      .get(new URL('/prod/anything', sandbox.url), { headers, agent: false }, (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      })
      .once('error', reject)
  })
}

/** Endpoints that the policy of the orders API names. */
const namedIn = (policy = ''): string[] => [...policy.matchAll(/vpce-[0-9a-f]+/g)].map(([id]) => id)

const policyNaming = (...ids: string[]): string => {
  const everything = { Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' }
  const Condition = { StringNotEquals: { 'aws:SourceVpce': ids } }
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', ...everything },
      { Effect: 'Deny', ...everything, Condition },
    ],
  })
}

const replacing = (value: string) =>
  new UpdateRestApiCommand({ restApiId: ordersId, patchOperations: [{ op: 'replace', path: '/policy', value }] })

describe("a producer's other consumer", () => {
  it('keeps working after setup and after teardown, and a stranger is never let in', async () => {
    const deployed = await deploy(frontDoorConfig())
    const [theirs = ''] = namedIn(producerOf(deployed).api.policy)
    const stranger = there(
      Object.values(deployed.sandbox.world.ec2.endpoints).find(({ account }) => account === '666660000000'),
    )
    const both = async () => [await callBy(deployed, theirs), await callBy(deployed, stranger.endpointId)]
    expect(await both()).toEqual([200, 403])
    await succeeds(deployed)
    expect(namedIn(producerOf(deployed).api.policy)).toHaveLength(2)
    expect(await both()).toEqual([200, 403])
    await removes(deployed)
    expect(namedIn(producerOf(deployed).api.policy)).toEqual([theirs])
    expect(await both()).toEqual([200, 403])
  })

  it('that was let in meanwhile, and deployed, stays when the front door goes', async () => {
    const deployed = await deploy(frontDoorConfig())
    await succeeds(deployed)
    const { api, apigateway } = producerOf(deployed)
    const [theirs = '', ours = ''] = namedIn(api.policy)
    const later = 'vpce-0ddddddddddddddd1'
    await apigateway.send(replacing(policyNaming(theirs, ours, later)))
    await apigateway.send(new CreateDeploymentCommand({ restApiId: ordersId, stageName: 'prod' }))
    await removes(deployed)
    const stage = there(producerOf(deployed).api.stages['prod'])
    expect(namedIn(producerOf(deployed).api.policy)).toEqual([theirs, later])
    expect(namedIn(producerOf(deployed).api.deployments[stage.deploymentId]?.policy)).toEqual([theirs, later])
  })
})

/** A second front door of another network, which leads to the same private API. */
const twoDoors = (): Config =>
  frontDoorConfig((raw) => {
    raw.networks['side'] = {
      account: 'front',
      vpcId: 'vpc-0c1d2e3f405162738',
      subnetIds: ['subnet-0cc33333333333333', 'subnet-0dd44444444444444'],
      executeApi: { privateDns: false },
    }
    raw.integrations['side-door'] = { ...raw.integrations['door'], gateway: { network: 'side' } }
  })

describe('two doors of different networks to one private API', () => {
  it.each([
    ['door', 'side-door'],
    ['side-door', 'door'],
  ])('leave nothing of theirs, and each goes without the other (%s first)', async (first, second) => {
    const deployed = await deploy(twoDoors())
    const empty = deployed.inventory()
    const [theirs = ''] = namedIn(producerOf(deployed).api.policy)
    await succeeds(deployed)
    expect(namedIn(producerOf(deployed).api.policy)).toHaveLength(3)
    const only = async (name: string) => {
      const { run, events } = deployed.start()
      expect(await teardown(run, stepById, { only: [name] }), complaints(events).join('\n')).toMatchObject({ exit: 0 })
    }
    await only(first)
    expect(namedIn(producerOf(deployed).api.policy)).toHaveLength(2)
    const { run } = deployed.start()
    const { findings: left } = await verify(run, deployed.graph, { only: [second] })
    expect(left.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    await only(second)
    expect(await callBy(deployed, theirs)).toBe(200)
    expect(deployed.inventory()).toEqual(empty)
  })
})

describe('before anything is written, setup refuses', () => {
  const refuses = async (deployed: Deployed, code: string, exit = 2) => {
    const { run, events } = deployed.start()
    const from = deployed.sandbox.calls.length
    expect(await setup(run, deployed.graph, {})).toMatchObject({ exit })
    expect(events).toContainEqual(expect.objectContaining({ event: 'error', code, hint: expect.any(String) }))
    expect(changesOf(deployed, from)).toEqual([])
  }

  it('an API that is not private', async () => {
    const deployed = await deploy(frontDoorConfig())
    producerOf(deployed).api.endpointType = 'REGIONAL'
    await refuses(deployed, 'ApiNotPrivate')
  })

  it('an API that does not exist, or has no such stage', async () => {
    const deployed = await deploy(frontDoorConfig())
    const { api } = producerOf(deployed)
    api.stages = { other: there(api.stages['prod']) }
    await refuses(deployed, 'StageNotFound')
    delete deployed.sandbox.world.apigateway.restApis[ordersId]
    await refuses(deployed, 'ApiNotFound')
  })

  it('a policy at its size limit', async () => {
    const deployed = await deploy(frontDoorConfig())
    const { api, apigateway } = producerOf(deployed)
    const ids = Array.from(
      { length: Math.floor((8192 - policyNaming().length) / 25) },
      (_, index) => `vpce-${String(index).padStart(17, '0')}`,
    )
    await apigateway.send(replacing(policyNaming(...ids)))
    await apigateway.send(new CreateDeploymentCommand({ restApiId: ordersId, stageName: 'prod' }))
    expect(there(api.policy).length).toBeGreaterThan(8_000)
    await refuses(deployed, 'PolicyTooLarge')
  })

  it('a policy with a Deny on something else', async () => {
    const deployed = await deploy(frontDoorConfig())
    const { apigateway } = producerOf(deployed)
    await apigateway.send(replacing(policyNaming('vpce-0ddddddddddddddd1').replace('SourceVpce', 'SourceVpc')))
    await apigateway.send(new CreateDeploymentCommand({ restApiId: ordersId, stageName: 'prod' }))
    await refuses(deployed, 'PolicyNotExtendable')
  })

  it('access logs where API Gateway has no role for them', async () => {
    const deployed = await deploy(openFrontDoor())
    deployed.sandbox.world.apigateway.accounts = {}
    await refuses(deployed, 'NoLoggingRole')
  })

  it('to make edits of the producer live, unless the config allows it', async () => {
    const edit = async (deployed: Deployed) => {
      const { api, apigateway } = producerOf(deployed)
      const { resourceId } = there(Object.values(api.resources).find(({ path }) => path === '/{proxy+}'))
      const patchOperations = [{ op: 'replace' as const, path: '/authorizationType', value: 'AWS_IAM' }]
      const asked = { restApiId: ordersId, resourceId, httpMethod: 'ANY', patchOperations }
      await apigateway.send(new UpdateMethodCommand(asked))
    }
    const careful = await deploy(frontDoorConfig())
    await edit(careful)
    await refuses(careful, 'UndeployedEdits')

    const allowed = frontDoorConfig(({ integrations }) => {
      const api = { account: 'orders', id: ordersId, stage: 'prod', redeploy: 'allow' }
      integrations['door'] = { ...integrations['door'], routes: [{ prefix: 'orders', api }] }
    })
    const bold = await deploy(allowed)
    await edit(bold)
    await succeeds(bold)
  })
})

it('edits that the producer makes later are not made live by teardown, which puts back what was served before', async () => {
  const deployed = await deploy(frontDoorConfig())
  const { deploymentId } = there(producerOf(deployed).api.stages['prod'])
  await succeeds(deployed)
  const { api, apigateway } = producerOf(deployed)
  const [theirs = '', ours = ''] = namedIn(api.policy)
  await apigateway.send(replacing(policyNaming(theirs, ours, 'vpce-0ddddddddddddddd1')))
  await removes(deployed)
  expect(producerOf(deployed).api.stages['prod']?.deploymentId).toBe(deploymentId)
  expect(Object.keys(producerOf(deployed).api.deployments)).toEqual([deploymentId])
  expect(namedIn(producerOf(deployed).api.policy)).toEqual([theirs, 'vpce-0ddddddddddddddd1'])
})

describe('an endpoint that is there already', () => {
  const withEndpoint = (): ReturnType<typeof frontDoorConfig> =>
    frontDoorConfig(({ networks }) => {
      networks['hub'] = { ...networks['hub'], executeApi: { endpointId: 'vpce-0eeeeeeeeeeeeeee1', privateDns: false } }
    })

  it('is used and left', async () => {
    const deployed = await deploy(withEndpoint())
    const empty = deployed.inventory()
    await succeeds(deployed)
    expect(namedIn(producerOf(deployed).api.policy)).toContain('vpce-0eeeeeeeeeeeeeee1')
    await removes(deployed)
    expect(deployed.inventory()).toEqual(empty)
  })

  it('and that the producer has let in already, stays in the policy', async () => {
    const deployed = await deploy(withEndpoint())
    const { api, apigateway } = producerOf(deployed)
    await apigateway.send(replacing(policyNaming(...namedIn(api.policy), 'vpce-0eeeeeeeeeeeeeee1')))
    await apigateway.send(new CreateDeploymentCommand({ restApiId: ordersId, stageName: 'prod' }))
    const empty = deployed.inventory()
    await succeeds(deployed)
    await removes(deployed)
    expect(deployed.inventory()).toEqual(empty)
  })
})

describe('with a lock on the front door', () => {
  it.each([
    ['AWS_IAM', 'iam', /status 403/],
    ['Cognito', { cognito: [userPoolArn] }, /status 401/],
    ['a function', { lambda: 'arn:aws:lambda:us-east-1:842340000000:function:guard', kind: 'request' }, /status 401/],
  ])('%s refuses who does not say who is calling, and what is behind it works', async (_, authorization, said) => {
    const deployed = await deploy(frontDoorWith({ authorization, accessLogs: { logGroupArn } }))
    const empty = deployed.inventory()
    await succeeds(deployed)
    const { all } = await findings(deployed)
    expect(all.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    for (const prefix of ['orders', 'v1/stock']) {
      expect(all).toContainEqual(
        expect.objectContaining({
          check: `Call without credentials to /${prefix} is refused`,
          evidence: expect.stringMatching(said),
        }),
      )
      expect(all).toContainEqual(expect.objectContaining({ check: `Way behind the lock at /${prefix}`, verdict: 'ok' }))
    }
    await removes(deployed)
    expect(deployed.inventory()).toEqual(empty)
  })
})

describe('verify names what is cut:', () => {
  it.each([
    [
      'the way from the load balancer to the endpoint',
      (deployed: Deployed) => {
        const groups = Object.values(deployed.sandbox.world.ec2.securityGroups)
        there(groups.find(({ description }) => description === 'Callers of private APIs')).rules = []
      },
      /ingress|healthy|Call from the internet/,
    ],
    [
      'the policy of a producer',
      (deployed: Deployed) => {
        const { api } = producerOf(deployed)
        const [theirs = ''] = namedIn(api.policy)
        const policy = there(api.policy).replace(/"vpce-[^\]]*\]/, `"${theirs}"]`)
        api.policy = policy
        for (const one of Object.values(api.deployments)) one.policy = policy
      },
      /Our endpoint|policy/,
    ],
  ])('%s', async (_, cut, named) => {
    const deployed = await deploy(frontDoorConfig())
    await succeeds(deployed)
    cut(deployed)
    await deployed.clock.sleep(120_000)
    const { all } = await findings(deployed)
    const failed = all.filter(({ verdict }) => verdict === 'failed')
    expect(failed.map(({ check }) => check).join()).toMatch(named)
    await succeeds(deployed)
    await deployed.clock.sleep(120_000)
    expect((await findings(deployed)).all.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
  })
})
