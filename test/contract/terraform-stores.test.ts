import { rmSync } from 'node:fs'

import { afterAll, expect, it } from 'vitest'

import { runningClock } from '../../src/clock.ts'
import { type Sandbox, startSandbox } from '../../packages/sandbox/src/server/sandbox.ts'
import { inventory } from '../../packages/sandbox/src/state/inventory.ts'
import { initialise, terraformIn } from '../support/terraform.ts'
import { places, platform } from './places.ts'
import { secretValue } from '../../packages/sandbox/src/reads/secrets.ts'

const initialised = initialise(new URL('terraform-stores', import.meta.url).pathname)
const ready = 'folder' in initialised
if (!ready) process.stderr.write(`skipped: Terraform or its AWS provider is not here: ${initialised.reason}\n`)
const folder = ready ? initialised.folder : ''

const minute = 60_000

let sandbox: Sandbox | undefined
afterAll(async () => {
  await sandbox?.close()
  if (ready) rmSync(folder, { recursive: true, force: true })
})

it.skipIf(!ready)(
  'Terraform keeps secrets, log groups and a gateway endpoint, finds no drift, changes them in place and takes them away',
  async () => {
    sandbox = await startSandbox({ clock: runningClock(30), speed: 30, seed: places })
    const { url, world, clock } = sandbox
    const before = inventory(world, clock.now())
    const terraform = terraformIn(folder, url, { account: platform, vpc_id: 'vpc-00000000000000b0b' })

    await terraform.apply('1')
    const { prefix_list, secret = '' } = await terraform.outputs()
    expect(prefix_list).toBe('com.amazonaws.us-east-1.s3')
    expect(secretValue(world, secret, clock.now())).toBe('value 1')
    expect(await terraform.drift('1')).toBe('')
    await terraform.apply('2')
    expect(secretValue(world, secret, clock.now())).toBe('value 2')
    expect(await terraform.drift('2')).toBe('')

    await terraform.destroy('2')
    const kept = inventory(world, clock.now()).filter((line) => !before.includes(line))
    expect(kept.filter((line) => !line.startsWith('tag '))).toEqual([
      expect.stringMatching(/^scheduled for deletion .*:secret:payments\/kept-/),
      expect.stringMatching(/^secret .*:secret:payments\/kept-/),
    ])
    const errors = sandbox.calls.flatMap(({ operation, error }) =>
      error === undefined ? [] : [`${operation}: ${error}`],
    )
    const expected =
      /InvalidVpcEndpointId.NotFound|ResourceNotFoundException|InvalidRouteTableID.NotFound|InvalidRequestException/
    expect(errors.filter((one) => !expected.test(one))).toEqual([])
  },
  5 * minute,
)
