import type { Network } from '../../network/network.ts'
import { durations } from '../../state/durations.ts'
import { exists, type World } from '../../state/world.ts'
import { stopTask, isAlive, isUsed, register } from './life.ts'
import { startFailure } from './pull.ts'
import { countFailure, schedule } from './schedule.ts'
import type { Task } from '../../state/ecs.ts'
import type { Runner } from '../../network/tasks/runner.ts'
import { addServiceEvent } from './events.ts'

/** However far the clock has jumped: a service that fails all the time is not followed through every attempt. */
const mostRounds = 200

const hour = 3_600_000

/**
 * Carries out what has become due in the lives of services and tasks since the last time. Nothing happens by itself:
 * whoever looks at the world, or sends something through its network, has it brought up to date first.
 */
export function makeAdvance(network: Network, runner: Runner): () => Promise<void> {
  let turn: Promise<void> = Promise.resolve()
  return () => {
    if (isIdle(network.world)) return turn
    // A bug in one turn is reported to its own caller, and not to later ones.
    turn = turn.catch(() => undefined).then(() => advance(network, network.clock.now(), runner))
    return turn
  }
}

const isIdle = ({ ecs }: World): boolean =>
  Object.keys(ecs.services).length === 0 && Object.keys(ecs.tasks).length === 0

async function advance(network: Network, now: number, runner: Runner): Promise<void> {
  const { world } = network
  let moved = true
  for (let round = 0; moved && round < mostRounds; round += 1) {
    moved = false
    for (const task of Object.values(world.ecs.tasks)) if (await advanceTask(world, now, runner, task)) moved = true
    for (const service of Object.values(world.ecs.services)) if (await schedule(network, now, service)) moved = true
  }
  forget(world, now)
}

/** Takes a task one step further. Says whether there was one to take. */
async function advanceTask(world: World, now: number, runner: Runner, task: Task): Promise<boolean> {
  switch (task.phase) {
    case 'starting':
      return task.pulledAt <= now && pull(world, task)
    case 'activating':
      return (task.runningAt ?? 0) <= now && (await run(world, now, runner, task))
    case 'running':
      return await watch(world, now, runner, task)
    case 'stopping':
      if ((task.deprovisioningAt ?? 0) > now) return false
      await runner.stop(task)
      if ((task.stoppedAt ?? 0) > now) return false
      task.phase = 'stopped'
      return true
    case 'stopped':
      return false
  }
}

function pull(world: World, task: Task): boolean {
  const definition = world.ecs.taskDefinitions[task.taskDefinitionArn]
  const reason = definition
    ? startFailure(world, task.pulledAt, task, definition)
    : 'CannotCreateContainerError: the task definition does not exist'
  if (reason !== undefined) return fail(world, task.pulledAt, task, reason)
  task.phase = 'activating'
  task.runningAt = task.pulledAt + durations.taskActivated
  return true
}

function fail(world: World, at: number, task: Task, reason: string): true {
  stopTask(world, at, task, { code: 'TaskFailedToStart', reason })
  const service = world.ecs.services[task.serviceArn]
  if (service) countFailure(world, at, service, task.deploymentId)
  return true
}

async function run(world: World, now: number, runner: Runner, task: Task): Promise<true> {
  const failure = await runner.start(task)
  if (failure !== undefined) return fail(world, now, task, failure)
  task.phase = 'running'
  register(world, now, task)
  const service = world.ecs.services[task.serviceArn]
  for (const { targetGroupArn = '' } of service?.loadBalancers ?? [])
    if (service) addServiceEvent(world, now, service, `registered 1 targets in (target-group ${targetGroupArn})`)
  return true
}

/** A sandbox that starts again from its state file starts its tasks' containers again. */
async function watch(world: World, now: number, runner: Runner, task: Task): Promise<boolean> {
  const state = runner.state(task)
  if (state === 'running') return false
  const failure = state === 'none' ? await runner.start(task) : undefined
  if (state === 'none' && failure === undefined) return false
  const exitCode = typeof state === 'object' ? state.exitCode : 1
  const reason = failure ?? 'Essential container in task exited'
  if (isAlive(task)) stopTask(world, now, task, { code: 'EssentialContainerExited', reason, exitCode })
  return true
}

/** Stopped tasks and deleted resources can be described for about an hour ("Stopped tasks", ECS developer guide). */
function forget(world: World, now: number): void {
  const { ecs } = world
  for (const task of Object.values(ecs.tasks))
    if (task.phase === 'stopped' && (task.stoppedAt ?? 0) + hour < now) delete ecs.tasks[task.arn]
  for (const table of [ecs.services, ecs.clusters])
    for (const item of Object.values(table)) if (!exists(item, now - hour)) delete table[item.arn]
  for (const one of Object.values(ecs.taskDefinitions))
    if (one.deletedAt !== undefined && !isUsed(world, now, one)) one.goneAt ??= now + durations.taskDefinitionGone
}
