import type { ContainerDefinition, RegisterTaskDefinitionRequest } from '@aws-sdk/client-ecs'

import type { Call } from '../operation.ts'
import { clientError, invalid } from './lookup.ts'
import type { TaskDefinition } from '../../state/ecs.ts'

type Given = Omit<RegisterTaskDefinitionRequest, 'family' | 'tags'>

const steps = (from: number, to: number, by: number): number[] =>
  Array.from({ length: (to - from) / by + 1 }, (_, index) => from + index * by)

const gigabyte = 1024

/** MiB of memory by CPU units ("Task size", ECS developer guide). */
const sizes: Readonly<Record<number, readonly number[]>> = {
  256: [512, gigabyte, 2 * gigabyte],
  512: steps(gigabyte, 4 * gigabyte, gigabyte),
  1024: steps(2 * gigabyte, 8 * gigabyte, gigabyte),
  2048: steps(4 * gigabyte, 16 * gigabyte, gigabyte),
  4096: steps(8 * gigabyte, 30 * gigabyte, gigabyte),
  8192: steps(16 * gigabyte, 60 * gigabyte, 4 * gigabyte),
  16384: steps(32 * gigabyte, 120 * gigabyte, 8 * gigabyte),
}

/** The members of a container that the sandbox models; it refuses all others. */
const modelled = new Set([
  'name',
  'image',
  'cpu',
  'memory',
  'memoryReservation',
  'portMappings',
  'essential',
  'entryPoint',
  'command',
  'environment',
  'mountPoints',
  'secrets',
  'readonlyRootFilesystem',
  'logConfiguration',
  'stopTimeout',
  'startTimeout',
  'dockerLabels',
])

/**
 * Checks a task definition as RegisterTaskDefinition does and fills in what ECS shows by default. Messages are AWS's as
 * users quote them; those about Fargate are from amazon-ecs-cli, copilot-cli and terraform-provider-aws issues.
 *
 * @throws AwsError ClientException
 */
export function checkDefinition(call: Call, given: Given): TaskDefinition['definition'] {
  const { containerDefinitions = [], requiresCompatibilities = [], networkMode } = given
  if (containerDefinitions.length === 0) throw clientError('Container list cannot be empty.')
  if (requiresCompatibilities.includes('FARGATE')) checkFargate(given)
  for (const arn of [given.executionRoleArn, given.taskRoleArn]) checkRole(call, arn)
  for (const container of containerDefinitions) checkContainer(container, given)
  if (!containerDefinitions.some(({ essential }) => essential !== false))
    throw clientError('Invalid setting for container. At least one container must be essential.')
  return {
    ...given,
    networkMode: networkMode ?? 'bridge',
    containerDefinitions: containerDefinitions.map((container) => filled(container, networkMode === 'awsvpc')),
  }
}

function checkFargate({ networkMode, cpu, memory, executionRoleArn, containerDefinitions = [] }: Given): void {
  if (networkMode !== 'awsvpc') throw clientError("Fargate only supports network mode 'awsvpc'.")
  if (cpu === undefined) throw clientError("Fargate requires that 'cpu' be defined at the task level.")
  if (memory === undefined) throw clientError("Fargate requires that 'memory' be defined at the task level.")
  if (sizes[unitsOf(cpu, /v?cpu$/i)]?.includes(unitsOf(memory, /gb$/i)) !== true)
    throw clientError(`No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory.`)
  if (executionRoleArn !== undefined) return
  const needs = 'Fargate requires task definition to have execution role ARN to support'
  if (containerDefinitions.some(({ image = '' }) => isPrivate(image))) throw clientError(`${needs} ECR images.`)
  if (containerDefinitions.some(({ logConfiguration }) => logConfiguration?.logDriver === 'awslogs'))
    throw clientError(`${needs} log driver awslogs.`)
}

/** `256` or `.25 vCPU`, `512` or `0.5 GB`: in CPU units or MiB. */
const unitsOf = (text: string, unit: RegExp): number =>
  unit.test(text) ? Number(text.replace(unit, '').trim()) * 1024 : Number(text)

export const isPrivate = (image: string): boolean => /^\d{12}\.dkr\.ecr\.[\w-]+\.amazonaws\.com/.test(image)

/** Assumed from users' reports: a role must be there when a revision is registered, and this is the text. */
function checkRole({ world, account }: Call, arn: string | undefined): void {
  if (arn === undefined) return
  const role = world.iam.roles[arn]
  if (role === undefined || role.account !== account) throw clientError('Role is not valid')
}

function checkContainer(container: ContainerDefinition, { executionRoleArn, volumes = [] }: Given): void {
  const unknown = Object.entries(container).find(([name, value]) => isSaid(value) && !modelled.has(name))
  if (unknown) throw invalid(`The sandbox does not model containerDefinitions.${unknown[0]}.`)
  const { name = '', image = '', secrets = [], environment = [], mountPoints = [], portMappings = [] } = container
  if (name === '') throw clientError('Container.name should not be null or empty.')
  if (image === '') throw clientError('Container.image should not be null or empty.')
  if (secrets.length > 0 && executionRoleArn === undefined)
    throw clientError(
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    )
  const twice = secrets.find((secret) => environment.some((variable) => variable.name === secret.name))
  if (twice) {
    const shared = 'The secret name must be unique and not shared with any new or existing environment variables'
    throw clientError(`${shared} set on the container, such as '${twice.name ?? ''}'.`)
  }
  const unmounted = mountPoints.find(({ sourceVolume }) => !volumes.some((volume) => volume.name === sourceVolume))
  if (unmounted) throw clientError(`Unknown volume '${unmounted.sourceVolume ?? ''}'.`)
  const moved = portMappings.find(({ hostPort, containerPort }) => (hostPort ?? containerPort) !== containerPort)
  if (moved)
    throw clientError('When networkMode=awsvpc, the host ports and container ports in port mappings must match.')
}

/** Clients such as Terraform send empty texts, lists and maps for what they do not mean to say. */
const isSaid = (value: unknown): boolean =>
  value !== undefined && value !== '' && !(typeof value === 'object' && Object.keys(Object(value)).length === 0)

/** DescribeTaskDefinition shows these members even where a container does not have them. */
const filled = (container: ContainerDefinition, awsvpc: boolean): ContainerDefinition => ({
  cpu: 0,
  essential: true,
  environment: [],
  mountPoints: [],
  volumesFrom: [],
  systemControls: [],
  ...container,
  portMappings: (container.portMappings ?? []).map((mapping) => ({
    protocol: 'tcp' as const,
    ...(awsvpc && mapping.containerPort !== undefined && { hostPort: mapping.containerPort }),
    ...mapping,
  })),
})
