import { readFileSync, rmSync } from 'node:fs'

import { afterAll, expect, it } from 'vitest'

import { runningClock } from '../../src/clock.ts'
import { type Sandbox, startSandbox } from '../../packages/sandbox/src/server/sandbox.ts'
import { makeCertificates } from '../support/certificates.ts'
import { inventory } from '../../packages/sandbox/src/state/inventory.ts'
import { has } from '../support/programs.ts'
import { initialise, terraformIn } from '../support/terraform.ts'
import { places, platform } from './places.ts'

const initialised = initialise(new URL('terraform-proxy', import.meta.url).pathname)
const ready = 'folder' in initialised && has('openssl', 'version')
if ('reason' in initialised) {
  process.stderr.write(`skipped: Terraform or its AWS provider is not here: ${initialised.reason}\n`)
}
const folder = 'folder' in initialised ? initialised.folder : ''

const minute = 60_000
const arn = `arn:aws:acm:us-east-1:${platform}:certificate/0a1b2c3d`

let sandbox: Sandbox | undefined
afterAll(async () => {
  await sandbox?.close()
  if (folder !== '') rmSync(folder, { recursive: true, force: true })
})

it.skipIf(!ready)(
  'Terraform builds a load balancer that verifies clients behind another one, finds no drift, changes it and takes it away',
  async () => {
    const { file } = makeCertificates('payments.example.internal')
    const object = (key: string, name: string) => ({ bucket: 'trust', key, body: readFileSync(file(name), 'utf8') })
    const seed = {
      ...places,
      objects: [
        object('clients.pem', 'client-ca.pem'),
        object('others.pem', 'stranger-ca.pem'),
        object('clients.crl', 'client.crl'),
      ],
      certificates: [{ arn, account: platform, region: 'us-east-1', name: 'payments.example.internal' }],
    }
    sandbox = await startSandbox({ clock: runningClock(60), speed: 60, seed })
    const { url, world, clock } = sandbox
    const before = inventory(world, clock.now())
    const terraform = terraformIn(folder, url, {
      account: platform,
      vpc_id: 'vpc-00000000000000b0b',
      subnet_ids: 'subnet-000000000000000b1,subnet-000000000000000b2',
      certificate_arn: arn,
    })
    for (const revision of ['1', '2']) {
      await terraform.apply(revision)
      expect(await terraform.drift(revision)).toBe('')
    }
    await terraform.destroy('2')
    expect(inventory(world, clock.now())).toEqual(before)
    const errors = sandbox.calls.flatMap(({ operation, error }) =>
      error === undefined ? [] : [`${operation}: ${error}`],
    )
    const expected = /NotFound|DependencyViolation|ResourceInUse|TrustStoreNotReady/
    expect(errors.filter((one) => !expected.test(one))).toEqual([])
  },
  5 * minute,
)
