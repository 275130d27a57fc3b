import { z } from 'zod'

import type { Asked, Call } from '../operation.ts'
import { exists } from '../../state/world.ts'
import { arnOf, clusterArn } from './lookup.ts'
import type { Demand } from '../../reads/authorization.ts'
import { makeLinkedRole, passRole } from '../../reads/role-permissions.ts'

const inputSchema = z.object({
  cluster: z.string().default('default'),
  clusterName: z.string().default('default'),
  clusters: z.array(z.string()).default(['default']),
  service: z.string().default(''),
  serviceName: z.string().default(''),
  services: z.array(z.string()).default([]),
  family: z.string().default(''),
  taskDefinition: z.string().default(''),
  taskDefinitions: z.array(z.string()).default([]),
  task: z.string().default(''),
  tasks: z.array(z.string()).default([]),
  resourceArn: z.string().optional(),
  executionRoleArn: z.string().optional(),
  taskRoleArn: z.string().optional(),
  tags: z.array(z.object({ key: z.string().optional(), value: z.string().optional() })).default([]),
})

type Input = z.output<typeof inputSchema>

/** A thing by its ARN, with its tags. */
function thing({ world: { ecs } }: Call, resource: string): Omit<Demand, 'action'> {
  const found = ecs.clusters[resource] ?? ecs.services[resource] ?? ecs.taskDefinitions[resource] ?? ecs.tasks[resource]
  return { resource, tags: found?.tags }
}

const clusterNameOf = (cluster: string): string => cluster.split('/').at(-1) ?? cluster

/** Within a cluster, things are named `kind/CLUSTER/NAME`. */
const within = (kind: string) => (input: Input, call: Call, text: string) =>
  thing(call, text.startsWith('arn:') ? text : arnOf(call, `${kind}/${clusterNameOf(input.cluster)}/${text}`))

const service = within('service')
const task = within('task')
const revision = (call: Call, text: string) =>
  thing(call, text.startsWith('arn:') ? text : arnOf(call, `task-definition/${text}`))

const ofCluster = (input: Input, call: Call) => [thing(call, clusterArn(call, input.cluster))]
const ofService = (input: Input, call: Call) => [
  { ...service(input, call, input.service), context: inCluster(input, call) },
]

const inCluster = ({ cluster }: Input, call: Call) => ({ 'ecs:cluster': clusterArn(call, cluster) })

/**
 * The resources that an action is asked for on (Service Authorization Reference, "Actions, resources, and condition keys
 * for Amazon Elastic Container Service"). DeregisterTaskDefinition, DescribeTaskDefinition and the lists know none: they
 * are asked for on `*`, and so are operations that are not here.
 */
const resources: Record<string, (input: Input, call: Call) => Omit<Demand, 'action'>[]> = {
  CreateCluster: ({ clusterName }, call) => [{ resource: clusterArn(call, clusterName) }],
  RegisterTaskDefinition: ({ family }, call) => [{ resource: arnOf(call, `task-definition/${family}:*`) }],
  ListServices: (input, call) => [{ resource: '*', context: inCluster(input, call) }],
  ListTasks: (input, call) => [{ resource: '*', context: inCluster(input, call) }],
  DescribeClusters: (input, call) => input.clusters.map((name) => thing(call, clusterArn(call, name))),
  DeleteCluster: ofCluster,
  UpdateCluster: ofCluster,
  UpdateClusterSettings: ofCluster,
  PutClusterCapacityProviders: ofCluster,
  DeleteTaskDefinitions: (input, call) => input.taskDefinitions.map((text) => revision(call, text)),
  CreateService: (input, call) => [
    { resource: service(input, call, input.serviceName).resource, context: inCluster(input, call) },
  ],
  UpdateService: ofService,
  DeleteService: ofService,
  DescribeServices: (input, call) =>
    input.services.map((text) => ({ ...service(input, call, text), context: inCluster(input, call) })),
  DescribeTasks: (input, call) =>
    input.tasks.map((text) => ({ ...task(input, call, text), context: inCluster(input, call) })),
  StopTask: (input, call) => [{ ...task(input, call, input.task), context: inCluster(input, call) }],
  TagResource: ({ resourceArn = '*' }, call) => [thing(call, resourceArn)],
  UntagResource: ({ resourceArn = '*' }, call) => [thing(call, resourceArn)],
}

/** What a create call makes. */
const made: Record<string, (input: Input, call: Call) => string> = {
  CreateCluster: ({ clusterName }, call) => clusterArn(call, clusterName),
  RegisterTaskDefinition: ({ family }, call) => arnOf(call, `task-definition/${family}:*`),
  CreateService: (input, call) => service(input, call, input.serviceName).resource,
}

/** All that a caller must be allowed for a request to ECS. */
export function ecsDemands({ operation, input: given }: Asked, call: Call): Demand[] {
  const input = inputSchema.parse(given)
  const requestTags = Object.fromEntries(input.tags.map(({ key = '', value = '' }) => [key, value]))
  const asked = resources[operation]?.(input, call) ?? [{ resource: '*' }]
  return [
    ...asked.map((one) => ({ action: `ecs:${operation}`, ...one, requestTags })),
    ...tagging(operation, made[operation]?.(input, call), requestTags),
    ...(operation === 'RegisterTaskDefinition' ? passing(input) : []),
    ...(operation === 'CreateCluster' ? serviceLinkedRole(call) : []),
  ]
}

/** Tags in the same call need a permission of their own ("Grant permission to tag resources during creation", ECS). */
const tagging = (operation: string, resource: string | undefined, requestTags: Record<string, string>): Demand[] =>
  resource === undefined || Object.keys(requestTags).length === 0
    ? []
    : [{ action: 'ecs:TagResource', resource, requestTags, context: { 'ecs:CreateAction': operation } }]

/** Whoever gives a task its roles must be allowed to ("Task execution IAM role", ECS developer guide). */
const passing = ({ executionRoleArn, taskRoleArn }: Input): Demand[] =>
  [...new Set([executionRoleArn, taskRoleArn])].flatMap((resource) =>
    resource === undefined ? [] : [passRole(resource, 'ecs-tasks.amazonaws.com')],
  )

/**
 * The first cluster brings ECS's service-linked role about ("Using service-linked roles for Amazon ECS"). An account
 * without clusters counts as one without the role.
 */
function serviceLinkedRole(call: Call): Demand[] {
  const { world, account, now } = call
  if (Object.values(world.ecs.clusters).some((one) => one.account === account && exists(one, now))) return []
  return [makeLinkedRole(call, 'ecs.amazonaws.com')]
}
