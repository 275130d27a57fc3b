import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  type Service,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { unlessMissing } from '../aws/failures.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { ecsTagList, ecsTags } from './shared/ecs-tags.ts'
import { given, ownerOf, seek, stateOf } from './shared/ownership.ts'
import { containerName } from './task-definition.ts'
import { lookAtTasks } from './shared/task-troubles.ts'
import { during, inOurClusters, owned, requested } from '../aws/permissions/conditions.ts'
import { everything, permission } from '../aws/permissions/permission.ts'
import { clusters, ecs, services, taskDefinitions } from '../aws/permissions/resources.ts'

interface Inputs {
  clusterArn: string
  taskDefinitionArn: string
  subnetIds: string[]
  securityGroupIds: string[]
  /** Tasks register themselves in it; it must be in use by a listener. */
  targetGroupArn: string
  containerPort: number
  desiredCount: number
  /** In subnets that lead to an internet gateway a task reaches the internet only with an address of its own there. */
  publicAddress?: boolean
}

/**
 * Until then a task is not stopped for what the load balancer says of it (CreateService; section 14.5: 60 at least).
 */
const gracePeriod = 90

const factsOf = ({ serviceArn, serviceName, clusterArn }: Service) => ({
  serviceArn: given(serviceArn, 'the ARN of the service'),
  serviceName: given(serviceName, 'the name of the service'),
  clusterArn: given(clusterArn, 'the cluster of the service'),
})

/**
 * Keeps a number of tasks running on Fargate and in a target group. It is ready when it is steady: one deployment,
 * which is complete, with all of its tasks running. ECS goes on trying for ever, so that it counts as broken once two
 * tasks of the current deployment have come to nothing and none runs.
 */
export const ecsService = defineStep<Inputs>()({
  id: 'ecs-service',
  title: 'Service that keeps the tasks running',
  facts: z.object({ serviceArn: z.string(), serviceName: z.string(), clusterArn: z.string() }),
  permissions: {
    read: [
      permission('LookAtTasks', ['ecs:DescribeServices'], ecs(services)),
      permission('FindTasks', ['ecs:ListTasks'], everything, inOurClusters),
      permission('LookAtTasks', ['ecs:DescribeTasks'], ecs('task/PREFIX*/*')),
    ],
    create: [
      permission('MakeTasks', ['ecs:CreateService'], ecs(services), (scope) => ({
        ...requested(scope),
        ...inOurClusters(scope),
      })),
      permission(
        'TagTasks',
        ['ecs:TagResource'],
        ecs(clusters, services, taskDefinitions),
        during('ecs:CreateAction', ['CreateCluster', 'RegisterTaskDefinition', 'CreateService']),
      ),
    ],
    update: [permission('OwnTasks', ['ecs:UpdateService'], ecs(services), owned)],
    delete: [permission('OwnTasks', ['ecs:DeleteService'], ecs(services), owned)],
  },
  // The SDK's waiter gives 10 minutes; draining takes as long as the targets' deregistration delay.
  patience: { upTo: minutes(15), every: seconds(5) },

  async read(sight) {
    const { aws, inputs, known, identity } = sight
    const cluster = known?.clusterArn ?? inputs.clusterArn
    const service = await seek(sight, known?.serviceArn, {
      byId: (arn) => servicesNamed(aws, cluster, arn),
      byName: () => servicesNamed(aws, inputs.clusterArn, identity.name),
      isGone: ({ status }) => stateOf(status) === 'inactive',
    })
    if (service === undefined) return { state: 'absent' }
    const owner = ownerOf(identity, ecsTags(service.tags))
    const facts = factsOf(service)
    if (stateOf(service.status) === 'draining') {
      return { state: 'pending', owner, why: `service ${facts.serviceName} is draining`, deleting: true, facts }
    }
    const drift = driftOf(service, inputs)
    if (drift.length > 0 || isSteady(service)) return { state: 'ready', owner, facts, drift }
    const { trouble, why } = await lookAtTasks(aws, service)
    if (trouble === undefined) return { state: 'pending', owner, why, facts }
    // Tasks of a deployment before that still run are not to be lost.
    const fix = service.runningCount === 0 ? 'replace' : 'ask'
    return { state: 'broken', owner, ...trouble, fix, lasting: true, facts }
  },

  async create({ aws, inputs, identity, token }) {
    const { service } = await aws.ecs(
      new CreateServiceCommand({
        ...wanted(inputs),
        cluster: inputs.clusterArn,
        serviceName: identity.name,
        clientToken: token,
        launchType: 'FARGATE',
        loadBalancers: [balancerFor(inputs)],
        healthCheckGracePeriodSeconds: gracePeriod,
        tags: ecsTagList(identity.tags),
      }),
    )
    return factsOf(given(service, 'the service'))
  },

  async update({ aws, inputs, facts }) {
    await aws.ecs(new UpdateServiceCommand({ ...wanted(inputs), cluster: facts.clusterArn, service: facts.serviceArn }))
  },

  async delete({ aws, known }) {
    await aws.ecs(new DeleteServiceCommand({ cluster: known.clusterArn, service: known.serviceArn, force: true }))
  },
})

/** The settings that UpdateService can change. */
const wanted = ({ taskDefinitionArn, desiredCount, subnetIds, securityGroupIds, publicAddress }: Inputs) => ({
  taskDefinition: taskDefinitionArn,
  desiredCount,
  networkConfiguration: {
    awsvpcConfiguration: {
      subnets: subnetIds,
      securityGroups: securityGroupIds,
      assignPublicIp: assignment(publicAddress),
    },
  },
})

const assignment = (publicAddress = false) => (publicAddress ? ('ENABLED' as const) : ('DISABLED' as const))

const balancerFor = ({ targetGroupArn, containerPort }: Pick<Inputs, 'targetGroupArn' | 'containerPort'>) => ({
  targetGroupArn,
  containerName,
  containerPort,
})

function driftOf(service: Service, inputs: Partial<Inputs>) {
  const network = service.networkConfiguration?.awsvpcConfiguration
  const { subnets = [], securityGroups = [], assignPublicIp = 'DISABLED' } = network ?? {}
  const [balancer] = service.loadBalancers ?? []
  return [
    ...differs('clusterArn', service.clusterArn, inputs.clusterArn, 'replace'),
    ...differs('targetGroupArn', balancer?.targetGroupArn, inputs.targetGroupArn, 'replace'),
    ...differs('containerPort', balancer?.containerPort, inputs.containerPort, 'replace'),
    ...differs('taskDefinitionArn', service.taskDefinition, inputs.taskDefinitionArn),
    ...differs('desiredCount', service.desiredCount, inputs.desiredCount),
    ...differs('subnetIds', subnets, inputs.subnetIds),
    ...differs('securityGroupIds', securityGroups, inputs.securityGroupIds),
    ...differs(
      'publicAddress',
      assignPublicIp,
      inputs.publicAddress === undefined ? undefined : assignment(inputs.publicAddress),
    ),
  ]
}

const isSteady = ({ deployments = [], runningCount, desiredCount }: Service): boolean =>
  deployments.length === 1 &&
  (deployments[0]?.rolloutState ?? 'COMPLETED') === 'COMPLETED' &&
  runningCount === desiredCount

/** A cluster that is gone has none. */
async function servicesNamed(aws: Aws, cluster: string | undefined, nameOrArn: string): Promise<Service[]> {
  if (cluster === undefined) return []
  const look = new DescribeServicesCommand({ cluster, services: [nameOrArn], include: ['TAGS'] })
  return (await unlessMissing(aws.ecs(look)))?.services ?? []
}
