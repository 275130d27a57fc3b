import { isOwn, ownOf } from '../../reads/own-resources.ts'
import { checkedTags } from '../tags.ts'
import type { Failure, Tag } from '@aws-sdk/client-ecs'

import type { Tags, AccountRegion } from '../../state/resource.ts'
import { pageFrom } from '../pages.ts'
import type { Call } from '../operation.ts'
import { exists } from '../../state/world.ts'
import type { Cluster, EcsService, Task, TaskDefinition } from '../../state/ecs.ts'
import { AwsError } from '../../state/aws-error.ts'

export const invalid = (message: string): AwsError => new AwsError('InvalidParameterException', message)
export const clientError = (message: string): AwsError => new AwsError('ClientException', message)

export const arnOf = ({ account, region }: AccountRegion, rest: string): string =>
  `arn:aws:ecs:${region}:${account}:${rest}`

/** Returns the part after the kind in an ARN, or the name itself: a short name, or `cluster/name`. */
const nameIn = (text: string): string => (text.startsWith('arn:') ? text.slice(text.indexOf('/') + 1) : text)

/** The ARN of a cluster by name or ARN; without either it is the cluster `default` (ECS API reference). */
export const clusterArn = (call: AccountRegion, cluster = 'default'): string =>
  cluster.startsWith('arn:') ? cluster : arnOf(call, `cluster/${cluster}`)

export function findCluster(call: Call, cluster: string | undefined): Cluster | undefined {
  const found = call.world.ecs.clusters[clusterArn(call, cluster || 'default')]
  return isOwn(call, found) ? found : undefined
}

/** Throws ClusterNotFoundException, also for one that is INACTIVE. */
export function getActiveCluster(call: Call, cluster: string | undefined): Cluster {
  const found = findCluster(call, cluster)
  if (!found || !exists(found, call.now)) throw new AwsError('ClusterNotFoundException', 'Cluster not found.')
  return found
}

/** A service by its name or ARN, deleted ones included as long as they are remembered. */
export function findService(call: Call, cluster: Cluster, service = ''): EcsService | undefined {
  const name = nameIn(service).split('/').at(-1)
  const named = Object.values(call.world.ecs.services).filter(
    (one) => one.clusterArn === cluster.arn && one.name === name,
  )
  return named.find((one) => exists(one, call.now)) ?? named.at(-1)
}

/** Throws ServiceNotFoundException, also for one that is INACTIVE. */
export function getActiveService(call: Call, cluster: Cluster, service: string | undefined): EcsService {
  const found = findService(call, cluster, service)
  if (!found || !exists(found, call.now)) throw new AwsError('ServiceNotFoundException', 'Service not found.')
  return found
}

/** A task by its id or ARN. */
export const findTask = (call: Call, cluster: Cluster, task = ''): Task | undefined =>
  Object.values(call.world.ecs.tasks).find(
    (one) => one.clusterArn === cluster.arn && one.id === nameIn(task).split('/').at(-1),
  )

export const revisionsOf = (call: Call, family: string): TaskDefinition[] =>
  ownOf(call, call.world.ecs.taskDefinitions)
    .filter((one) => one.family === family && exists(one, call.now))
    .toSorted((a, b) => a.revision - b.revision)

/** A revision by ARN, `family:revision`, or family: then the latest ACTIVE one. */
export function findTaskDefinition(call: Call, text = ''): TaskDefinition | undefined {
  const [family = '', revision] = nameIn(text).split(':')
  const revisions = revisionsOf(call, family)
  return revision === undefined
    ? revisions.findLast((one) => one.deregisteredAt === undefined)
    : revisions.find((one) => String(one.revision) === revision)
}

/** A resource that a Describe names and that is not there: ECS answers so, without an error. */
export const missing = (arn: string): Failure => ({ arn, reason: 'MISSING' })

/** ECS writes tags in lower case. */
export const tagsIn = (tags: readonly Tag[] = []): Tags =>
  Object.fromEntries(tags.map(({ key = '', value = '' }) => [key, value]))

/** Throws InvalidParameterException for what ECS refuses ("Tagging your resources", ECS developer guide). */
export const checkTags = (tags: Tags): Tags =>
  checkedTags(tags, {
    reserved: (key) => invalid(`Invalid tag key: '${key}'`),
    tooMany: () => invalid('Too many tags. The maximum number of tags that can be applied is 50.'),
  })

/** The tags that a request gives. */
export const readTags = (tags: readonly Tag[] | undefined): Tags => checkTags(tagsIn(tags))

export const showTags = (tags: Tags): Tag[] => Object.entries(tags).map(([key, value]) => ({ key, value }))

/** Names of clusters, services and families (ECS API reference). Throws. */
export function checkName(kind: string, name: string): void {
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw invalid(`${kind} name contains invalid characters.`)
}

/** A page of a list: `nextToken` is where the last one ended, `maxResults` 1 to 100 (all List operations). */
export function page<T>(all: readonly T[], nextToken: string | undefined, maxResults = 100): [T[], string | undefined] {
  if (maxResults < 1 || maxResults > 100) throw invalid('maxResults must be between 1 and 100.')
  const { items, next } = pageFrom(all, nextToken, maxResults, () => invalid('Invalid token.'))
  return [items, next]
}
