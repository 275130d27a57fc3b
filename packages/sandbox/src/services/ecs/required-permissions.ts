import type { Tag } from '@aws-sdk/client-ecs'
import { makeLinkedRole, passRole } from '../../reads/role-permissions.ts'
import { exists } from '../../state/world.ts'
import type { Call, PermissionOn, PermissionsOf } from '../operation.ts'
import { arnOf, clusterArn, tagsIn } from './lookup.ts'

/**
 * The resources of ECS's actions are those of the Service Authorization Reference, "Actions, resources, and condition
 * keys for Amazon Elastic Container Service".
 */

interface Tagging {
  tags?: readonly Tag[] | undefined
}

interface InCluster {
  cluster?: string | undefined
}

/** A resource by its ARN, with its tags. */
function existing({ world: { ecs } }: Call, resource: string): PermissionOn {
  const found = ecs.clusters[resource] ?? ecs.services[resource] ?? ecs.taskDefinitions[resource] ?? ecs.tasks[resource]
  return { resource, tags: found?.tags }
}

const clusterNameOf = (cluster: string): string => cluster.split('/').at(-1) ?? cluster

const inCluster = ({ cluster }: InCluster, call: Call) => ({ 'ecs:cluster': clusterArn(call, cluster || 'default') })

/** The ARN of a service or task, which is named `kind/CLUSTER/NAME` within its cluster. */
const arnWithin = (kind: 'service' | 'task', { cluster }: InCluster, call: Call, text: string): string =>
  text.startsWith('arn:') ? text : arnOf(call, `${kind}/${clusterNameOf(cluster || 'default')}/${text}`)

export const onCluster: PermissionsOf<InCluster> = ({ cluster }, call) => [
  existing(call, clusterArn(call, cluster || 'default')),
]

export const onClusters: PermissionsOf<{ clusters?: readonly string[] | undefined }> = ({ clusters }, call) =>
  (clusters ?? ['default']).map((name) => existing(call, clusterArn(call, name)))

/** AWS knows no resource for the lists, but tells their cluster. */
export const listsInCluster: PermissionsOf<InCluster> = (input, call) => [
  { resource: '*', context: inCluster(input, call) },
]

const onThings =
  (kind: 'service' | 'task', input: InCluster, call: Call) =>
  (text: string): PermissionOn => ({
    ...existing(call, arnWithin(kind, input, call, text)),
    context: inCluster(input, call),
  })

export const onService: PermissionsOf<InCluster & { service?: string | undefined }> = (input, call) => [
  onThings('service', input, call)(input.service ?? ''),
]

export const onServices: PermissionsOf<InCluster & { services?: readonly string[] | undefined }> = (input, call) =>
  (input.services ?? []).map(onThings('service', input, call))

export const onTask: PermissionsOf<InCluster & { task?: string | undefined }> = (input, call) => [
  onThings('task', input, call)(input.task ?? ''),
]

export const onTasks: PermissionsOf<InCluster & { tasks?: readonly string[] | undefined }> = (input, call) =>
  (input.tasks ?? []).map(onThings('task', input, call))

export const onRevisions: PermissionsOf<{ taskDefinitions?: readonly string[] | undefined }> = (input, call) =>
  (input.taskDefinitions ?? []).map((text) =>
    existing(call, text.startsWith('arn:') ? text : arnOf(call, `task-definition/${text}`)),
  )

export const onTagged: PermissionsOf<Tagging & { resourceArn?: string | undefined }> = (input, call) => [
  { ...existing(call, input.resourceArn ?? '*'), requestTags: tagsIn(input.tags) },
]

/** Tags in the same call need a permission of their own ("Grant permission to tag resources during creation", ECS). */
function creates(operation: string, resource: string, input: Tagging, more: Omit<PermissionOn, 'resource'> = {}) {
  const requestTags = tagsIn(input.tags)
  const context = { 'ecs:CreateAction': operation }
  const tagging = { action: 'ecs:TagResource', resource, requestTags, context }
  return [{ resource, requestTags, ...more }, ...(Object.keys(requestTags).length === 0 ? [] : [tagging])]
}

/**
 * The first cluster brings ECS's service-linked role about ("Using service-linked roles for Amazon ECS"). An account
 * without clusters counts as one without the role.
 */
export const createsCluster: PermissionsOf<Tagging & { clusterName?: string | undefined }> = (
  input,
  call,
  requested,
) => {
  const { world, account, now } = call
  const isFirst = !Object.values(world.ecs.clusters).some((one) => one.account === account && exists(one, now))
  return [
    ...creates(requested.operation, clusterArn(call, input.clusterName || 'default'), input),
    ...(isFirst ? [makeLinkedRole(call, 'ecs.amazonaws.com')] : []),
  ]
}

export const createsService: PermissionsOf<Tagging & InCluster & { serviceName?: string | undefined }> = (
  input,
  call,
  { operation },
) =>
  creates(operation, arnWithin('service', input, call, input.serviceName ?? ''), input, {
    context: inCluster(input, call),
  })

interface Registration extends Tagging {
  family?: string | undefined
  executionRoleArn?: string | undefined
  taskRoleArn?: string | undefined
}

/**
 * A caller that gives a task its roles must be allowed to pass them ("Task execution IAM role", ECS developer guide).
 */
export const registersTaskDefinition: PermissionsOf<Registration> = (input, call, { operation }) => [
  ...creates(operation, arnOf(call, `task-definition/${input.family}:*`), input),
  ...[...new Set([input.executionRoleArn, input.taskRoleArn])].flatMap((role) =>
    role ? [passRole(role, 'ecs-tasks.amazonaws.com')] : [],
  ),
]
