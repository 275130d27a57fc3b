import { rmSync } from 'node:fs'

import { afterAll, expect, it } from 'vitest'

import { runningClock } from '../../src/clock.ts'
import { type Sandbox, startSandbox } from '../../packages/sandbox/src/server/sandbox.ts'
import { account, vpcForTasks } from '../support/fargate.ts'
import { inventory } from '../../packages/sandbox/src/state/inventory.ts'
import { has } from '../support/programs.ts'
import { initialise, terraformIn } from '../support/terraform.ts'

const initialised = initialise(new URL('terraform-tasks', import.meta.url).pathname)
const ready = 'folder' in initialised
if (!ready) process.stderr.write(`skipped: Terraform or its AWS provider is not here: ${initialised.reason}\n`)
const folder = ready ? initialised.folder : ''

let sandbox: Sandbox | undefined
afterAll(async () => {
  await sandbox?.close()
  if (ready) rmSync(folder, { recursive: true, force: true })
})

it.skipIf(!ready || !has('nginx', '-v'))(
  'Terraform keeps a service on Fargate, finds no drift, rolls a change out and takes all of it away',
  async () => {
    const seed = vpcForTasks()
    sandbox = await startSandbox({ clock: runningClock(30), speed: 30, seed })
    const { url, world, clock } = sandbox
    const before = inventory(world, clock.now())
    const [vpc] = seed.vpcs ?? []
    const subnet_ids = (vpc?.subnets ?? []).map(({ subnetId }) => subnetId).join()
    const terraform = terraformIn(folder, url, { account, vpc_id: vpc?.vpcId ?? '', subnet_ids })

    await terraform.apply('1')
    expect(await terraform.drift('1')).toBe('')
    await terraform.apply('2')
    expect(await terraform.drift('2')).toBe('')
    const running = async () => {
      // Whoever asks anything has the world brought up to date.
      await fetch(`${url}/_privlink/hello`)
      const tasks = Object.values(world.ecs.tasks).filter(({ phase }) => phase === 'running')
      return tasks.map(({ taskDefinitionArn }) => taskDefinitionArn.split('/')[1])
    }
    await expect.poll(running).toEqual(['proxy:2'])

    await terraform.destroy('2')
    // Terraform deregisters revisions and does not delete them.
    const left = inventory(world, clock.now()).filter((line) => !before.includes(line))
    expect(left.map((line) => line.split('/').at(-1))).toEqual(['proxy:1', 'proxy:2'])
    const errors = sandbox.calls.flatMap(({ operation, error }) =>
      error === undefined ? [] : [`${operation}: ${error}`],
    )
    expect(errors.filter((one) => !/NotFound|Throttling|NoSuchEntity/.test(one))).toEqual([])
  },
)
