import type { TaskStopCode } from '@aws-sdk/client-ecs'

import { usageOf } from '../../network/balance.ts'
import { unknownHealth } from '../../network/health.ts'
import { durations } from '../../state/durations.ts'
import { exists, newId, type World } from '../../state/world.ts'
import { arnOf } from './lookup.ts'
import type { Deployment, EcsService, Task, TaskDefinition } from '../../state/ecs.ts'
import { zoneName } from '../../reads/zones.ts'
import { placeInterface, removeInterfaces } from '../../writes/network-interfaces.ts'

/** Where a task is in its life ("Amazon ECS task lifecycle", ECS developer guide). */
export function statusOf(task: Task, now: number): string {
  const since = (at: number | undefined) => at !== undefined && at <= now
  if (since(task.stoppedAt)) return 'STOPPED'
  if (since(task.deprovisioningAt)) return 'DEPROVISIONING'
  if (since(task.stoppingAt)) return 'STOPPING'
  if (since(task.stopAskedAt)) return 'DEACTIVATING'
  if (task.phase === 'running') return 'RUNNING'
  if (task.phase === 'activating') return 'ACTIVATING'
  return since(task.pendingAt) ? 'PENDING' : 'PROVISIONING'
}

export const isAlive = (task: Task): boolean => task.stopAskedAt === undefined
export const tasksOf = ({ ecs }: World, service: EcsService): Task[] =>
  Object.values(ecs.tasks).filter((task) => task.serviceArn === service.arn)

/**
 * Whether tasks or deployments refer to a revision: DELETE_IN_PROGRESS lasts until then (API_DeleteTaskDefinitions).
 */
export const isUsed = ({ ecs }: World, now: number, { arn }: TaskDefinition): boolean =>
  Object.values(ecs.tasks).some((task) => task.taskDefinitionArn === arn && task.phase !== 'stopped') ||
  Object.values(ecs.services).some(
    (one) => exists(one, now) && one.deployments.some((deployment) => deployment.taskDefinitionArn === arn),
  )

/** Starts a task of a service in the subnet with the fewest of its tasks. Throws where a subnet has no address left. */
export function startTask(world: World, at: number, service: EcsService, deployment: Deployment): Task {
  const { account, region, clusterArn } = service
  const { placement } = deployment
  const load = (subnetId: string) =>
    tasksOf(world, service).filter((task) => isAlive(task) && task.subnetId === subnetId).length
  const [subnetId = ''] = placement.subnetIds.toSorted((a, b) => load(a) - load(b))
  const id = newId(world, '', 32)
  const arn = arnOf(service, `task/${clusterArn.split('/')[1] ?? ''}/${id}`)
  const placed = placeInterface(
    world,
    { account, region, now: at },
    {
      subnetId,
      groupIds: placement.groupIds,
      description: arnOf(service, `attachment/${newId(world, '', 32)}`),
      interfaceType: 'interface',
      attachedBy: 'amazon-ecs',
      servesId: arn,
    },
  )
  const task: Task = {
    arn,
    id,
    clusterArn,
    serviceArn: service.arn,
    deploymentId: deployment.id,
    taskDefinitionArn: deployment.taskDefinitionArn,
    placement,
    subnetId,
    interfaceId: placed.networkInterfaceId,
    ip: placed.privateIp,
    phase: 'starting',
    pendingAt: at + durations.taskProvisioned,
    pulledAt: at + durations.taskProvisioned + durations.taskPulled,
    tags: {},
    account,
    region,
    createdAt: at,
  }
  world.ecs.tasks[arn] = task
  return task
}

interface StopReason {
  code: TaskStopCode
  reason: string
  exitCode?: number
}

/**
 * Lets a task come to its end: out of its target groups first, whose deregistration delay it waits out unless its
 * container is gone already ("Best practices for load balancer connection draining", ECS developer guide).
 */
export function stopTask(world: World, at: number, task: Task, { code, reason, exitCode }: StopReason): void {
  if (!isAlive(task)) return
  const ran = task.phase === 'running'
  const drained = ran ? deregister(world, at, task) : at
  task.stopAskedAt = at
  task.stoppingAt = exitCode === undefined ? drained : at
  task.deprovisioningAt = task.stoppingAt + (ran && exitCode === undefined ? durations.taskStopping : 0)
  task.stoppedAt = task.deprovisioningAt + durations.taskDeprovisioned
  task.phase = 'stopping'
  task.stopCode = code
  task.stoppedReason = reason
  if (exitCode !== undefined) task.exitCode = exitCode
  removeInterfaces(world, [task.interfaceId], task.stoppedAt)
}

const targetsOf = ({ ecs, elbv2 }: World, task: Task) =>
  (ecs.services[task.serviceArn]?.loadBalancers ?? []).flatMap(({ targetGroupArn = '', containerPort = 0 }) => {
    const group = elbv2.targetGroups[targetGroupArn]
    return group ? [{ group, port: containerPort }] : []
  })

/** Puts a task into the target groups of its service. */
export function register(world: World, at: number, task: Task): void {
  for (const { group, port } of targetsOf(world, task)) {
    const zoneId = world.ec2.subnets[task.subnetId]?.zoneId ?? ''
    group.targets = group.targets.filter(({ id }) => id !== task.ip)
    group.targets.push({
      id: task.ip,
      port,
      zone: zoneName(world, group, zoneId),
      registeredAt: at,
      health: unknownHealth(),
    })
  }
}

/** Takes it out again. Returns when its connections have drained. */
function deregister(world: World, at: number, task: Task): number {
  let until = at
  for (const { group, port } of targetsOf(world, task)) {
    const target = group.targets.find(({ id, port: at }) => id === task.ip && at === port)
    const delay = Number(group.attributes['deregistration_delay.timeout_seconds'] ?? 300) * 1000
    // A target that gets no traffic has no connections to drain, as with DeregisterTargets.
    if (target && usageOf(world, group) && delay > 0) {
      target.drainingUntil ??= at + delay
      until = Math.max(until, target.drainingUntil)
    } else group.targets = group.targets.filter((one) => one !== target)
  }
  return until
}
