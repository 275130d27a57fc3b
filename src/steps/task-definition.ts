import { servicePrincipal } from '../aws/partition.ts'
import { createHash } from 'node:crypto'
import {
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  type TaskDefinition,
  type TaskDefinitionStatus,
} from '@aws-sdk/client-ecs'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { unlessMissing } from '../aws/failures.ts'
import { allPages, chunksOf } from '../aws/batcher.ts'
import { differs, type Identity, minutes, seconds } from '../engine/step.ts'
import { PrivlinkError } from '../errors.ts'
import { ecsTagList, ecsTags } from './shared/ecs-tags.ts'
import { given, ownerOf, seek } from './shared/ownership.ts'
import { during, inRegion, owned, passedTo, requested } from '../aws/permissions/conditions.ts'
import { everything, permission } from '../aws/permissions/permission.ts'
import { clusters, ecs, roles, services, taskDefinitions } from '../aws/permissions/resources.ts'
import { role } from './role.ts'

interface Inputs {
  image: string
  command: string[]
  environment: Record<string, string>
  /** ARNs of secrets by the variables that hold what they say; the task sees what they said when it started. */
  secrets: Record<string, string>
  ports: number[]
  /** For the load balancer's health checks. */
  healthPort: number
  /** Units, 1024 to a core, and MiB: Fargate takes certain pairs only. */
  cpu: number
  memory: number
  /** Fargate acts as it before the container starts: image, secrets, log. */
  executionRoleArn: string
  /** The container acts as it. */
  taskRoleArn: string
  logGroupName: string
  /** The only path that the container may write to. */
  writable: string
}

const inputNames = [
  'image',
  'command',
  'environment',
  'secrets',
  'ports',
  'healthPort',
  'cpu',
  'memory',
  'executionRoleArn',
  'taskRoleArn',
  'logGroupName',
  'writable',
] as const satisfies (keyof Inputs)[]

/** By it a revision is known to be what is wanted: what was registered never changes. */
const definitionTag = 'privlink:definition'

/** The name of the one container in a task. */
export const containerName = 'proxy'

/**
 * The definition of a task: a family of revisions. A revision never changes, so that a change is a new revision and the
 * family is the thing: its latest revision carries the hash of its definition as a tag. Revisions of before stay until
 * teardown, since a service may go back to them; deregistered and deleted ones may still show for a while and count as
 * gone.
 */
export const taskDefinition = defineStep<Inputs>()({
  id: 'task-definition',
  title: 'Task definition',
  facts: z.object({ family: z.string(), taskDefinitionArn: z.string() }),
  permissions: {
    read: [
      permission('LookAtDefinitions', ['ecs:DescribeTaskDefinition', 'ecs:ListTaskDefinitions'], everything, inRegion),
    ],
    create: [
      permission('MakeDefinitions', ['ecs:RegisterTaskDefinition'], ecs(taskDefinitions), requested),
      permission(
        'TagTasks',
        ['ecs:TagResource'],
        ecs(clusters, services, taskDefinitions),
        during('ecs:CreateAction', ['CreateCluster', 'RegisterTaskDefinition', 'CreateService']),
      ),
      permission('PassRolesToTasks', ['iam:PassRole'], roles, passedTo(servicePrincipal('ecs-tasks')), () => [role]),
    ],
    update: [
      permission('MakeDefinitions', ['ecs:RegisterTaskDefinition'], ecs(taskDefinitions), requested),
      permission(
        'TagTasks',
        ['ecs:TagResource'],
        ecs(clusters, services, taskDefinitions),
        during('ecs:CreateAction', ['CreateCluster', 'RegisterTaskDefinition', 'CreateService']),
      ),
      permission('PassRolesToTasks', ['iam:PassRole'], roles, passedTo(servicePrincipal('ecs-tasks')), () => [role]),
    ],
    delete: [
      // It has no resource-level permissions; a revision that is deregistered still serves the tasks that run from it.
      permission('RetireDefinitions', ['ecs:DeregisterTaskDefinition'], everything, inRegion),
      permission('OwnDefinitions', ['ecs:DeleteTaskDefinitions'], ecs(taskDefinitions), owned),
    ],
  },
  patience: { upTo: minutes(2), every: seconds(3) },

  async read(sight) {
    const { aws, inputs, known, identity } = sight
    const found = await seek(sight, known?.family, {
      byId: (family) => described(aws, family),
      byMark: () => leftBehind(aws, identity),
    })
    if (found === undefined) return { state: 'absent' }
    const { tags } = found
    return {
      state: 'ready',
      owner: ownerOf(identity, tags),
      facts: factsOf(found),
      drift: [
        ...differs('status', found.status, 'ACTIVE'),
        ...differs('definition', tags[definitionTag] ?? 'unknown', isWhole(inputs) ? hashOf(aws, inputs) : undefined),
      ],
    }
  },

  async create({ aws, inputs, identity }) {
    return await register(aws, inputs, identity, identity.name)
  },

  async update({ aws, inputs, identity, facts }) {
    await register(aws, inputs, identity, facts.family)
  },

  async delete({ aws, known: { family } }) {
    for (const taskDefinition of await revisionsOf(aws, family, 'ACTIVE')) {
      await aws.ecs(new DeregisterTaskDefinitionCommand({ taskDefinition }))
    }
    // Up to ten at once, and only what has been deregistered (DeleteTaskDefinitions, ECS API reference).
    for (const taskDefinitions of chunksOf(await revisionsOf(aws, family, 'INACTIVE'), 10)) {
      const { failures: [failure] = [] } = await aws.ecs(new DeleteTaskDefinitionsCommand({ taskDefinitions }))
      if (failure === undefined) continue
      throw new PrivlinkError(
        'AwsFailed',
        `${failure.arn ?? family} was not deleted: ${failure.reason ?? 'no reason'}`,
        {
          hint: 'Run teardown again.',
        },
      )
    }
  },
})

type Tagged = TaskDefinition & { tags: Record<string, string> }

const factsOf = ({ family, taskDefinitionArn }: TaskDefinition) => ({
  family: given(family, 'the family of the task definition'),
  taskDefinitionArn: given(taskDefinitionArn, 'the ARN of the task definition'),
})

/** The latest ACTIVE revision of a family, or the revision of an ARN. */
async function described(aws: Aws, nameOrArn: string): Promise<Tagged[]> {
  const look = new DescribeTaskDefinitionCommand({ taskDefinition: nameOrArn, include: ['TAGS'] })
  const { taskDefinition: found, tags } = (await unlessMissing(aws.ecs(look))) ?? {}
  return found === undefined ? [] : [{ ...found, tags: ecsTags(tags) }]
}

/**
 * The latest revision with our name: an ACTIVE one, or one of ours that a user or an interrupted run has deregistered
 * and not deleted.
 */
async function leftBehind(aws: Aws, identity: Identity): Promise<Tagged[]> {
  const active = await described(aws, identity.name)
  if (active.length > 0) return active
  const [latest] = await revisionsOf(aws, identity.name, 'INACTIVE')
  if (latest === undefined) return []
  return (await described(aws, latest)).filter(({ status, tags }) => status === 'INACTIVE' && identity.matches(tags))
}

/** ARNs, the latest first. */
const revisionsOf = (aws: Aws, family: string, status: TaskDefinitionStatus): Promise<string[]> =>
  allPages(async (nextToken) => {
    const page = await aws.ecs(
      new ListTaskDefinitionsCommand({
        familyPrefix: family,
        status,
        sort: 'DESC',
        ...(nextToken !== undefined && { nextToken }),
      }),
    )
    return { rows: page.taskDefinitionArns, next: page.nextToken }
  })

async function register(aws: Aws, inputs: Inputs, identity: Identity, family: string) {
  const tags = ecsTagList({ ...identity.tags, [definitionTag]: hashOf(aws, inputs) })
  const { taskDefinition: made } = await aws.ecs(
    new RegisterTaskDefinitionCommand({ family, ...definitionFor(aws, inputs), tags }),
  )
  return factsOf(given(made, 'the task definition'))
}

const isWhole = (inputs: Partial<Inputs>): inputs is Inputs => inputNames.every((name) => inputs[name] !== undefined)

const hashOf = (aws: Aws, inputs: Inputs): string =>
  createHash('sha256')
    .update(JSON.stringify(definitionFor(aws, inputs)))
    .digest('hex')
    .slice(0, 16)

type Definition = Omit<RegisterTaskDefinitionCommandInput, 'family' | 'tags'>

/** The one container may write to one volume, which goes with the task; its output goes to the log group. */
function definitionFor({ region }: Aws, inputs: Inputs): Definition {
  const byName = (a: readonly [string, string], b: readonly [string, string]) => (a[0] < b[0] ? -1 : 1)
  const ports = [...new Set([...inputs.ports, inputs.healthPort])].toSorted((a, b) => a - b)
  return {
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: String(inputs.cpu),
    memory: String(inputs.memory),
    executionRoleArn: inputs.executionRoleArn,
    taskRoleArn: inputs.taskRoleArn,
    runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
    volumes: [{ name: 'writable' }],
    containerDefinitions: [
      {
        name: containerName,
        image: inputs.image,
        essential: true,
        command: inputs.command,
        environment: Object.entries(inputs.environment)
          .toSorted(byName)
          .map(([name, value]) => ({ name, value })),
        secrets: Object.entries(inputs.secrets)
          .toSorted(byName)
          .map(([name, valueFrom]) => ({ name, valueFrom })),
        portMappings: ports.map((containerPort) => ({ containerPort, protocol: 'tcp' })),
        readonlyRootFilesystem: true,
        mountPoints: [{ sourceVolume: 'writable', containerPath: inputs.writable }],
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': inputs.logGroupName,
            'awslogs-region': region,
            'awslogs-stream-prefix': containerName,
          },
        },
      },
    ],
  }
}
