import type { ClusterSetting, LoadBalancer, RegisterTaskDefinitionRequest, TaskStopCode } from '@aws-sdk/client-ecs'

import type { ResourceBase, Tags } from './resource.ts'
import { bookkeeping, resourceList, resources } from './table.ts'

export interface Cluster extends ResourceBase {
  arn: string
  name: string
  settings: ClusterSetting[]
  capacityProviders: string[]
  tags: Tags
  /** When it was deleted: it stays to be described as INACTIVE for a while. */
  goneAt?: number
}

/** One revision of a task definition: what was registered never changes. */
export interface TaskDefinition extends ResourceBase {
  arn: string
  family: string
  revision: number
  definition: Omit<RegisterTaskDefinitionRequest, 'family' | 'tags'>
  /** ARN of who registered it. */
  registeredBy: string
  deregisteredAt?: number
  deletedAt?: number
  /** When it has been deleted for good. */
  goneAt?: number
  tags: Tags
}

/** The `awsvpcConfiguration` of a service. */
export interface Placement {
  subnetIds: string[]
  groupIds: string[]
  assignPublicIp: boolean
}

/** The first deployment of a service is its primary one. */
export interface Deployment {
  id: string
  taskDefinitionArn: string
  placement: Placement
  createdAt: number
  updatedAt: number
  completedAt?: number
  /** Tasks that never came to run, or were stopped as unhealthy, since the last one that ran well. */
  failedTasks: number
  /** No task is started before: failures throttle. */
  retryAt?: number
}

interface ServiceEvent {
  id: string
  at: number
  message: string
}

export interface EcsService extends ResourceBase {
  arn: string
  name: string
  clusterArn: string
  desiredCount: number
  loadBalancers: LoadBalancer[]
  gracePeriodSeconds: number
  minimumHealthyPercent: number
  maximumPercent: number
  /** Settings that have no effect here and are shown as they were given. */
  shown: Record<string, unknown>
  deployments: Deployment[]
  /** Newest first. */
  events: ServiceEvent[]
  clientToken?: string
  tags: Tags
  drainingSince?: number
  /** When DRAINING has ended in INACTIVE. */
  goneAt?: number
}

/**
 * A task's life as the times of its steps; those that are not decided yet are absent. `phase` says how far the sandbox
 * has carried it out.
 */
export interface Task extends ResourceBase {
  arn: string
  id: string
  clusterArn: string
  serviceArn: string
  deploymentId: string
  taskDefinitionArn: string
  placement: Placement
  subnetId: string
  interfaceId: string
  ip: string
  phase: 'starting' | 'activating' | 'running' | 'stopping' | 'stopped'
  pendingAt: number
  pulledAt: number
  runningAt?: number
  /** From here on it wants to be STOPPED. */
  stopAskedAt?: number
  /** DEACTIVATING until then: its targets drain. */
  stoppingAt?: number
  deprovisioningAt?: number
  stoppedAt?: number
  stopCode?: TaskStopCode
  stoppedReason?: string
  exitCode?: number
  tags: Tags
}

/** All by ARN. */
export const ecsTables = {
  clusters: resources<Cluster>('cluster'),
  taskDefinitions: resources<TaskDefinition>('task-definition', {
    hides: ({ deletedAt }) => deletedAt !== undefined,
  }),
  services: resources<EcsService>('service'),
  tasks: bookkeeping<Task>('A service starts, replaces and stops its tasks by itself.'),
  /** Images that can be pulled, besides every one with nginx in its name. */
  images: resourceList<string>('image', { line: (image) => `image ${image}` }),
}
