// Runs the containers of ECS tasks, and makes their ports known to the network.
import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'

import type { ContainerDefinition } from '@aws-sdk/client-ecs'

import { messageOf } from '../../state/errors.ts'
import type { Loopback } from '../loopback.ts'
import type { Network } from '../network.ts'
import type { Task } from '../../state/ecs.ts'
import { appendLog } from '../../writes/log-events.ts'
import { type Container, startContainer } from './container.ts'
import { secretValue } from '../../reads/secrets.ts'
import { sourceOfTask, isNginx } from '../../reads/tasks.ts'
import { patience, configure, answered } from './configure-nginx.ts'

/** The processes of one task. */
interface Running {
  containers: Container[]
  loopbacks: Loopback[]
}

/**
 * Runs tasks with an image of NGINX by the NGINX of this machine, from one of `folders`. Others stand there and do
 * nothing.
 */
export function makeRunner(
  network: Network,
  folders: readonly string[] = programFolders(),
): Runner & { close(): Promise<void> } {
  const running = new Map<string, Running>()
  let closed = false
  const stop = async (arn: string) => {
    const found = running.get(arn)
    running.delete(arn)
    if (found) await end(found)
  }
  return {
    start: async (task) => {
      // A task that runs when the sandbox closes goes on when it starts again.
      if (closed) return undefined
      await stop(task.arn)
      removeHosts(network, task)
      const definitions = network.world.ecs.taskDefinitions[task.taskDefinitionArn]?.definition.containerDefinitions
      const own = (definitions ?? []).filter(({ image = '' }) => isNginx(image))
      const nginx = own.length === 0 ? '' : await findNginx(folders)
      if (nginx === undefined) return notInstalled
      const started: Running = { containers: [], loopbacks: [] }
      running.set(task.arn, started)
      try {
        for (const definition of own) if (!closed) await run(network, task, definition, nginx, started)
        return undefined
      } catch (thrown) {
        return `CannotStartContainerError: ${messageOf(thrown)}`
      } finally {
        // The runner closed meanwhile, before all of the task had started.
        if (closed) await end(started)
      }
    },
    state: (task) => {
      const found = running.get(task.arn)
      if (closed) return 'running'
      if (found === undefined) return 'none'
      const ended = found.containers.find(({ exitCode }) => exitCode !== undefined)
      return ended?.exitCode === undefined ? 'running' : { exitCode: ended.exitCode }
    },
    stop: async (task) => {
      removeHosts(network, task)
      await stop(task.arn)
    },
    close: async () => {
      closed = true
      await Promise.all([...running.keys()].map(stop))
    },
  }
}

async function end({ containers, loopbacks }: Running): Promise<void> {
  await Promise.all(containers.map((container) => container.stop()))
  await Promise.all(loopbacks.map((loopback) => loopback.close()))
}

const notInstalled =
  'CannotStartContainerError: nginx is not installed on this machine: the sandbox runs tasks with it. Install nginx.'

/** Folders of programs; Debian keeps NGINX in one that only root's PATH names. */
const programFolders = (): string[] => [
  ...(process.env['PATH'] ?? '').split(':'),
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/local/nginx/sbin',
  '/opt/homebrew/bin',
]

async function findNginx(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders.filter((one) => one.startsWith('/'))) {
    const program = join(folder, 'nginx')
    const found = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return program
  }
  return undefined
}

/** Takes a task's servers out of the network. */
function removeHosts({ world }: Network, task: Task): void {
  const { vpcId } = sourceOfTask(world, task)
  world.hosts = world.hosts.filter((host) => host.ip !== task.ip || host.vpcId !== vpcId)
}

async function run(
  network: Network,
  task: Task,
  definition: ContainerDefinition,
  nginx: string,
  started: Running,
): Promise<void> {
  const { world, clock } = network
  const { command = ['nginx'], entryPoint = [], environment = [], mountPoints = [], secrets = [] } = definition
  const values = secrets.map(
    ({ name = '', valueFrom = '' }) => [name, secretValue(world, valueFrom, clock.now())] as const,
  )
  const ready = new Map<number, number>()
  let listens: () => void = () => undefined
  const listening = new Promise<void>((resolve) => (listens = resolve))
  const container = await startContainer({
    command: [...entryPoint, ...command],
    environment: {
      AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
      AWS_REGION: task.region,
      ...Object.fromEntries(environment.map(({ name = '', value = '' }) => [name, value])),
      ...Object.fromEntries(values),
    },
    writable: mountPoints.find(({ readOnly }) => readOnly !== true)?.containerPath,
    nginx,
    say: logOf(
      network,
      task,
      definition,
      values.map(([, value]) => value),
    ),
    configure: async (asked) => {
      const configured = await configure(network, task, started.loopbacks, ready, asked)
      answered(ready).then(listens, listens)
      return configured
    },
  })
  started.containers.push(container)
  await Promise.race([listening, container.ended, new Promise((late) => setTimeout(late, patience).unref())])
  const { vpcId } = sourceOfTask(world, task)
  for (const [port, at] of ready)
    world.hosts.push({ vpcId, ip: task.ip, port, url: `tcp://127.0.0.1:${at}`, name: `task ${task.id}` })
}

/** Writes a container's output where its log driver says, and nothing that a secret says. */
function logOf(
  { world, clock }: Network,
  task: Task,
  { name = '', logConfiguration }: ContainerDefinition,
  secrets: readonly string[],
): (line: string) => void {
  const { 'awslogs-group': group, 'awslogs-stream-prefix': prefix } = logConfiguration?.options ?? {}
  const hidden = secrets.flatMap((secret) => secret.split('\n')).filter((line) => line.length > 7)
  return (line) => {
    if (group === undefined) return
    const told = hidden.some((secret) => line.includes(secret)) ? '(withheld: it names a secret)' : line
    const stream = prefix === undefined ? task.id : `${prefix}/${name}/${task.id}`
    appendLog(world, task, { group, stream }, clock.now(), told)
  }
}

/** Runs the containers of tasks. */
export interface Runner {
  /** Starts a task's container and puts it into the network. Returns why it could not. */
  start(task: Task): Promise<string | undefined>
  /** The state of a task's container: `none` is one that this process has never started. */
  state(task: Task): 'none' | 'running' | { exitCode: number }
  /** Ends a task's container and takes it out of the network. */
  stop(task: Task): Promise<void>
}
