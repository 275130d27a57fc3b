import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListTagsForResourceCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { durations } from '../src/state/durations.ts'
import { makeAdvance } from '../src/services/ecs/advance.ts'
import { makeRunner } from '../src/network/tasks/runner.ts'
import { account, fargate, vpcForTasks } from '../../../test/support/fargate.ts'
import { codeOf, complaintOf } from './support/refusal.ts'

type Stand = Awaited<ReturnType<typeof fargate>>

let stand: Stand
beforeAll(async () => {
  stand = await fargate()
})

describe('a cluster', () => {
  it('is the same one when its name is used again', async () => {
    const { ecs } = stand
    const tags = [{ key: 'team', value: 'one' }]
    const { cluster } = await ecs.send(new CreateClusterCommand({ clusterName: 'twice', tags }))
    const again = await ecs.send(new CreateClusterCommand({ clusterName: 'twice' }))
    expect(again.cluster).toEqual(cluster)
    expect(cluster).toMatchObject({ status: 'ACTIVE', clusterArn: `arn:aws:ecs:us-east-1:${account}:cluster/twice` })
  })

  it('is told with its tags when they are asked for, and missing as a failure when there is none', async () => {
    const seen = await stand.ecs.send(new DescribeClustersCommand({ clusters: ['twice', 'none'], include: ['TAGS'] }))
    expect(seen.clusters).toMatchObject([{ clusterName: 'twice', tags: [{ key: 'team', value: 'one' }] }])
    expect(seen.failures).toMatchObject([{ reason: 'MISSING' }])
  })

  it('is INACTIVE for a while once it has been deleted', async () => {
    await stand.ecs.send(new DeleteClusterCommand({ cluster: 'twice' }))
    const { clusters } = await stand.ecs.send(new DescribeClustersCommand({ clusters: ['twice'] }))
    expect(clusters).toMatchObject([{ status: 'INACTIVE' }])
    expect(await codeOf(stand.ecs.send(new DeleteClusterCommand({ cluster: 'twice' })))).toBe(
      'ClusterNotFoundException',
    )
  })
})

describe('a task definition', () => {
  it('gets a new revision from every call, numbered on even after deletion', async () => {
    const { ecs } = stand
    const first = await stand.register({ family: 'numbers' })
    const second = await stand.register({ family: 'numbers' })
    expect([first, second].map((arn) => arn.split('/')[1])).toEqual(['numbers:1', 'numbers:2'])
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: second }))
    const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'numbers' }))
    expect(taskDefinition).toMatchObject({ revision: 1, status: 'ACTIVE' })
    const { failures } = await ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: [first, second] }))
    expect(failures).toMatchObject([{ arn: first, reason: expect.stringContaining('ACTIVE') }])
    expect((await stand.register({ family: 'numbers' })).split('/')[1]).toBe('numbers:3')
    const listed = await ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: 'numbers', sort: 'DESC' }))
    expect(listed.taskDefinitionArns?.map((arn) => arn.split(':').at(-1))).toEqual(['3', '1'])
  })

  it('is not there without an ACTIVE revision', async () => {
    const asked = stand.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'nobody' }))
    expect(await codeOf(asked)).toBe('ClientException')
  })

  it.each([
    [{ cpu: '256', memory: '4096' }, /No Fargate configuration exists/],
    [{ cpu: '300', memory: '512' }, /No Fargate configuration exists/],
    [{ memory: undefined }, /'memory' be defined/],
    [{ networkMode: 'bridge' as const }, /network mode 'awsvpc'/],
    [{ executionRoleArn: undefined }, /execution role ARN to support log driver awslogs/],
    [{ executionRoleArn: `arn:aws:iam::${account}:role/nobody` }, /Role is not valid/],
    [{ volumes: [] }, /Unknown volume 'scratch'/],
    [{ containerDefinitions: [] }, /Container list cannot be empty/],
  ])('with %j is refused', async (change, message) => {
    expect(await complaintOf(stand.register(change))).toMatch(message)
  })

  it('with a setting that the sandbox does not model is refused by its name', async () => {
    const [container] = stand.definition().containerDefinitions ?? []
    const containerDefinitions = [{ ...container, privileged: true }]
    expect(await complaintOf(stand.register({ containerDefinitions }))).toMatch(/privileged/)
  })
})

describe('a service', () => {
  beforeAll(async () => {
    await stand.register()
  })

  it('is refused while nothing listens for its target group', async () => {
    expect(await complaintOf(stand.create())).toMatch(/does not have an associated load balancer/)
  })

  it.each([
    [{ cluster: 'nowhere' }, 'ClusterNotFoundException'],
    [{ taskDefinition: 'nobody' }, 'ClientException'],
    [{ launchType: 'EC2' as const }, 'InvalidParameterException'],
    [{ networkConfiguration: undefined }, 'InvalidParameterException'],
    [{ networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-0bad'] } } }, 'InvalidParameterException'],
    [{ loadBalancers: [], healthCheckGracePeriodSeconds: 9 }, 'InvalidParameterException'],
    [{ desiredCount: undefined }, 'InvalidParameterException'],
  ])('with %j is refused', async (change, code) => {
    await stand.listen().catch(() => undefined)
    expect(await codeOf(stand.create(change))).toBe(code)
  })

  it('is the same for the same token, and a name that is taken for any other', async () => {
    const request = { taskDefinition: 'proxy', desiredCount: 0, clientToken: 'one' }
    const made = await stand.create(request)
    expect((await stand.create(request)).serviceArn).toBe(made.serviceArn)
    expect(await complaintOf(stand.create({ ...request, clientToken: 'two' }))).toBe(
      'Creation of service was not idempotent.',
    )
  })

  it('holds the revision that it runs, also without tasks', async () => {
    const { ecs } = stand
    const held = await stand.register({ family: 'held' })
    await stand.create({ serviceName: 'held', taskDefinition: held, desiredCount: 0 })
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: held }))
    await ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: [held] }))
    const look = () => ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: held }))
    await stand.clock.sleep(2 * durations.taskDefinitionGone)
    expect((await look()).taskDefinition).toMatchObject({ status: 'DELETE_IN_PROGRESS' })
    await ecs.send(new DeleteServiceCommand({ cluster: 'proxies', service: 'held' }))
    await look()
    await stand.clock.sleep(2 * durations.taskDefinitionGone)
    expect(await codeOf(look())).toBe('ClientException')
  })

  it('carries tags that can be changed', async () => {
    const resourceArn = (await stand.look()).serviceArn
    await stand.ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'a', value: '1' }] }))
    await stand.ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'b', value: '2' }] }))
    await stand.ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }))
    const { tags } = await stand.ecs.send(new ListTagsForResourceCommand({ resourceArn }))
    expect(tags).toEqual([{ key: 'b', value: '2' }])
  })

  it('holds its cluster, and its name while it drains', async () => {
    const { ecs } = stand
    expect(await codeOf(ecs.send(new DeleteClusterCommand({ cluster: 'proxies' })))).toBe(
      'ClusterContainsServicesException',
    )
    await ecs.send(new UpdateServiceCommand({ cluster: 'proxies', service: 'proxy', desiredCount: 1 }))
    await stand.until(stand.tasks, (tasks) => tasks.length === 1)
    expect(await complaintOf(ecs.send(new DeleteServiceCommand({ cluster: 'proxies', service: 'proxy' })))).toMatch(
      /scaled above 0/,
    )
    await ecs.send(new DeleteServiceCommand({ cluster: 'proxies', service: 'proxy', force: true }))
    expect(await complaintOf(stand.create({ taskDefinition: 'proxy' }))).toMatch(/still Draining/)
    expect(
      await codeOf(ecs.send(new UpdateServiceCommand({ cluster: 'proxies', service: 'proxy', desiredCount: 1 }))),
    ).toBe('ServiceNotActiveException')
    await stand.until(stand.look, ({ status }) => status === 'INACTIVE')
    await ecs.send(new DeleteClusterCommand({ cluster: 'proxies' }))
    expect(await codeOf(ecs.send(new DescribeServicesCommand({ cluster: 'proxies', services: ['proxy'] })))).toBe(
      'ClusterNotFoundException',
    )
  })
})

/** The reasons for which tasks of a service have stopped, once two have. */
async function reasons(there: Stand, image = 'public.ecr.aws/acme/app:1'): Promise<string[]> {
  await there.register({}, image)
  await there.create({ loadBalancers: [], healthCheckGracePeriodSeconds: 0 })
  const stopped = await there.until(
    () => there.tasks('STOPPED'),
    (tasks) => tasks.filter(({ lastStatus }) => lastStatus === 'STOPPED').length >= 2,
  )
  expect(stopped.map(({ stopCode }) => stopCode)).toContain('TaskFailedToStart')
  // Every task's session as the role is its own.
  return [
    ...new Set(
      stopped.map(({ stoppedReason = '' }) => stoppedReason.replace(/execution\/[0-9a-f]{32}/, 'execution/ID')),
    ),
  ]
}

describe('a task that cannot start', () => {
  const ecr = `${account}.dkr.ecr.us-east-1.amazonaws.com/nginx:1`

  it.each([
    [
      'an image that its registry does not have',
      {},
      'public.ecr.aws/acme/app:1',
      /^CannotPullContainerError: .*not found$/,
    ],
    [
      'no way to a public registry',
      { seed: vpcForTasks('none'), secrets: false },
      'nginx',
      /registry-1\.docker\.io.*i\/o timeout$/,
    ],
    [
      'no public address behind an internet gateway',
      { seed: vpcForTasks('igw-0ec5'), secrets: false },
      'nginx',
      /i\/o timeout$/,
    ],
    [
      'no way to private ECR',
      { seed: vpcForTasks('none'), secrets: false },
      ecr,
      /unable to retrieve ecr registry auth/,
    ],
    [
      'no way to Secrets Manager',
      { seed: vpcForTasks('none') },
      'nginx',
      /retrieve secret from asm.*deadline exceeded/,
    ],
    [
      'a role that may not read the secret',
      { actions: ['logs:*'] },
      'nginx',
      /secret.*AccessDeniedException: User: .*execution\/ID .*GetSecretValue/,
    ],
    [
      'a role that may not pull',
      { actions: ['logs:*', 'secretsmanager:*'] },
      ecr,
      /AccessDeniedException.*ecr:GetAuthorizationToken/,
    ],
    [
      'a role that may not write its log',
      { actions: ['secretsmanager:*'] },
      'nginx',
      /validate logger args.*logs:CreateLogStream/,
    ],
  ])('for %s says so as Fargate does', async (_, options, image, pattern) => {
    const there = await fargate(options)
    if ('secrets' in options) {
      const register = there.register
      const [container] = there.definition({}, image).containerDefinitions ?? []
      there.register = () => register({ containerDefinitions: [{ ...container, secrets: [] }] })
    }
    expect(await reasons(there, image)).toEqual([expect.stringMatching(pattern)])
  })

  it('says that NGINX is not installed on this machine, where that is so', async () => {
    const there = await fargate()
    await there.register()
    await there.create({ loadBalancers: [], healthCheckGracePeriodSeconds: 0 })
    const { network, world } = there.sandbox
    const advance = makeAdvance(network, makeRunner(network, ['/nowhere']))
    for (let looks = 0; looks < 12; looks += 1) {
      await there.clock.sleep(5_000)
      await advance()
    }
    const [task] = Object.values(world.ecs.tasks)
    expect(task).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringContaining('nginx is not installed on this machine'),
    })
  })

  it('is tried again after longer and longer pauses, which the service tells', async () => {
    const there = await fargate()
    await reasons(there)
    await there.clock.sleep(3_600_000)
    const { events = [], deployments: [deployment] = [] } = await there.look()
    expect(events.map(({ message }) => message)).toContain(
      '(service proxy) is unable to consistently start tasks successfully.',
    )
    expect(deployment?.failedTasks).toBeGreaterThan(4)
    expect(deployment?.failedTasks).toBeLessThan(30)
  })
})

describe('a role with policies', () => {
  beforeEach(async () => {
    stand = await fargate()
    await stand.register()
  })
  const limitedTo = async (Statement: object[]) => {
    const role = `arn:aws:iam::${account}:role/limited`
    const policies = [{ Version: '2012-10-17', Statement }]
    await stand.sandbox.seed({ accounts: [{ id: account, roles: [{ arn: role, trusts: '000000000000', policies }] }] })
    const { sts } = stand.clients('000000000000')
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'test' }))
    return stand.clients({
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    }).ecs
  }
  const definitions = `arn:aws:ecs:us-east-1:${account}:task-definition/proxy:*`

  it('must be allowed to hand on the roles of tasks, to ECS tasks only', async () => {
    const passing = (service: string) => ({
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: '*',
      Condition: { StringEquals: { 'iam:PassedToService': service } },
    })
    const registering = { Effect: 'Allow', Action: 'ecs:RegisterTaskDefinition', Resource: definitions }
    const command = new RegisterTaskDefinitionCommand(stand.definition())
    const denied = (await limitedTo([registering, passing('lambda.amazonaws.com')])).send(command)
    expect(await complaintOf(denied)).toMatch(/perform: iam:PassRole on resource: .*role\/execution/)
    const allowed = await limitedTo([registering, passing('ecs-tasks.amazonaws.com')])
    expect(await codeOf(allowed.send(command))).toBe('no error')
  })

  it("needs the service-linked role's permission for an account's first cluster, and tagging for tags", async () => {
    await stand.ecs.send(new DeleteClusterCommand({ cluster: 'proxies' }))
    const creating = { Effect: 'Allow', Action: 'ecs:CreateCluster', Resource: '*' }
    const linking = { Effect: 'Allow', Action: 'iam:CreateServiceLinkedRole', Resource: '*' }
    const make = new CreateClusterCommand({ clusterName: 'first', tags: [{ key: 'a', value: '1' }] })
    expect(await complaintOf((await limitedTo([creating])).send(make))).toMatch(/ecs:TagResource/)
    const untagged = new CreateClusterCommand({ clusterName: 'first' })
    expect(await complaintOf((await limitedTo([creating])).send(untagged))).toMatch(/iam:CreateServiceLinkedRole/)
    expect(await codeOf((await limitedTo([creating, linking])).send(untagged))).toBe('no error')
  })

  it('can be kept to services of one cluster', async () => {
    await stand.listen()
    const only = { ArnEquals: { 'ecs:cluster': `arn:aws:ecs:us-east-1:${account}:cluster/other` } }
    const ecs = await limitedTo([{ Effect: 'Allow', Action: 'ecs:CreateService', Resource: '*', Condition: only }])
    expect(await codeOf(ecs.send(new CreateServiceCommand(stand.request())))).toBe('AccessDeniedException')
  })
})
