import type { ContainerDefinition } from '@aws-sdk/client-ecs'

import { messageOf } from '../../state/errors.ts'
import { reachesInternet, reachesService } from '../../network/aws-reach.ts'
import type { World } from '../../state/world.ts'
import { roleDenial } from '../../reads/roles.ts'
import { isPrivate } from './definition-checks.ts'
import type { Task, TaskDefinition } from '../../state/ecs.ts'
import { AwsError } from '../../state/aws-error.ts'
import type { RequiredPermission } from '../../reads/authorization.ts'
import { secretValue } from '../../reads/secrets.ts'
import { sourceOfTask, isNginx } from '../../reads/tasks.ts'

/** Fargate's text when a call before the container's start gets no answer. */
const unanswered = (url: string): string =>
  `RequestError: send request failed caused by: Post "${url}": dial tcp 52.94.0.1:443: i/o timeout`

/**
 * Tells why a task's image, secrets or log driver cannot be had, in the words that Fargate puts into `stoppedReason` as
 * its users quote them (amazon-ecs-agent issues 1128 and 2235, "Stopped tasks error messages", ECS developer guide);
 * nothing if it can start. Fargate gets secrets and registry credentials first, then images, then the log stream:
 * assumed.
 */
export function startFailure(
  world: World,
  now: number,
  task: Task,
  { definition }: TaskDefinition,
): string | undefined {
  const { containerDefinitions = [], executionRoleArn } = definition
  const may = (demand: RequiredPermission) =>
    executionRoleArn === undefined
      ? 'the task has no execution role'
      : roleDenial(world, executionRoleArn, demand, { now, region: task.region, session: task.id })
  const source = sourceOfTask(world, task)
  const reaches = (service: string) => reachesService(world, now, source, service) === undefined
  const attempt: StartAttempt = { world, now, task, may, reaches, online: reachesInternet(world, source) === undefined }
  for (const failureOf of [secretsFailure, imageFailure, logFailure]) {
    for (const container of containerDefinitions) {
      const failure = failureOf(attempt, container)
      if (failure !== undefined) return failure
    }
  }
  return undefined
}

interface StartAttempt {
  world: World
  now: number
  task: Task
  /** Tells why the execution role lacks a permission. */
  may(demand: RequiredPermission): string | undefined
  /** Whether the task gets to a service of AWS, and to the internet. */
  reaches(service: string): boolean
  online: boolean
}

const initialization = 'ResourceInitializationError: unable to pull secrets or registry auth: '
const retrieval = `${initialization}execution resource retrieval failed: `

function secretsFailure(
  { world, now, may, reaches }: StartAttempt,
  { secrets = [] }: ContainerDefinition,
): string | undefined {
  for (const { valueFrom = '' } of secrets) {
    const unable = `${retrieval}unable to retrieve secret from asm: service call has been retried`
    const fetching = `failed to fetch secret ${valueFrom} from secrets manager`
    if (!reaches('secretsmanager')) {
      const canceled = 'RequestCanceled: request context canceled caused by: context deadline exceeded'
      return `${unable} 5 time(s): ${fetching}: ${canceled}. Please check your task network configuration.`
    }
    const secret = secretAt(world, valueFrom)
    const action = 'secretsmanager:GetSecretValue'
    const denial = may({ action, resource: secret?.arn ?? valueFrom, tags: secret?.tags })
    if (denial !== undefined) return `${unable} 1 time(s): ${fetching}: AccessDeniedException: ${denial}`
    try {
      secretValue(world, valueFrom, now)
    } catch (thrown) {
      const code = thrown instanceof AwsError ? thrown.code : 'InternalServiceError'
      return `${unable} 1 time(s): ${fetching}: ${code}: ${messageOf(thrown)}`
    }
  }
  return undefined
}

/** Finds a secret by its ARN, which a reference may begin with, or by its ARN without the six characters at its end. */
const secretAt = ({ secretsmanager }: World, reference: string) =>
  Object.values(secretsmanager.secrets).find(
    ({ arn }) => reference.startsWith(arn) || reference === arn.replace(/-[A-Za-z0-9]{6}$/, ''),
  )

function imageFailure(attempt: StartAttempt, { image = '' }: ContainerDefinition): string | undefined {
  const failure = isPrivate(image) ? privateImageFailure(attempt, image) : publicImageFailure(attempt, image)
  if (failure !== undefined) return failure
  if (isThere(attempt.world, image)) return undefined
  const reference = fullName(image)
  return `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: ${reference}: not found`
}

function publicImageFailure({ online }: StartAttempt, image: string): string | undefined {
  if (online) return undefined
  const reference = fullName(image)
  const [registry = '', ...path] = reference.split('/')
  const [repository = '', tag = 'latest'] = path.join('/').split(/[:@]/)
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry
  const dialing = `failed to do request: Head "https://${host}/v2/${repository}/manifests/${tag}": dial tcp: i/o timeout`
  return `CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref ${reference}: ${dialing}`
}

function privateImageFailure({ task, may, reaches }: StartAttempt, image: string): string | undefined {
  const unable = `${retrieval}unable to retrieve ecr registry auth: service call has been retried`
  if (!reaches('ecr.api'))
    return `${unable} 3 time(s): ${unanswered(`https://api.ecr.${task.region}.amazonaws.com/`)}. Please check your task network configuration.`
  const [account = '', , , region = ''] = image.split('.')
  const [repository = ''] = image.slice(image.indexOf('/') + 1).split(/[:@]/)
  const token = may({ action: 'ecr:GetAuthorizationToken', resource: '*' })
  if (token !== undefined) return `${unable} 1 time(s): AccessDeniedException: ${token}`
  const resource = `arn:aws:ecr:${region}:${account}:repository/${repository}`
  for (const action of ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']) {
    const denial = may({ action, resource })
    if (denial !== undefined)
      return `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: pulling from host ${image.split('/')[0] ?? ''} failed with status code [manifests]: 403 Forbidden: ${denial}`
  }
  if (!reaches('ecr.dkr'))
    return `CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref ${image}: failed to do request: Head "https://${image.split('/')[0] ?? ''}/v2/${repository}/manifests": dial tcp: i/o timeout`
  if (!reaches('s3'))
    return `CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://prod-${region}-starport-layer-bucket.s3.${region}.amazonaws.com/": dial tcp: i/o timeout`
  return undefined
}

/** `nginx` is `docker.io/library/nginx:latest` (reference grammar of distribution, as containerd writes it). */
function fullName(image: string): string {
  const [first = '', ...rest] = image.split('/')
  const hosted = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const named = hosted ? image : `docker.io/${rest.length === 0 ? 'library/' : ''}${image}`
  return /[:@][^/]*$/.test(named) ? named : `${named}:latest`
}

/** Every image of NGINX is there, and what the sandbox has been told of. */
const isThere = ({ ecs }: World, image: string): boolean => isNginx(image) || ecs.images.includes(image)

function logFailure(
  { world, task, may, reaches }: StartAttempt,
  { logConfiguration }: ContainerDefinition,
): string | undefined {
  if (logConfiguration?.logDriver !== 'awslogs') return undefined
  const { 'awslogs-group': name = '', 'awslogs-region': region = task.region } = logConfiguration.options ?? {}
  const invalid = 'ResourceInitializationError: failed to validate logger args: create stream has been retried'
  const failed = 'failed to create Cloudwatch log stream'
  if (!reaches('logs'))
    return `${invalid} 1 times: ${failed}: ${unanswered(`https://logs.${region}.amazonaws.com/`)} : exit status 1`
  const arn = `arn:aws:logs:${region}:${task.account}:log-group:${name}`
  const denial = may({
    action: 'logs:CreateLogStream',
    resource: `${arn}:log-stream:*`,
    tags: world.logs.groups[arn]?.tags,
  })
  if (denial !== undefined) return `${invalid} 1 times: ${failed}: AccessDeniedException: ${denial} : exit status 1`
  if (world.logs.groups[arn] === undefined)
    return `${invalid} 1 times: ${failed}: ResourceNotFoundException: The specified log group does not exist. : exit status 1`
  return undefined
}
