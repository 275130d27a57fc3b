import { servicePrincipal } from '../aws/partition.ts'
import { type Cluster, CreateClusterCommand, DeleteClusterCommand, DescribeClustersCommand } from '@aws-sdk/client-ecs'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { minutes, seconds } from '../engine/step.ts'
import { ecsTagList, ecsTags } from './shared/ecs-tags.ts'
import { given, ownerOf, seek, stateOf } from './shared/ownership.ts'
import { during, linkedTo, owned, requested } from '../aws/permissions/conditions.ts'
import { permission } from '../aws/permissions/permission.ts'
import { clusters, ecs, serviceLinkedRole, services, taskDefinitions } from '../aws/permissions/resources.ts'

const factsOf = (cluster: Cluster | undefined) => ({
  clusterArn: given(cluster?.clusterArn, 'the ARN of the cluster'),
  clusterName: given(cluster?.clusterName, 'the name of the cluster'),
})

/**
 * Where the tasks of a service live; on Fargate it has no machines and costs nothing. An account's first cluster brings
 * ECS's service-linked role about ("Using service-linked roles for Amazon ECS", ECS developer guide). CreateCluster
 * with a name that is taken gives the cluster of that name, which is why it is looked for before.
 */
export const ecsCluster = defineStep<object>()({
  id: 'ecs-cluster',
  title: 'Cluster for the tasks',
  facts: z.object({ clusterArn: z.string(), clusterName: z.string() }),
  permissions: {
    read: [
      // Without a tag: of a cluster that is gone, AWS would answer "not authorized" instead of "not found".
      permission('LookAtClusters', ['ecs:DescribeClusters'], ecs(clusters)),
    ],
    create: [
      permission('MakeClusters', ['ecs:CreateCluster'], ecs(clusters), requested),
      permission(
        'TagTasks',
        ['ecs:TagResource'],
        ecs(clusters, services, taskDefinitions),
        during('ecs:CreateAction', ['CreateCluster', 'RegisterTaskDefinition', 'CreateService']),
      ),
      permission(
        'FirstCluster',
        ['iam:CreateServiceLinkedRole'],
        serviceLinkedRole(servicePrincipal('ecs')),
        linkedTo(servicePrincipal('ecs')),
      ),
    ],
    delete: [permission('OwnClusters', ['ecs:DeleteCluster'], ecs(clusters), owned)],
  },
  patience: { upTo: minutes(5), every: seconds(3) },

  async read(sight) {
    const { aws, known, identity } = sight
    const cluster = await seek(sight, known?.clusterArn, {
      byId: (arn) => clustersNamed(aws, arn),
      byName: () => clustersNamed(aws, identity.name),
      isGone: ({ status }) => stateOf(status) === 'inactive',
    })
    if (cluster === undefined) return { state: 'absent' }
    const owner = ownerOf(identity, ecsTags(cluster.tags))
    const facts = factsOf(cluster)
    const state = stateOf(cluster.status)
    if (state === 'active') return { state: 'ready', owner, facts }
    if (state === 'failed') {
      return { state: 'broken', owner, why: `cluster ${facts.clusterName} has failed`, fix: 'replace', facts }
    }
    const why = `cluster ${facts.clusterName} is ${state}`
    return { state: 'pending', owner, why, deleting: state === 'deprovisioning', facts }
  },

  async create({ aws, identity }) {
    const { cluster } = await aws.ecs(
      new CreateClusterCommand({ clusterName: identity.name, tags: ecsTagList(identity.tags) }),
    )
    return factsOf(cluster)
  },

  async delete({ aws, known }) {
    await aws.ecs(new DeleteClusterCommand({ cluster: known.clusterArn }))
  },
})

async function clustersNamed(aws: Aws, nameOrArn: string): Promise<Cluster[]> {
  const { clusters = [] } = await aws.ecs(new DescribeClustersCommand({ clusters: [nameOrArn], include: ['TAGS'] }))
  return clusters
}
