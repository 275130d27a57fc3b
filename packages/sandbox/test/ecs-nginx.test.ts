import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DeleteServiceCommand, StopTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import { DescribeTargetHealthCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fargate } from '../../../test/support/fargate.ts'
import { everyProcess } from '../../../test/support/processes.ts'
import { has } from '../../../test/support/programs.ts'
import { rehearse } from '../../../test/support/sandbox.ts'

type Stand = Awaited<ReturnType<typeof fargate>>

const statesOf = async (stand: Stand): Promise<(string | undefined)[]> => {
  const { TargetHealthDescriptions: health = [] } = await stand.elbv2.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: stand.targetGroupArn }),
  )
  return health.map(({ TargetHealth }) => TargetHealth?.State)
}

/** What a request to one of the tasks is answered, straight to its port on this machine. */
async function ask(stand: Stand, port: number, path = '/'): Promise<string> {
  const host = stand.sandbox.world.hosts.find((one) => one.port === port)
  const answer = await fetch(`${host?.url?.replace('tcp:', 'http:') ?? 'nowhere:'}${path}`)
  return answer.text()
}

/** The folders of the tasks that this process runs. */
const folders = (): string[] =>
  everyProcess().flatMap(({ parent, command }) =>
    parent === String(process.pid) ? (/privlink-task-\w+/.exec(command) ?? []) : [],
  )

/** Processes that have to do with one of these folders. */
const living = (tasks: readonly string[]): string[] =>
  everyProcess().flatMap(({ command }) => (tasks.some((task) => command.includes(task)) ? [command] : []))

describe.runIf(has('nginx', '-v'))('a service on Fargate with an image of NGINX', () => {
  let stand: Stand
  beforeAll(async () => {
    stand = await fargate()
    await stand.listen()
    await stand.register()
  })

  it('comes to a steady state with its tasks in both zones, registered and healthy', async () => {
    await stand.create()
    const service = await stand.steady()
    expect(service).toMatchObject({ runningCount: 2, pendingCount: 0, desiredCount: 2 })
    expect(service.events?.[0]?.message).toBe('(service proxy) has reached a steady state.')
    expect(await statesOf(stand)).toEqual(['healthy', 'healthy'])
    const tasks = await stand.tasks()
    expect(new Set(tasks.map(({ availabilityZone }) => availabilityZone)).size).toBe(2)
    expect(tasks.map(({ lastStatus }) => lastStatus)).toEqual(['RUNNING', 'RUNNING'])
  })

  it('runs the real NGINX with the configuration of its environment', async () => {
    expect(await ask(stand, 443)).toBe('proxied\n')
    expect(await ask(stand, 80, '/health')).toBe('ok\n')
  })

  it('writes what the container says into its log stream, and no secret', async () => {
    await ask(stand, 443, '/seen')
    const { logStreams = [] } = await stand.logs.send(new DescribeLogStreamsCommand({ logGroupName: '/proxy' }))
    expect(logStreams.map(({ logStreamName }) => logStreamName?.split('/').slice(0, 2).join('/'))).toEqual([
      'nginx/nginx',
      'nginx/nginx',
    ])
    const read = async () => {
      const all = logStreams.map(({ logStreamName }) =>
        stand.logs.send(new GetLogEventsCommand({ logGroupName: '/proxy', logStreamName })),
      )
      return (await Promise.all(all)).flatMap(({ events = [] }) => events.map(({ message }) => message)).join('\n')
    }
    await expect.poll(read).toContain('GET /seen')
    expect(await read()).toContain('(withheld: it names a secret)')
    expect(JSON.stringify(stand.sandbox.world.logs)).not.toContain('not for everybody')
  })

  it('has a stopped task replaced', async () => {
    const [first] = await stand.tasks()
    await stand.ecs.send(new StopTaskCommand({ cluster: 'proxies', task: first?.taskArn, reason: 'by hand' }))
    const [stopped] = await stand.tasks('STOPPED')
    expect(stopped).toMatchObject({ lastStatus: 'DEACTIVATING', stopCode: 'UserInitiated', stoppedReason: 'by hand' })
    await stand.until(stand.look, ({ runningCount }) => runningCount === 2)
    expect((await stand.tasks()).map(({ taskArn }) => taskArn)).not.toContain(first?.taskArn)
  })

  it('rolls a new revision out without ever having too few', async () => {
    await stand.register()
    await stand.ecs.send(
      new UpdateServiceCommand({ cluster: 'proxies', service: 'proxy', taskDefinition: 'proxy', desiredCount: 1 }),
    )
    const seen = new Set<number>()
    const service = await stand.until(stand.look, ({ deployments = [], runningCount = 0 }) => {
      seen.add(runningCount)
      return deployments.length === 1 && deployments[0]?.rolloutState === 'COMPLETED'
    })
    expect(service.taskDefinition).toMatch(/proxy:2$/)
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(1)
  })

  it('stops a task whose configuration NGINX does not accept', async () => {
    const [definition] = stand.definition().containerDefinitions ?? []
    const environment = [{ name: 'CONF', value: 'nonsense;' }]
    const broken = definition && { ...definition, environment }
    await stand.register({ containerDefinitions: broken ? [broken] : [] })
    await stand.ecs.send(
      new UpdateServiceCommand({ cluster: 'proxies', service: 'proxy', taskDefinition: 'proxy', desiredCount: 1 }),
    )
    const exited = await stand.until(
      () => stand.tasks('STOPPED'),
      (tasks) => tasks.some(({ stopCode }) => stopCode === 'EssentialContainerExited'),
    )
    const task = exited.find(({ stopCode }) => stopCode === 'EssentialContainerExited')
    expect(task?.stoppedReason).toBe('Essential container in task exited')
    // The task of before is still there, since nothing has taken its place.
    expect(await ask(stand, 443)).toBe('proxied\n')
  })

  it('goes with all of its processes when it is deleted', async () => {
    await stand.ecs.send(new DeleteServiceCommand({ cluster: 'proxies', service: 'proxy', force: true }))
    expect(await stand.look()).toMatchObject({ status: 'DRAINING', desiredCount: 0 })
    await stand.until(stand.look, ({ status }) => status === 'INACTIVE')
    expect(await statesOf(stand)).toEqual([])
    expect(stand.sandbox.world.hosts).toEqual([])
    const { world, clock } = stand.sandbox
    const left = Object.values(world.ec2.networkInterfaces).filter(({ servesId }) => servesId.includes(':task/'))
    expect(left.filter(({ goneAt = Infinity }) => goneAt > clock.now())).toEqual([])
  })
})

describe.runIf(has('nginx', '-v'))('a sandbox with running tasks', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'privlink-ecs-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('ends their processes with itself, and starts them again when it starts again', async () => {
    const stateFile = join(folder, 'state.json')
    const first = await fargate({ stateFile })
    await first.listen()
    await first.register()
    await first.create()
    await first.steady()
    const tasks = folders()
    expect(tasks).toHaveLength(2)
    await first.sandbox.close()
    expect(living(tasks)).toEqual([])

    const second = await rehearse({ stateFile })
    const host = second.sandbox.world.hosts.find(({ port }) => port === 443)
    expect(await (await fetch(host?.url?.replace('tcp:', 'http:') ?? '')).text()).toBe('proxied\n')
    const again = folders()
    expect(again).toHaveLength(2)
    await second.sandbox.close()
    expect(living(again)).toEqual([])
  })
})
