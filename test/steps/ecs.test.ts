import { DeleteTaskDefinitionsCommand, ListTaskDefinitionsCommand } from '@aws-sdk/client-ecs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAccounts } from '../../src/aws/accounts.ts'
import type { Aws } from '../../src/aws/aws.ts'
import { identityFor } from '../../src/aws/tags.ts'
import type { Probe } from '../../src/aws/vantage.ts'
import { ensure } from '../../src/engine/ensure.ts'
import type { EngineEvent } from '../../src/engine/events.ts'
import type { Run } from '../../src/engine/run.ts'
import { observe, type NodeContext } from '../../src/engine/node-context.ts'
import type { AnyStep, Step } from '../../src/engine/step.ts'
import { teardown } from '../../src/engine/teardown.ts'
import { ecsCluster } from '../../src/steps/ecs-cluster.ts'
import { ecsService } from '../../src/steps/ecs-service.ts'
import { stepById } from '../../src/steps/steps.ts'
import { taskDefinition } from '../../src/steps/task-definition.ts'
import { account, fargate, vpcForTasks } from '../support/fargate.ts'
import { inventory } from '../../packages/sandbox/src/state/inventory.ts'
import { has } from '../support/programs.ts'
import { toyLedger } from '../support/toys.ts'
import { probeOf } from './scripted-account.ts'

/** The three steps in an account that has all that they need, as the engine brings them about. */
async function workspace(options: Parameters<typeof fargate>[0] = {}) {
  const there = await fargate(options)
  await there.listen()
  const { ledger } = toyLedger()
  const events: EngineEvent[] = []
  const environment = { ...there.environment, AWS_ACCESS_KEY_ID: account }
  const accounts = openAccounts({
    accounts: { platform: { id: account, region: 'us-east-1' } },
    clock: there.clock,
    environment,
  })
  afterAll(accounts.close)
  const run: Run<Aws, Probe> = {
    clock: there.clock,
    ledger,
    accountClients: accounts.accountClients,
    identity: (node, generation) => identityFor('acme', node, generation),
    probe: probeOf(),
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
  }
  const aws = await run.accountClients('platform')

  const siteOf = <I extends object, F extends object>(
    step: Step<Aws, I, F, Probe>,
    inputs: NoInfer<I>,
  ): NodeContext<Aws, Probe> => {
    const node = `payments/${step.id}`
    const known = step.facts.safeParse(ledger.get(node)?.facts)
    return {
      run,
      label: { node, title: step.title, account: 'platform', article: '3' },
      // Erased as in steps.ts: it is given inputs of its own kind.
      step: step as unknown as AnyStep<Aws, Probe>,
      aws,
      identity: run.identity(node, 0),
      inputs: Object.fromEntries(Object.entries(inputs)),
      adopt: undefined,
      known: known.success ? Object.fromEntries(Object.entries(known.data)) : undefined,
    }
  }
  const bring = async <I extends object, F extends object>(
    step: Step<Aws, I, F, Probe>,
    inputs: NoInfer<I>,
    dependsOn: string[] = [],
  ): Promise<F & { changed: boolean }> => {
    const site = siteOf(step, inputs)
    const { facts, changed } = await ensure(site, { dependsOn, usedBy: ['payments'] }, false, () => undefined)
    return { ...step.facts.parse(facts), changed }
  }
  const { executionRoleArn = '' } = there.definition()
  const definition = {
    image: 'public.ecr.aws/nginx/nginx:1.29-alpine',
    command: ['sh', '-c', script],
    environment: { CONF: configuration },
    secrets: { KEY: there.secretArn },
    ports: [443],
    healthPort: 80,
    cpu: 256,
    memory: 512,
    executionRoleArn,
    taskRoleArn: executionRoleArn,
    logGroupName: '/proxy',
    writable: '/run/scratch',
  }
  const { awsvpcConfiguration: { subnets: subnetIds = [], securityGroups: securityGroupIds = [] } = {} } =
    there.request().networkConfiguration ?? {}
  const service = (clusterArn: string, taskDefinitionArn: string) => ({
    clusterArn,
    taskDefinitionArn,
    subnetIds,
    securityGroupIds,
    targetGroupArn: there.targetGroupArn,
    containerPort: 443,
    desiredCount: 2,
  })
  return { ...there, run, events, ledger, siteOf, bring, inputs: { definition, service } }
}

const configuration = `
events { }
http {
  server { listen 443; return 200 "proxied\\n"; }
  server { listen 80; location = /health { return 200 "ok\\n"; } }
}
`
const script = `cd /run/scratch; printf '%s' "$CONF" > nginx.conf; unset CONF KEY; exec nginx -c "$PWD/nginx.conf"`

describe('a task definition', () => {
  let there: Awaited<ReturnType<typeof workspace>>
  beforeAll(async () => {
    there = await workspace()
  })
  const arns = async (status: 'ACTIVE' | 'INACTIVE') =>
    (await there.ecs.send(new ListTaskDefinitionsCommand({ status }))).taskDefinitionArns ?? []

  it('is registered once, and found again by what it says', async () => {
    const { definition } = there.inputs
    const first = await there.bring(taskDefinition, definition)
    expect(first.taskDefinitionArn).toMatch(/:task-definition\/acme-payments-task-definition:1$/)
    expect(await there.bring(taskDefinition, definition)).toEqual({ ...first, changed: false })
    expect(await arns('ACTIVE')).toHaveLength(1)
  })

  it('has a new revision for anything that changes, and the same family', async () => {
    const definition = { ...there.inputs.definition, environment: { CONF: 'other' } }
    const second = await there.bring(taskDefinition, definition)
    expect(second).toMatchObject({ family: 'acme-payments-task-definition', changed: true })
    expect(second.taskDefinitionArn).toMatch(/:2$/)
  })

  it('is taken for ours when a run was interrupted between deregistering and deleting', async () => {
    const { definition } = there.inputs
    await taskDefinition.delete?.({
      aws: withoutDeleting(await there.run.accountClients('platform')),
      known: { family: 'acme-payments-task-definition', taskDefinitionArn: '' },
      inputs: {},
      identity: there.run.identity('payments/task-definition', 0),
    })
    expect(await arns('ACTIVE')).toEqual([])
    expect(await observe(there.siteOf(taskDefinition, definition))).toMatchObject({
      state: 'ready',
      owner: 'ours',
      drift: expect.arrayContaining([expect.objectContaining({ field: 'status', was: 'INACTIVE' })]),
    })
  })

  it('goes with all of its revisions', async () => {
    await there.bring(taskDefinition, there.inputs.definition)
    expect(await teardown(there.run, stepById, {})).toMatchObject({ exit: 0, deleted: 1 })
    expect(await arns('ACTIVE')).toEqual([])
    expect(await arns('INACTIVE')).toEqual([])
  })
})

/** A door at which a run dies when it is about to delete revisions. */
const withoutDeleting = (aws: Aws): Aws => ({
  ...aws,
  ecs: (command) =>
    command instanceof DeleteTaskDefinitionsCommand ? Promise.resolve(Object.create(null)) : aws.ecs(command),
})

describe.runIf(has('nginx', '-v'))('a service with its cluster and task definition', () => {
  let there: Awaited<ReturnType<typeof workspace>>
  let before: string[]
  beforeAll(async () => {
    there = await workspace()
    before = inventory(there.sandbox.world, there.clock.now())
  })
  const setup = async (change: Partial<Awaited<ReturnType<typeof workspace>>['inputs']['definition']> = {}) => {
    const cluster = await there.bring(ecsCluster, {})
    const definition = await there.bring(taskDefinition, { ...there.inputs.definition, ...change })
    const inputs = there.inputs.service(cluster.clusterArn, definition.taskDefinitionArn)
    const needs = ['payments/ecs-cluster', 'payments/task-definition']
    return { cluster, definition, service: await there.bring(ecsService, inputs, needs), inputs }
  }

  it('is ready when it is steady, and left alone after that', async () => {
    const { service, inputs } = await setup()
    expect(service).toMatchObject({ serviceName: 'acme-payments-ecs-service', changed: false })
    expect(await observe(there.siteOf(ecsService, inputs))).toMatchObject({ state: 'ready', owner: 'ours', drift: [] })
    expect((await setup()).service.changed).toBe(false)
  })

  it('takes the new revision when the task definition changes', async () => {
    const { service, inputs } = await setup({ environment: { CONF: `${configuration}# changed\n` } })
    expect(service.changed).toBe(true)
    expect(inputs.taskDefinitionArn).toMatch(/:2$/)
    const runs = Object.values(there.sandbox.world.ecs.tasks).filter(({ phase }) => phase === 'running')
    expect(runs.map(({ taskDefinitionArn }) => taskDefinitionArn)).toEqual([
      inputs.taskDefinitionArn,
      inputs.taskDefinitionArn,
    ])
  })

  it('is broken with the reason of its tasks, and keeps those that run, when a new revision cannot start', async () => {
    await expect(setup({ image: 'public.ecr.aws/acme/app:2' })).rejects.toMatchObject({
      code: 'Broken',
      message: expect.stringMatching(/tasks .* stop: CannotPullContainerError: .*acme\/app:2: not found$/),
      hint: expect.stringContaining('Correct the name of the image'),
    })
    const runs = Object.values(there.sandbox.world.ecs.tasks).filter(({ phase }) => phase === 'running')
    expect(runs).toHaveLength(2)
    expect((await setup()).service.changed).toBe(true)
  })

  it('goes without a trace', async () => {
    expect(await teardown(there.run, stepById, {})).toMatchObject({ exit: 0, deleted: 3 })
    expect(inventory(there.sandbox.world, there.clock.now())).toEqual(before)
  })
})

describe('a service whose tasks cannot start', () => {
  it.each([
    ['have no way to the registry', undefined, /CannotPullContainerError: .*i\/o timeout/, /NAT gateway/],
    ['may not read the secret', [], /ResourceInitializationError: .*AccessDenied/, /Allow the execution role/],
  ])('since they %s is broken at once, and made anew by the next run', async (_, actions, reason, hint) => {
    const there = await workspace(actions === undefined ? { seed: vpcForTasks('none') } : { actions: ['logs:*'] })
    const secrets = actions === undefined ? {} : there.inputs.definition.secrets
    const change = actions === undefined ? { secrets, logGroupName: '/proxy' } : {}
    const cluster = await there.bring(ecsCluster, {})
    const made = await there.bring(taskDefinition, { ...there.inputs.definition, ...change })
    const inputs = there.inputs.service(cluster.clusterArn, made.taskDefinitionArn)
    await expect(there.bring(ecsService, inputs)).rejects.toMatchObject({
      code: 'Broken',
      message: expect.stringMatching(reason),
      hint: expect.stringMatching(hint),
    })
    const creates = () => there.sandbox.calls.filter(({ operation }) => operation === 'CreateService').length
    expect(creates()).toBe(1)
    await expect(there.bring(ecsService, inputs)).rejects.toMatchObject({ code: 'Broken' })
    expect(creates()).toBe(2)
  })
})
