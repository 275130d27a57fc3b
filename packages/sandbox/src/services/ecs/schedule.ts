import { describeHealth } from '../../network/health.ts'
import type { Network } from '../../network/network.ts'
import { checkTargets } from '../../network/path.ts'
import { messageOf } from '../../state/errors.ts'
import type { World } from '../../state/world.ts'
import { mayAssume } from '../../reads/roles.ts'
import { stopTask, isAlive, startTask, tasksOf } from './life.ts'
import type { Deployment, EcsService, Task } from '../../state/ecs.ts'
import { addServiceEvent } from './events.ts'

/** Longest and first pause between attempts ("Service throttle logic", ECS developer guide; the first is assumed). */
const longestPause = 27 * 60_000
const firstPause = 10_000

/** Counts a task that came to nothing, and puts off the next attempt. */
export function countFailure(world: World, at: number, service: EcsService, deploymentId: string): void {
  const deployment = service.deployments.find(({ id }) => id === deploymentId)
  if (deployment === undefined) return
  deployment.failedTasks += 1
  deployment.retryAt = at + Math.min(longestPause, firstPause * 2 ** Math.min(deployment.failedTasks, 20))
  if (deployment.failedTasks > service.desiredCount)
    addServiceEvent(world, at, service, 'is unable to consistently start tasks successfully.')
}

/** Carries out what is due for a service. Returns whether anything was. */
export async function schedule(network: Network, now: number, service: EcsService): Promise<boolean> {
  const { world } = network
  if (service.goneAt !== undefined) return false
  if (service.drainingSince !== undefined) return drain(world, service, service.drainingSince)
  const [primary] = service.deployments
  if (primary === undefined) return false
  const alive = tasksOf(world, service).filter(isAlive)
  const own = alive.filter(({ deploymentId }) => deploymentId === primary.id)
  if (startMissing(world, now, service, primary, alive.length, own.length)) return true
  if (stopSurplus(world, now, service, own)) return true
  const well: Task[] = []
  for (const task of alive.filter(({ phase }) => phase === 'running')) {
    const state = await conditionOf(network, now, service, task)
    if (state === 'unhealthy') return stopUnhealthy(world, now, service, task)
    if (state === 'well') well.push(task)
  }
  if (stopOutdated(world, now, service, primary, alive, well)) return true
  return settle(world, now, service, primary, own.length, well.length)
}

function drain(world: World, service: EcsService, since: number): boolean {
  const tasks = tasksOf(world, service)
  const alive = tasks.filter(isAlive)
  for (const task of alive) stopTask(world, since, task, scaled(task.deploymentId))
  if (alive.length > 0 || tasks.some(({ phase }) => phase !== 'stopped')) return alive.length > 0
  service.goneAt = Math.max(since, ...tasks.map(({ stoppedAt = since }) => stoppedAt))
  return true
}

const scaled = (deploymentId: string) => ({
  code: 'ServiceSchedulerInitiated' as const,
  reason: `Scaling activity initiated by (deployment ${deploymentId})`,
})

const named = (tasks: readonly Task[]): string => tasks.map(({ id }) => `(task ${id})`).join(' ')

function startMissing(
  world: World,
  now: number,
  service: EcsService,
  primary: Deployment,
  alive: number,
  own: number,
): boolean {
  const most = Math.ceil((service.desiredCount * service.maximumPercent) / 100)
  const missing = Math.min(service.desiredCount - own, most - alive)
  const at = Math.max(primary.updatedAt, primary.retryAt ?? 0, lastStop(world, service, primary))
  if (missing <= 0 || at > now) return false
  const failure = roleFailure(world, now, primary)
  if (failure !== undefined) {
    addServiceEvent(world, now, service, `failed to launch a task with (error ${failure}).`)
    primary.retryAt = now + firstPause
    return false
  }
  try {
    const started = Array.from({ length: missing }, () => startTask(world, at, service, primary))
    addServiceEvent(world, at, service, `has started ${started.length} tasks: ${named(started)}.`)
  } catch (thrown) {
    addServiceEvent(world, now, service, `was unable to place a task. Reason: ${messageOf(thrown)}.`)
    primary.retryAt = now + firstPause
    return false
  }
  return true
}

/** A replacement is started when the one before has been asked to stop. */
const lastStop = (world: World, service: EcsService, { id }: Deployment): number =>
  Math.max(
    0,
    ...tasksOf(world, service).map(({ deploymentId, stopAskedAt = 0 }) => (deploymentId === id ? stopAskedAt : 0)),
  )

/** Users quote this text from service events. */
function roleFailure(world: World, now: number, { taskDefinitionArn }: Deployment): string | undefined {
  const { executionRoleArn, taskRoleArn } = world.ecs.taskDefinitions[taskDefinitionArn]?.definition ?? {}
  const unusable = [executionRoleArn, taskRoleArn].find(
    (arn) => arn !== undefined && !mayAssume(world, now, arn, 'ecs-tasks.amazonaws.com'),
  )
  if (unusable === undefined) return undefined
  const trust = 'Please verify that the role being passed has the proper trust relationship and permissions'
  return `ECS was unable to assume the role '${unusable}' that was provided for this task. ${trust}`
}

function stopSurplus(world: World, now: number, service: EcsService, own: readonly Task[]): boolean {
  const surplus = own.slice(service.desiredCount)
  for (const task of surplus) stopTask(world, now, task, scaled(task.deploymentId))
  if (surplus.length > 0)
    addServiceEvent(world, now, service, `has stopped ${surplus.length} running tasks: ${named(surplus)}.`)
  return surplus.length > 0
}

/** Tells how the target groups of its service see a running task. Assumed: a task that they do not use is well. */
async function conditionOf(
  network: Network,
  now: number,
  service: EcsService,
  task: Task,
): Promise<'well' | 'unhealthy' | 'unknown'> {
  const { world } = network
  let well = true
  for (const { targetGroupArn = '' } of service.loadBalancers) {
    const group = world.elbv2.targetGroups[targetGroupArn]
    const target = group?.targets.find(({ id }) => id === task.ip)
    if (group === undefined || target === undefined) continue
    await checkTargets(network, now, group)
    const { State } = describeHealth(world, now, group, target)
    const graceEnds = (task.runningAt ?? now) + service.gracePeriodSeconds * 1000
    if (State === 'unhealthy' && now > graceEnds) return 'unhealthy'
    if (State !== 'healthy' && State !== 'unused') well = false
  }
  return well ? 'well' : 'unknown'
}

function stopUnhealthy(world: World, now: number, service: EcsService, task: Task): boolean {
  const [{ targetGroupArn = '', containerPort = 0 } = {}] = service.loadBalancers
  const place = `(port ${containerPort}) is unhealthy in (target-group ${targetGroupArn})`
  addServiceEvent(world, now, service, `${place} due to (reason Health checks failed).`)
  const reason = `Task failed ELB health checks in (target-group ${targetGroupArn})`
  stopTask(world, now, task, { code: 'ServiceSchedulerInitiated', reason })
  // A task that came to run does not delay the next one.
  const deployment = service.deployments.find(({ id }) => id === task.deploymentId)
  if (deployment) deployment.failedTasks += 1
  return true
}

/** A rolling update: tasks of before go as far as enough others are well ("Rolling update", ECS developer guide). */
function stopOutdated(
  world: World,
  now: number,
  service: EcsService,
  primary: Deployment,
  alive: readonly Task[],
  well: readonly Task[],
): boolean {
  const outdated = alive.filter(({ deploymentId }) => deploymentId !== primary.id)
  const fewest = Math.ceil((service.desiredCount * service.minimumHealthyPercent) / 100)
  const spare = Math.max(0, well.length - fewest)
  const useless = outdated.filter((task) => !well.includes(task))
  const stopping = [...useless, ...outdated.filter((task) => well.includes(task)).slice(0, spare)]
  for (const task of stopping) stopTask(world, now, task, scaled(primary.id))
  if (stopping.length > 0)
    addServiceEvent(world, now, service, `has stopped ${stopping.length} running tasks: ${named(stopping)}.`)
  if (stopping.length > 0) return true
  if (outdated.length > 0 || service.deployments.length === 1) return false
  service.deployments = [primary]
  return true
}

/** A deployment is complete when all of its tasks, and no others, are there and well. */
function settle(
  world: World,
  now: number,
  service: EcsService,
  primary: Deployment,
  own: number,
  well: number,
): boolean {
  const steady = own === service.desiredCount && well === own && service.deployments.length === 1
  if (!steady || primary.completedAt !== undefined) return false
  primary.completedAt = now
  primary.failedTasks = 0
  addServiceEvent(world, now, service, `(deployment ${primary.id}) deployment completed.`)
  addServiceEvent(world, now, service, 'has reached a steady state.')
  return true
}
