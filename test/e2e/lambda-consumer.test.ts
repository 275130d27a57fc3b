import { describe, expect, it } from 'vitest'
import { isReading } from '../../src/aws/limits.ts'
import { plan } from '../../src/engine/plan.ts'
import { setup } from '../../src/engine/setup.ts'
import { teardown } from '../../src/engine/teardown.ts'
import { verify } from '../../src/engine/verify.ts'
import type { Config } from '../../src/flows/config.ts'
import { stepById } from '../../src/steps/steps.ts'
import { complaints, deploy } from '../support/deployment.ts'
import {
  existingFunctionConfig,
  functionArn,
  lambdaConfig,
  lambdaConfigWith,
  lambdaWithOthers,
} from '../support/lambda-consumer.ts'

type Deployed = Awaited<ReturnType<typeof deploy>>

const succeeds = async (deployed: Deployed) => {
  const { run, events } = deployed.start()
  expect(await setup(run, deployed.graph, {}), complaints(events).join('\n')).toMatchObject({ exit: 0 })
}

const findings = async (deployed: Deployed) => {
  const { run } = deployed.start()
  return (await verify(run, deployed.graph, {})).findings
}

const changesOf = ({ sandbox }: Deployed, from = 0): string[] =>
  sandbox.calls
    .slice(from)
    .filter(({ service, operation }) => service !== 'sts' && operation !== 'Invoke' && !isReading(operation))
    .map(({ operation }) => operation)

const removes = async (deployed: Deployed) => {
  const { run, events } = deployed.start()
  expect(await teardown(run, stepById, {}), complaints(events).join('\n')).toMatchObject({ exit: 0 })
}

describe.each<[string, () => Config]>([
  ['alone', lambdaConfig],
  ['that signs', () => lambdaConfigWith({ function: { authorization: 'iam' } })],
  ['that is there already', existingFunctionConfig],
  ['together with the other flows', lambdaWithOthers],
])('a function %s', (_, configOf) => {
  it('is set up with proof, left alone by a second setup, and removed to nothing', async () => {
    const deployed = await deploy(configOf())
    const empty = deployed.inventory()
    await succeeds(deployed)
    const all = await findings(deployed)
    expect(all.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    const from = deployed.sandbox.calls.length
    await succeeds(deployed)
    expect(changesOf(deployed, from)).toEqual([])
    await removes(deployed)
    expect(deployed.ledger.entries()).toEqual([])
    expect(deployed.inventory()).toEqual(empty)
  })
})

const apiId = 'a1b2c3d4e5'

const there = <T>(thing: T | undefined): T => {
  if (thing === undefined) throw new Error('it is not there')
  return thing
}

const apiOf = ({ sandbox }: Deployed) => there(sandbox.world.apigateway.restApis[apiId])
const functionOf = ({ sandbox }: Deployed) => there(Object.values(sandbox.world.lambda.functions)[0])
const groupOf = ({ sandbox }: Deployed, id: string | undefined) => there(sandbox.world.ec2.securityGroups[id ?? ''])
const endpointOf = ({ sandbox }: Deployed) =>
  there(Object.values(sandbox.world.ec2.endpoints).find(({ account }) => account === '842340000000'))
const served = (deployed: Deployed) => {
  const { deployments, stages } = apiOf(deployed)
  return there(deployments[there(stages['v1']).deploymentId])
}

/** The finding of the function's own call. */
const callOf = async (deployed: Deployed) =>
  there((await findings(deployed)).find(({ check }) => check === 'Call by the function gets in'))

describe('the proof', () => {
  it('shows the status, the address and the beginning of the answer', async () => {
    const deployed = await deploy(lambdaConfig())
    await succeeds(deployed)
    expect(await callOf(deployed)).toMatchObject({
      verdict: 'ok',
      evidence: expect.stringMatching(
        /^GET https:\/\/a1b2c3d4e5\.execute-api\.us-east-1\.amazonaws\.com\/v1\/orders at 10\.0\.\d\.\d+ got status 200 in \d+ ms: \{"name":"reports-a1b2c3d4e5"\}$/,
      ),
    })
  })

  it('fails by DNS where private DNS has been turned off', async () => {
    const deployed = await deploy(lambdaConfig())
    await succeeds(deployed)
    endpointOf(deployed).privateDnsEnabled = false
    expect(await callOf(deployed)).toMatchObject({
      verdict: 'failed',
      hop: 'DNS',
      hint: expect.stringContaining('private DNS of the execute-api endpoint is off'),
    })
  })

  it.each(['out of the function', 'into the endpoint'])(
    'fails by security group where nothing comes %s',
    async (way) => {
      const deployed = await deploy(lambdaConfig())
      await succeeds(deployed)
      const ids = way === 'into the endpoint' ? endpointOf(deployed).groupIds : functionOf(deployed).vpc?.groupIds
      for (const id of ids ?? []) groupOf(deployed, id).rules = []
      expect(await callOf(deployed)).toMatchObject({ verdict: 'failed', hop: 'security group' })
    },
  )

  it('fails by resource policy where the deployed policy does not let the endpoint in', async () => {
    const deployed = await deploy(lambdaConfig())
    await succeeds(deployed)
    const deployment = served(deployed)
    deployment.policy = deployment.policy?.replaceAll(endpointOf(deployed).endpointId, 'vpce-0ffffffffffffffff')
    expect(await callOf(deployed)).toMatchObject({
      verdict: 'failed',
      hop: 'resource policy',
      evidence: expect.stringContaining('got status 403'),
    })
  })

  it('fails by method where the stage has no such path', async () => {
    const deployed = await deploy(lambdaConfig())
    await succeeds(deployed)
    for (const { resources } of [apiOf(deployed), served(deployed)])
      for (const [id, { path }] of Object.entries(resources)) if (path === '/{proxy+}') delete resources[id]
    expect(await callOf(deployed)).toMatchObject({ verdict: 'failed', hop: 'method' })
  })

  it('needs the signature where the method asks for one', async () => {
    const guarded = async (config: Config) => {
      const deployed = await deploy(config)
      await succeeds(deployed)
      for (const { resources } of [apiOf(deployed), served(deployed)])
        for (const { methods } of Object.values(resources))
          for (const method of Object.values(methods)) method.authorizationType = 'AWS_IAM'
      return await callOf(deployed)
    }
    expect(await guarded(lambdaConfigWith({ function: { authorization: 'iam' } }))).toMatchObject({ verdict: 'ok' })
    expect(await guarded(lambdaConfig())).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('Missing Authentication Token'),
    })
  })
})

it('a call that is signed needs the leave of the role too', async () => {
  const deployed = await deploy(lambdaConfigWith({ function: { authorization: 'iam' } }))
  await succeeds(deployed)
  for (const { resources } of [apiOf(deployed), served(deployed)])
    for (const { methods } of Object.values(resources))
      for (const method of Object.values(methods)) method.authorizationType = 'AWS_IAM'
  const role = there(deployed.sandbox.world.iam.roles[functionOf(deployed).roleArn])
  for (const policy of Object.values(role.inline ?? {})) {
    policy.text = policy.text.replace('execute-api:Invoke', 'execute-api:ManageConnections')
  }
  expect(await callOf(deployed)).toMatchObject({ verdict: 'failed', hop: 'resource policy' })
})

describe('a function that is there already', () => {
  it('is not invoked without a payload, and nothing is called proved', async () => {
    const deployed = await deploy(existingFunctionConfig({}))
    const before = JSON.stringify(deployed.sandbox.world.lambda)
    await succeeds(deployed)
    expect(await callOf(deployed)).toMatchObject({ verdict: 'unproved', hint: expect.stringContaining('payload') })
    await removes(deployed)
    expect(deployed.sandbox.calls.map(({ operation }) => operation)).not.toContain('Invoke')
    expect(JSON.stringify(deployed.sandbox.world.lambda)).toBe(before)
  })

  it('that fails is told with what it said', async () => {
    const deployed = await deploy(existingFunctionConfig())
    await succeeds(deployed)
    endpointOf(deployed).privateDnsEnabled = false
    expect(await callOf(deployed)).toMatchObject({
      verdict: 'failed',
      hop: 'function',
      evidence: expect.stringContaining('Task timed out'),
    })
  })

  const refuses = async (change: (deployed: Deployed) => void, code: string, said: RegExp) => {
    const deployed = await deploy(existingFunctionConfig())
    change(deployed)
    const { run, events } = deployed.start()
    expect(await setup(run, deployed.graph, {})).toMatchObject({ exit: 2 })
    const error = { event: 'error', code, message: expect.stringMatching(said), hint: expect.any(String) }
    expect(events).toContainEqual(expect.objectContaining(error))
    expect(changesOf(deployed)).toEqual([])
  }

  it.each<[string, string, RegExp, (deployed: Deployed) => void]>([
    [
      'stands in another VPC',
      'FunctionElsewhere',
      /stands in vpc-0ffffffffffffffff, not in vpc-0a1b2c3d4e5f60718/,
      (deployed) => void (there(functionOf(deployed).vpc).vpcId = 'vpc-0ffffffffffffffff'),
    ],
    ['stands in no VPC', 'FunctionElsewhere', /stands in no VPC/, (deployed) => void delete functionOf(deployed).vpc],
    [
      'has failed',
      'FunctionNotActive',
      /is failed: no address left/,
      (deployed) => void (functionOf(deployed).failure = { code: 'SubnetOutOfIPAddresses', reason: 'no address left' }),
    ],
    [
      'may not send anything to where the endpoint is',
      'FunctionShutIn',
      /do not let TCP 443 out to 10\.0\.0\.0\/24, 10\.0\.1\.0\/24/,
      (deployed) => {
        for (const id of functionOf(deployed).vpc?.groupIds ?? []) groupOf(deployed, id).rules = []
      },
    ],
    [
      'does not exist',
      'FunctionNotFound',
      /does not exist in account consumer/,
      (deployed) => void (deployed.sandbox.world.lambda.functions = {}),
    ],
  ])('is refused before anything is made if it %s', (_, code, said, change) => refuses(change, code, said))

  it('is taken if its group lets out to the very addresses of an endpoint that is there', async () => {
    const deployed = await deploy(
      lambdaConfig(({ integrations, networks }) => {
        integrations['reports'] = { ...integrations['reports'], function: { arn: functionArn, payload: {} } }
        networks['shop'] = { ...networks['shop'], executeApi: { endpointId: 'vpce-0416bbea8fb2bd63a' } }
      }),
    )
    const group = groupOf(deployed, functionOf(deployed).vpc?.groupIds[0])
    const { networkInterfaces } = deployed.sandbox.world.ec2
    const addresses = endpointOf(deployed).networkInterfaceIds.map((id) => there(networkInterfaces[id]).privateIp)
    const [rule] = group.rules
    group.rules = addresses.map((ip) => ({
      ...there(rule),
      protocol: 'tcp',
      fromPort: 443,
      toPort: 443,
      cidr: `${ip}/32`,
    }))
    await succeeds(deployed)
    expect(await callOf(deployed)).toMatchObject({ verdict: 'ok' })
  })
})

describe('before anything is written, setup refuses', () => {
  const refusal = async (deployed: Deployed, code: string) => {
    const { run, events } = deployed.start()
    const { exit } = await setup(run, deployed.graph, {})
    expect(exit).not.toBe(0)
    expect(events).toContainEqual(expect.objectContaining({ event: 'error', code, hint: expect.any(String) }))
    expect(changesOf(deployed)).toEqual([])
  }

  it('a VPC whose DNS attributes are off', async () => {
    const deployed = await deploy(lambdaConfig())
    there(deployed.sandbox.world.ec2.vpcs['vpc-0a1b2c3d4e5f60718']).enableDnsSupport = false
    await refusal(deployed, 'PrivateDnsImpossible')
  })

  it('a second endpoint with the private name', async () => {
    const named = lambdaConfig(({ networks }) => {
      networks['shop'] = { ...networks['shop'], executeApi: { endpointId: 'vpce-0416bbea8fb2bd63a' } }
    })
    const { sandbox } = await deploy(named)
    const deployed = await deploy(lambdaConfig(), { world: sandbox.world })
    await refusal(deployed, 'PrivateDnsTaken')
  })

  it('a named endpoint without private DNS', async () => {
    const deployed = await deploy(
      lambdaConfig(({ networks }) => {
        networks['shop'] = { ...networks['shop'], executeApi: { endpointId: 'vpce-0416bbea8fb2bd63a' } }
      }),
    )
    endpointOf(deployed).privateDnsEnabled = false
    await refusal(deployed, 'PrivateDnsOff')
  })
})

it('what private DNS takes away from the VPC is told before anything is made', async () => {
  const deployed = await deploy(lambdaConfig())
  const { run, events } = deployed.start()
  await plan(run, deployed.graph, {})
  const { run: again, events: told } = deployed.start()
  await setup(again, deployed.graph, {})
  const warning = expect.objectContaining({ event: 'warning', message: expect.stringContaining('public APIs') })
  const at = told.findIndex(({ event }) => event === 'warning')
  expect(told[at]).toEqual(warning)
  expect(told.slice(0, at).filter(({ event }) => event === 'change')).toEqual([])
  expect(events.filter(({ event }) => event === 'error')).toEqual([])
})

it('teardown takes the function first, then its interfaces, then its group and its role', async () => {
  const deployed = await deploy(lambdaConfig())
  await succeeds(deployed)
  const from = deployed.sandbox.calls.length
  const { run, events } = deployed.start()
  await teardown(run, stepById, {})
  const gone = deployed.sandbox.calls.slice(from).filter(({ error }) => error === undefined)
  const order = gone.map(({ operation }) => operation).filter((name) => /^Delete(Function|Role)$/.test(name))
  expect(order).toEqual(['DeleteFunction', 'DeleteRole'])
  expect(deployed.sandbox.calls.slice(from).filter(({ error }) => error === 'DependencyViolation')).toEqual([])
  expect(events).toContainEqual(
    expect.objectContaining({
      node: 'reports/function',
      phase: 'waiting',
      detail: expect.stringContaining('AWS keeps the network interfaces of'),
    }),
  )
})
