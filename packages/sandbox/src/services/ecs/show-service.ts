import type { Deployment as ShownDeployment, NetworkConfiguration, Service } from '@aws-sdk/client-ecs'

import type { World } from '../../state/world.ts'
import { exists } from '../../state/world.ts'
import { statusOf, tasksOf } from './life.ts'
import { showTags } from './lookup.ts'
import type { Deployment, EcsService, Placement, Task } from '../../state/ecs.ts'

const showPlacement = ({ subnetIds, groupIds, assignPublicIp }: Placement): NetworkConfiguration => ({
  awsvpcConfiguration: {
    subnets: subnetIds,
    securityGroups: groupIds,
    assignPublicIp: assignPublicIp ? 'ENABLED' : 'DISABLED',
  },
})

const pending = ['PROVISIONING', 'PENDING', 'ACTIVATING']

const countsOf = (tasks: readonly Task[], now: number) => ({
  runningCount: tasks.filter((task) => statusOf(task, now) === 'RUNNING').length,
  pendingCount: tasks.filter((task) => pending.includes(statusOf(task, now))).length,
})

/** The platform version that LATEST means (Fargate platform versions, ECS developer guide). */
export const platform = { platformVersion: '1.4.0', platformFamily: 'Linux' } as const

/** A service as DescribeServices shows it. */
export function showService(world: World, now: number, service: EcsService): Service {
  const tasks = tasksOf(world, service)
  const [primary] = service.deployments
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: exists(service, now) ? (service.drainingSince === undefined ? 'ACTIVE' : 'DRAINING') : 'INACTIVE',
    desiredCount: service.desiredCount,
    ...countsOf(tasks, now),
    launchType: 'FARGATE',
    ...platform,
    platformVersion: 'LATEST',
    loadBalancers: service.loadBalancers,
    serviceRegistries: [],
    deploymentConfiguration: {
      deploymentCircuitBreaker: { enable: false, rollback: false },
      maximumPercent: service.maximumPercent,
      minimumHealthyPercent: service.minimumHealthyPercent,
    },
    deploymentController: { type: 'ECS' },
    deployments: service.deployments.map((one, index) => showDeployment(service, one, index, tasks, now)),
    ...(primary && {
      taskDefinition: primary.taskDefinitionArn,
      networkConfiguration: showPlacement(primary.placement),
    }),
    roleArn: `arn:aws:iam::${service.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    events: service.events.map(({ id, at, message }) => ({ id, createdAt: new Date(at), message })),
    createdAt: new Date(service.createdAt),
    placementConstraints: [],
    placementStrategy: [],
    healthCheckGracePeriodSeconds: service.gracePeriodSeconds,
    schedulingStrategy: 'REPLICA',
    enableECSManagedTags: false,
    enableExecuteCommand: false,
    propagateTags: 'NONE',
    availabilityZoneRebalancing: 'DISABLED',
    ...service.shown,
    tags: showTags(service.tags),
  }
}

function showDeployment(
  service: EcsService,
  one: Deployment,
  index: number,
  tasks: readonly Task[],
  now: number,
): ShownDeployment {
  const completed = one.completedAt !== undefined
  const reason = completed ? 'completed.' : 'in progress.'
  return {
    id: one.id,
    status: index === 0 ? 'PRIMARY' : 'ACTIVE',
    taskDefinition: one.taskDefinitionArn,
    desiredCount: index === 0 ? service.desiredCount : 0,
    ...countsOf(
      tasks.filter(({ deploymentId }) => deploymentId === one.id),
      now,
    ),
    failedTasks: one.failedTasks,
    createdAt: new Date(one.createdAt),
    updatedAt: new Date(one.completedAt ?? one.updatedAt),
    launchType: 'FARGATE',
    ...platform,
    networkConfiguration: showPlacement(one.placement),
    rolloutState: completed ? 'COMPLETED' : 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ${one.id} ${reason}`,
  }
}
