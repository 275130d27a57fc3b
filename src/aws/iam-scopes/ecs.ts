import { type Condition, type IamPlace, owned, requested, type Scope } from './scope.ts'

/** Things of the deployment by name: `cluster/NAME`, `service/CLUSTER/NAME`, `task/CLUSTER/ID`, `task-definition/NAME:1`. */
const ecs =
  (...kinds: string[]) =>
  ({ partition, region, id, namePrefix }: IamPlace) =>
    kinds.map((kind) => `arn:${partition}:ecs:${region}:${id}:${kind.replaceAll('PREFIX', namePrefix)}`)

const cluster = 'cluster/PREFIX*'
const service = 'service/PREFIX*/PREFIX*'
const definition = 'task-definition/PREFIX*:*'

const inOurClusters = (place: IamPlace): Condition => ({ ArnLike: { 'ecs:cluster': ecs(cluster)(place) } })

/** Amazon Elastic Container Service. */
export const ecsScopes: readonly Scope[] = [
  // These know no resources; which cluster is asked about, only the last one tells.
  {
    sid: 'LookAtDefinitions',
    actions: ['ecs:DescribeTaskDefinition', 'ecs:ListTaskDefinitions'],
    resources: () => ['*'],
    condition: ({ region }) => ({ StringEquals: { 'aws:RequestedRegion': region } }),
  },
  { sid: 'FindTasks', actions: ['ecs:ListTasks'], resources: () => ['*'], condition: inOurClusters },
  // Without a tag: of what is gone, one that asks for tags would say "not authorized" where the answer is "not found".
  { sid: 'LookAtClusters', actions: ['ecs:DescribeClusters'], resources: ecs(cluster) },
  { sid: 'LookAtTasks', actions: ['ecs:DescribeServices'], resources: ecs(service) },
  { sid: 'LookAtTasks', actions: ['ecs:DescribeTasks'], resources: ecs('task/PREFIX*/*') },

  { sid: 'MakeClusters', actions: ['ecs:CreateCluster'], resources: ecs(cluster), condition: requested },
  {
    sid: 'MakeDefinitions',
    actions: ['ecs:RegisterTaskDefinition'],
    resources: ecs(definition),
    condition: requested,
  },
  {
    sid: 'MakeTasks',
    actions: ['ecs:CreateService'],
    resources: ecs(service),
    condition: (place) => ({ ...requested(place), ...inOurClusters(place) }),
  },
  // Only in the call that makes it ("Grant permission to tag resources on creation", ECS developer guide).
  {
    sid: 'TagTasks',
    actions: ['ecs:TagResource'],
    resources: ecs(cluster, service, definition),
    condition: (place) => ({
      StringEquals: {
        ...requested(place)['StringEquals'],
        'ecs:CreateAction': ['CreateCluster', 'RegisterTaskDefinition', 'CreateService'],
      },
    }),
  },
  { sid: 'OwnClusters', actions: ['ecs:DeleteCluster'], resources: ecs(cluster), condition: owned },
  {
    sid: 'OwnTasks',
    actions: ['ecs:UpdateService', 'ecs:DeleteService'],
    resources: ecs(service),
    condition: owned,
  },
  { sid: 'OwnDefinitions', actions: ['ecs:DeleteTaskDefinitions'], resources: ecs(definition), condition: owned },
  // It knows no resource either; a revision that is deregistered can still be described, and serves what runs from it.
  {
    sid: 'RetireDefinitions',
    actions: ['ecs:DeregisterTaskDefinition'],
    resources: () => ['*'],
    condition: ({ region }) => ({ StringEquals: { 'aws:RequestedRegion': region } }),
  },
]
