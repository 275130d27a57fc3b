import { DescribeTasksCommand, ListTasksCommand, type Service, type Task } from '@aws-sdk/client-ecs'
import type { Aws } from '../../aws/aws.ts'

/** Says of a service that is not steady how far its tasks are, or why they will never run. */
interface Look {
  why: string
  trouble?: { why: string; hint: string }
}

/** Once may be chance, such as a registry that does not answer. */
const enough = 2

/** Reads the tasks of a service's current deployment, those that have stopped included. */
export async function lookAtTasks(aws: Aws, service: Service): Promise<Look> {
  const { deployments: [current] = [], serviceName, events: [event] = [] } = service
  const tasks = (await tasksOf(aws, service)).filter(({ startedBy }) => startedBy === current?.id)
  const failed = tasks
    .filter(hasFailed)
    .toSorted((a, b) => (b.stoppingAt?.getTime() ?? 0) - (a.stoppingAt?.getTime() ?? 0))
  const reason = failed[0]?.stoppedReason ?? ''
  if (failed.length >= enough && current?.runningCount === 0) {
    const why = `the tasks of service ${serviceName} stop: ${reason}`
    return { why, trouble: { why, hint: hintFor(reason) } }
  }
  const states = tasks.filter((task) => !hasFailed(task)).map(({ lastStatus }) => lastStatus?.toLowerCase())
  if (states.length > 0) return { why: `tasks of service ${serviceName} are ${[...new Set(states)].join(' and ')}` }
  return { why: reason || (event?.message ?? `service ${serviceName} has no tasks yet`) }
}

async function tasksOf(aws: Aws, { clusterArn: cluster, serviceName }: Service): Promise<Task[]> {
  const lists = await Promise.all(
    (['RUNNING', 'STOPPED'] as const).map((desiredStatus) =>
      aws.ecs(new ListTasksCommand({ cluster, serviceName, desiredStatus })),
    ),
  )
  const arns = lists.flatMap(({ taskArns = [] }) => taskArns).slice(0, 100)
  if (arns.length === 0) return []
  return (await aws.ecs(new DescribeTasksCommand({ cluster, tasks: arns }))).tasks ?? []
}

/** Tasks stop for other reasons when a user or a newer deployment wants it ("Stopped tasks error codes", ECS guide). */
const hasFailed = ({ stopCode, stoppedReason = '' }: Task): boolean =>
  stopCode === 'TaskFailedToStart' || stopCode === 'EssentialContainerExited' || /ELB health checks/.test(stoppedReason)

/** By the messages that Fargate gives ("Stopped tasks error messages", ECS developer guide). */
const hints: readonly [RegExp, string][] = [
  [
    /nginx is not installed on this machine/,
    'Install nginx on this machine (Debian: apt-get install nginx-light), and run setup again.',
  ],
  [/CannotPull.*not found/i, 'Correct the name of the image in the config: its registry does not have it.'],
  [
    /CannotPull|registry auth: service call/i,
    'Give the tasks a way to the registry: a NAT gateway, or an image in private ECR and endpoints for ecr.api, ecr.dkr and S3 that admit the tasks. The execution role must be allowed to pull.',
  ],
  [
    /secret.*(AccessDenied|not authorized)/i,
    'Allow the execution role secretsmanager:GetSecretValue on the secret, and kms:Decrypt if it has a key of its own.',
  ],
  [/secret.*(ResourceNotFound|InvalidRequest|can't find)/i, 'Restore the secret, or name another one in the config.'],
  [
    /secret/i,
    'Give the tasks a way to Secrets Manager: a NAT gateway, or an endpoint for secretsmanager that admits them.',
  ],
  [/log (group|stream)|logger/i, 'Give the tasks a way to CloudWatch Logs, and the execution role its log group.'],
  [/exited/i, 'Read what the container says in its log group: its configuration may be what NGINX does not accept.'],
  [
    /health checks/i,
    "Let the load balancer's nodes reach the tasks: by their security groups, on the health port too.",
  ],
]

const hintFor = (reason: string): string =>
  hints.find(([pattern]) => pattern.test(reason))?.[1] ??
  'Look at the stopped tasks of the service in the ECS console, and run setup again.'
