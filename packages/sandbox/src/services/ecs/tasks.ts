import type {
  DescribeTasksRequest,
  DescribeTasksResponse,
  ListTasksRequest,
  ListTasksResponse,
  StopTaskRequest,
  StopTaskResponse,
  Task as ShownTask,
} from '@aws-sdk/client-ecs'

import { type Call, operation } from '../operation.ts'
import { stopTask, isAlive, statusOf } from './life.ts'
import { getActiveCluster, arnOf, findTask, invalid, getActiveService, missing, page, showTags } from './lookup.ts'
import { platform } from './show-service.ts'
import type { Task } from '../../state/ecs.ts'
import { zoneName } from '../../reads/zones.ts'
import { onTask, onTasks, listsInCluster } from './required-permissions.ts'

/** When something has happened by now. */
const since = <Name extends string>(name: Name, at: number | undefined, now: number): Partial<Record<Name, Date>> =>
  at === undefined || at > now ? {} : ({ [name]: new Date(at) } as Record<Name, Date>)

function show({ world, now }: Call, task: Task): ShownTask {
  const status = statusOf(task, now)
  const { definition } = world.ecs.taskDefinitions[task.taskDefinitionArn] ?? {}
  const service = world.ecs.services[task.serviceArn]
  return {
    taskArn: task.arn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: task.taskDefinitionArn,
    group: `service:${service?.name ?? ''}`,
    startedBy: task.deploymentId,
    lastStatus: status,
    desiredStatus: isAlive(task) ? 'RUNNING' : 'STOPPED',
    // Only a container's own health check would tell, and the sandbox models none.
    healthStatus: 'UNKNOWN',
    launchType: 'FARGATE',
    ...platform,
    cpu: definition?.cpu,
    memory: definition?.memory,
    availabilityZone: zoneName(world, task, world.ec2.subnets[task.subnetId]?.zoneId ?? ''),
    connectivity: 'CONNECTED',
    createdAt: new Date(task.createdAt),
    ...since('pullStartedAt', task.pendingAt, now),
    ...since('pullStoppedAt', task.pulledAt, now),
    ...since('startedAt', task.runningAt, now),
    ...since('stoppingAt', task.stopAskedAt, now),
    ...since('executionStoppedAt', task.deprovisioningAt, now),
    ...since('stoppedAt', task.stoppedAt, now),
    ...(task.stopCode !== undefined && { stopCode: task.stopCode, stoppedReason: task.stoppedReason }),
    version: 1,
    attachments: [attachmentOf(task, status)],
    containers: (definition?.containerDefinitions ?? []).map(({ name = '', image }) => ({
      containerArn: arnOf(task, `container/${task.clusterArn.split('/')[1] ?? ''}/${task.id}/${name}`),
      taskArn: task.arn,
      name,
      image,
      lastStatus: ['PROVISIONING', 'ACTIVATING'].includes(status) ? 'PENDING' : status,
      healthStatus: 'UNKNOWN' as const,
      networkInterfaces: [{ attachmentId: attachmentId(task), privateIpv4Address: task.ip }],
      ...(status === 'STOPPED' && task.exitCode !== undefined && { exitCode: task.exitCode }),
    })),
    overrides: { containerOverrides: [] },
    ephemeralStorage: { sizeInGiB: definition?.ephemeralStorage?.sizeInGiB ?? 20 },
    tags: showTags(task.tags),
  }
}

const attachmentId = ({ id }: Task): string =>
  `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`

/** The interface of a task, as its details tell it (API_Attachment, type ElasticNetworkInterface). */
function attachmentOf(task: Task, status: string) {
  const attached = status === 'PROVISIONING' ? 'ATTACHING' : 'ATTACHED'
  return {
    id: attachmentId(task),
    type: 'ElasticNetworkInterface',
    status: ['DEPROVISIONING', 'STOPPED'].includes(status) ? 'DELETED' : attached,
    details: Object.entries({
      subnetId: task.subnetId,
      networkInterfaceId: task.interfaceId,
      macAddress: `0e:${(task.interfaceId.slice(-10).match(/../g) ?? []).join(':')}`,
      privateDnsName: `ip-${task.ip.replaceAll('.', '-')}.ec2.internal`,
      privateIPv4Address: task.ip,
    }).map(([name, value]) => ({ name, value })),
  }
}

export const taskOperations = {
  // ECS lists the tasks that are to run, unless the desired status STOPPED is asked for (API_ListTasks).
  ListTasks: operation<ListTasksRequest, ListTasksResponse>()(
    ['cluster', 'serviceName', 'family', 'startedBy', 'desiredStatus', 'launchType', 'nextToken', 'maxResults'],
    listsInCluster,
    (
      { cluster, serviceName, family, startedBy, desiredStatus = 'RUNNING', launchType, nextToken, maxResults },
      call,
    ) => {
      const holder = getActiveCluster(call, cluster)
      const service = serviceName === undefined ? undefined : getActiveService(call, holder, serviceName)
      const there = Object.values(call.world.ecs.tasks).filter(
        (task) =>
          task.clusterArn === holder.arn &&
          (service === undefined || task.serviceArn === service.arn) &&
          (startedBy === undefined || task.deploymentId === startedBy) &&
          (family === undefined || task.taskDefinitionArn.includes(`/${family}:`)) &&
          (launchType ?? 'FARGATE') === 'FARGATE' &&
          (desiredStatus === 'RUNNING') === isAlive(task),
      )
      const [found, next] = page(there, nextToken, maxResults)
      return { taskArns: found.map(({ arn }) => arn), ...(next !== undefined && { nextToken: next }) }
    },
  ),

  DescribeTasks: operation<DescribeTasksRequest, DescribeTasksResponse>()(
    ['cluster', 'tasks', 'include'],
    onTasks,
    ({ cluster, tasks = [], include = [] }, call) => {
      if (tasks.length === 0 || tasks.length > 100) throw invalid('Tasks must be between 1 and 100.')
      const holder = getActiveCluster(call, cluster)
      const found = tasks.map((text) => [text, findTask(call, holder, text)] as const)
      return {
        tasks: found.flatMap(([, one]) => {
          if (!one) return []
          const { tags = [], ...rest } = show(call, one)
          return [include.includes('TAGS') ? { ...rest, tags } : rest]
        }),
        failures: found.flatMap(([text, one]) => (one ? [] : [missing(text)])),
      }
    },
  ),

  StopTask: operation<StopTaskRequest, StopTaskResponse>()(
    ['cluster', 'task', 'reason'],
    onTask,
    ({ cluster, task: text, reason = 'Task stopped by user' }, call) => {
      const task = findTask(call, getActiveCluster(call, cluster), text)
      if (!task) throw invalid('The referenced task was not found.')
      stopTask(call.world, call.now, task, { code: 'UserInitiated', reason })
      return { task: show(call, task) }
    },
  ),
}
