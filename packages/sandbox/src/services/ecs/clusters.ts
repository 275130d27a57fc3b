import { ownOf } from '../../reads/own-resources.ts'
import { AwsError } from '../../state/aws-error.ts'
import type {
  Cluster as ShownCluster,
  CreateClusterRequest,
  CreateClusterResponse,
  DeleteClusterRequest,
  DeleteClusterResponse,
  DescribeClustersRequest,
  DescribeClustersResponse,
  ListClustersRequest,
  ListClustersResponse,
  PutClusterCapacityProvidersRequest,
  PutClusterCapacityProvidersResponse,
  UpdateClusterRequest,
  UpdateClusterResponse,
  UpdateClusterSettingsRequest,
  UpdateClusterSettingsResponse,
} from '@aws-sdk/client-ecs'

import { type Call, operation } from '../operation.ts'
import { exists } from '../../state/world.ts'
import { statusOf } from './life.ts'
import {
  getActiveCluster,
  arnOf,
  checkName,
  clusterArn,
  findCluster,
  invalid,
  missing,
  page,
  readTags,
  showTags,
} from './lookup.ts'
import type { Cluster } from '../../state/ecs.ts'
import { onCluster, onClusters, createsCluster } from './required-permissions.ts'

function show({ world, now }: Call, cluster: Cluster): ShownCluster {
  const services = Object.values(world.ecs.services).filter((one) => one.clusterArn === cluster.arn)
  const states = Object.values(world.ecs.tasks)
    .filter((one) => one.clusterArn === cluster.arn)
    .map((task) => statusOf(task, now))
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: exists(cluster, now) ? 'ACTIVE' : 'INACTIVE',
    registeredContainerInstancesCount: 0,
    runningTasksCount: states.filter((state) => state === 'RUNNING').length,
    pendingTasksCount: states.filter((state) => ['PROVISIONING', 'PENDING', 'ACTIVATING'].includes(state)).length,
    activeServicesCount: services.filter((one) => one.drainingSince === undefined).length,
    statistics: [],
    tags: showTags(cluster.tags),
    settings: cluster.settings,
    capacityProviders: cluster.capacityProviders,
    defaultCapacityProviderStrategy: [],
  }
}

/** A description has tags and settings only if `include` names them (API_DescribeClusters). */
function included(shown: ShownCluster, include: readonly string[] = []): ShownCluster {
  const { tags = [], settings = [], ...rest } = shown
  return {
    ...rest,
    tags: include.includes('TAGS') ? tags : [],
    settings: include.includes('SETTINGS') ? settings : [],
  }
}

/** The only setting of a cluster (API_ClusterSetting). */
function readSettings(settings: CreateClusterRequest['settings'] = []) {
  const insights = settings.find(({ name }) => name === 'containerInsights')
  if (settings.length > (insights ? 1 : 0)) throw invalid('The cluster setting is not valid.')
  const value = insights?.value ?? 'disabled'
  if (!['enabled', 'disabled', 'enhanced'].includes(value))
    throw invalid('The value of containerInsights is not valid.')
  return [{ name: 'containerInsights' as const, value }]
}

function changeSettings({ cluster, settings }: UpdateClusterSettingsRequest | UpdateClusterRequest, call: Call) {
  const found = getActiveCluster(call, cluster)
  found.settings = readSettings(settings)
  return { cluster: show(call, found) }
}

export const clusterOperations = {
  // The same name gives the cluster that is there (semantics, section 14.5); its tags stay as they are: assumed.
  CreateCluster: operation<CreateClusterRequest, CreateClusterResponse>()(
    ['clusterName', 'tags', 'settings', 'capacityProviders'],
    createsCluster,
    ({ clusterName = 'default', tags, settings, capacityProviders = [] }, call) => {
      checkName('Cluster', clusterName)
      const there = findCluster(call, clusterName)
      if (there && exists(there, call.now)) return { cluster: show(call, there) }
      const cluster: Cluster = {
        arn: arnOf(call, `cluster/${clusterName}`),
        name: clusterName,
        settings: readSettings(settings),
        capacityProviders,
        tags: readTags(tags),
        account: call.account,
        region: call.region,
        createdAt: call.now,
      }
      call.world.ecs.clusters[cluster.arn] = cluster
      return { cluster: show(call, cluster) }
    },
  ),

  DescribeClusters: operation<DescribeClustersRequest, DescribeClustersResponse>()(
    ['clusters', 'include'],
    onClusters,
    ({ clusters = ['default'], include }, call) => {
      const found = clusters.map((name) => [name, findCluster(call, name)] as const)
      return {
        clusters: found.flatMap(([, one]) => (one ? [included(show(call, one), include)] : [])),
        failures: found.flatMap(([name, one]) => (one ? [] : [missing(clusterArn(call, name))])),
      }
    },
  ),

  ListClusters: operation<ListClustersRequest, ListClustersResponse>()(
    ['nextToken', 'maxResults'],
    '*',
    ({ nextToken, maxResults }, call) => {
      const active = ownOf(call, call.world.ecs.clusters).filter((one) => exists(one, call.now))
      const [clusters, next] = page(active, nextToken, maxResults)
      return { clusterArns: clusters.map(({ arn }) => arn), ...(next !== undefined && { nextToken: next }) }
    },
  ),

  UpdateCluster: operation<UpdateClusterRequest, UpdateClusterResponse>()(
    ['cluster', 'settings'],
    onCluster,
    changeSettings,
  ),

  UpdateClusterSettings: operation<UpdateClusterSettingsRequest, UpdateClusterSettingsResponse>()(
    ['cluster', 'settings'],
    onCluster,
    changeSettings,
  ),

  PutClusterCapacityProviders: operation<PutClusterCapacityProvidersRequest, PutClusterCapacityProvidersResponse>()(
    ['cluster', 'capacityProviders', 'defaultCapacityProviderStrategy'],
    onCluster,
    ({ cluster, capacityProviders = [], defaultCapacityProviderStrategy = [] }, call) => {
      if (defaultCapacityProviderStrategy.length > 0)
        throw invalid('The sandbox knows no default capacity provider strategy: name the launch type of each service.')
      const found = getActiveCluster(call, cluster)
      found.capacityProviders = capacityProviders
      return { cluster: show(call, found) }
    },
  ),

  DeleteCluster: operation<DeleteClusterRequest, DeleteClusterResponse>()(
    ['cluster'],
    onCluster,
    ({ cluster }, call) => {
      const found = getActiveCluster(call, cluster)
      const { services, tasks } = call.world.ecs
      if (Object.values(services).some((one) => one.clusterArn === found.arn && exists(one, call.now)))
        throw new AwsError(
          'ClusterContainsServicesException',
          'The Cluster cannot be deleted while Services are active.',
        )
      if (Object.values(tasks).some((one) => one.clusterArn === found.arn && statusOf(one, call.now) !== 'STOPPED'))
        throw new AwsError('ClusterContainsTasksException', 'The Cluster cannot be deleted while Tasks are active.')
      found.goneAt = call.now
      return { cluster: show(call, found) }
    },
  ),
}
