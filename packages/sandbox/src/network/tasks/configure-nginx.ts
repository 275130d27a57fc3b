// Prepares NGINX for this machine: its ports, its resolver and its files are not those of the task.
import { readFile, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { join, resolve } from 'node:path'
import { type Loopback, openLoopback } from '../loopback.ts'
import type { Network } from '../network.ts'
import type { Task } from '../../state/ecs.ts'
import type { NginxCall, NginxConfiguration } from './container.ts'
import { ownConfiguration, readNeeds, settle } from './nginx-config.ts'
import { sourceOfTask } from '../../reads/tasks.ts'

/** How long a container may take until its ports listen, in real ms. One that takes longer runs all the same. */
export const patience = 5_000

/**
 * Writes down what NGINX is to do on this machine, with free ports, and gives it its part of the network. Beside what
 * it was given, since certificates are named relative to the configuration file.
 */
export async function configure(
  network: Network,
  task: Task,
  loopbacks: Loopback[],
  ready: Map<number, number>,
  { folder, workingFolder, args }: NginxCall,
): Promise<NginxConfiguration> {
  const prefix = resolve(workingFolder, after(args, '-p') ?? folder)
  const given = after(args, '-c')
  const original = given === undefined ? join(folder, 'nginx.conf') : resolve(prefix, given)
  const text = given === undefined ? ownConfiguration : await readFile(original, 'utf8')
  const { ports, upstreamPort } = readNeeds(text)
  for (const port of ports) ready.set(port, await freePort())
  const loopback = await openLoopback(network, sourceOfTask(network.world, task), upstreamPort)
  loopbacks.push(loopback)
  const { dnsPort, port } = loopback
  const [file, ca] = [`${original}.here`, `${original}.authorities`]
  const own = settle(text, { ports: ready, dnsPort, upstreamPort: port, ca, folder })
  await Promise.all([writeFile(ca, network.ca), writeFile(file, own, { mode: 0o600 })])
  return { file, prefix }
}

const after = (args: readonly string[], flag: string): string | undefined =>
  args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined

async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Resolves when all ports take connections. */
export async function answered(ports: ReadonlyMap<number, number>): Promise<void> {
  const until = performance.now() + patience
  for (const port of ports.values()) {
    while (!(await takes(port)) && performance.now() < until) await new Promise((next) => setTimeout(next, 15))
  }
}

const takes = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true))
    socket.once('connect', () => socket.destroy()).once('error', () => resolve(false))
  })
