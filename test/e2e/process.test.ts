import { access, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { ledgerSchema } from '../../src/disk/ledger-schema.ts'
import { lockPathOf } from '../../src/disk/ledger-lock.ts'
import { readWorld } from '../../packages/sandbox/src/state/state-file.ts'
import { built } from '../support/built.ts'
import { only, type RawConfig, rawExample } from '../support/example.ts'
import { inventory } from '../../packages/sandbox/src/state/inventory.ts'
import { type Running, start } from '../support/processes.ts'
import { operator } from '../support/sandbox.ts'

const speed = '600'
let main: string
beforeAll(async () => {
  main = await built()
})

/** A folder with the example config, or a change of it, and privlink's processes in it. */
async function settle(change?: (raw: RawConfig) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'privlink-process-'))
  await writeFile(join(folder, 'privlink.yaml'), stringify(rawExample(change)))
  const state = join(folder, 'world.json')
  const ledgerPath = join(folder, '.privlink', 'acme-apis.json')
  const { AWS_PROFILE: _, ...inherited } = process.env
  let url = ''

  const privlink = (...argv: string[]): Running => {
    const rehearsal = { AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: operator, AWS_SECRET_ACCESS_KEY: 'any' }
    const env = { ...inherited, ...rehearsal, PRIVLINK_CLOCK_SPEED: speed, NO_COLOR: '1' }
    return start([main, ...argv], { cwd: folder, env })
  }
  const sandbox = async (): Promise<Running> => {
    const argv = ['sandbox', '--config', 'privlink.yaml', '--port', '0', '--speed', speed, '--state', state]
    const running = start([main, ...argv], { cwd: folder, env: inherited })
    const [, found = ''] = await running.says(/^AWS_ENDPOINT_URL=(http:\/\/127\.0\.0\.1:\d+)$/m)
    url = found
    return running
  }
  return {
    privlink,
    sandbox,
    ledgerPath,
    /** The entries of the ledger; each says that something was made, or that it is about to be. */
    ledger: async () => ledgerSchema.parse(JSON.parse(await readFile(ledgerPath, 'utf8'))).entries,
    /** What the sandbox has kept. */
    world: async () => {
      const world = await readWorld(state)
      if (world === undefined) throw new Error(`${state} is missing`)
      return inventory(world, world.time)
    },
    faults: async (list: readonly object[]) => {
      const answer = await fetch(`${url}/_privlink/faults`, { method: 'POST', body: JSON.stringify(list) })
      expect(answer.status).toBe(200)
    },
  }
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

async function expectEnd(running: Running, code: number): Promise<void> {
  expect(await running.ended, running.stderr() + running.stdout()).toBe(code)
}

async function stop(running: Running): Promise<void> {
  running.child.kill('SIGTERM')
  await expectEnd(running, 0)
}

/** The same moments in every run of the tests. */
const momentsOf = (seed: number, count: number, most: number): number[] =>
  Array.from({ length: count }, (_, index) => 1 + ((Math.imul(seed + index, 0x9e3779b1) >>> 8) % most))

it('setup that is killed at any moment goes on, from process to process and from sandbox to sandbox', async () => {
  const { privlink, sandbox, ledger, ledgerPath, world } = await settle()
  // The world as the config says that it is, before anybody has done anything.
  await stop(await sandbox())
  const before = await world()
  const first = await sandbox()

  const ends: (number | NodeJS.Signals)[] = []
  for (const lines of momentsOf(20_260_101, 4, 40)) {
    const doomed = privlink('setup')
    // So many lines of progress: somewhere between two calls, or within one.
    await doomed.says(new RegExp(`(.*\\n){${lines}}`)).catch(() => undefined)
    doomed.child.kill('SIGKILL')
    const end = await doomed.ended
    ends.push(end)
    if (end === 'SIGKILL' && (await isThere(ledgerPath))) expect(Object.keys(await ledger())).not.toEqual([])
  }
  expect(ends).toContain('SIGKILL')
  const again = privlink('setup')
  await expectEnd(again, 0)
  expect(again.stdout()).toMatch(/setup done in .* 5 of 5 checks ok\n$/)
  const entries = Object.values(await ledger())
  expect(entries.filter(({ status }) => status !== 'ready')).toEqual([])

  await stop(first)
  const kept = await world()
  const tagged = kept.filter((line) => line.includes(' privlink:node='))
  // Nothing was made twice, and nothing that was made is missing from the ledger.
  expect(new Set(tagged.map((line) => line.split('=')[1])).size).toBe(tagged.length)
  expect(entries.map(({ key }) => key)).toEqual(expect.arrayContaining(tagged.map((line) => line.split('=')[1])))

  const second = await sandbox()
  await expectEnd(privlink('verify', '--require-proof'), 0)
  await expectEnd(privlink('plan', '--detailed-exitcode'), 0)
  await expectEnd(privlink('teardown', '--yes'), 0)
  expect(await isThere(ledgerPath)).toBe(false)
  await stop(second)
  expect(await world()).toEqual(before)
})

/** An hour of the sandbox's time: longer than these tests wait for anything. */
const stuck = [{ operation: 'CreateLoadBalancer', kind: 'delayed', ms: 3_600_000 * 10, every: true }]

it('while one setup holds the ledger, another is refused and told by whom; the lock of one that is killed is taken over', async () => {
  const { privlink, sandbox, faults, ledgerPath } = await settle(only('warehouse'))
  await sandbox()
  await faults(stuck)
  const first = privlink('setup')
  await first.says(/link-balancer .* – creating/)

  for (const argv of [['setup'], ['teardown', '--yes']]) {
    const second = privlink(...argv)
    await expectEnd(second, 1)
    expect(second.stderr()).toContain(`is in use by \`privlink setup\` (process ${first.child.pid} on `)
    expect(second.stderr()).toContain('If it is gone for certain: privlink unlock --ledger')
  }
  // Whoever only reads may.
  await expectEnd(privlink('status'), 0)

  first.child.kill('SIGKILL')
  expect(await first.ended).toBe('SIGKILL')
  expect(await isThere(lockPathOf(ledgerPath))).toBe(true)
  await faults([])
  await expectEnd(privlink('setup'), 0)
  expect(await isThere(lockPathOf(ledgerPath))).toBe(false)
  await expectEnd(privlink('teardown', '--yes'), 0)
})

it('the first Ctrl-C finishes what is in the air, the second stops at once; both exit 130 and leave a true ledger', async () => {
  const { privlink, sandbox, faults, ledger, ledgerPath, world } = await settle(only('warehouse'))
  const serving = await sandbox()

  const patient = privlink('setup')
  await patient.says(/link-balancer .* – creating/)
  patient.child.kill('SIGINT')
  await expectEnd(patient, 130)
  expect(patient.stderr()).toContain('finishing what is in the air; Ctrl-C again stops at once')
  expect(patient.stdout()).toMatch(/setup was interrupted in .*: \d+ created/)
  expect(await isThere(lockPathOf(ledgerPath))).toBe(false)
  // What was begun was finished: nothing is only intended.
  expect(Object.values(await ledger()).map(({ status }) => status)).not.toContain('intended')

  await expectEnd(privlink('setup'), 0)
  await expectEnd(privlink('teardown', '--yes'), 0)
  await faults(stuck)
  const hasty = privlink('setup')
  await hasty.says(/link-balancer .* – creating/)
  hasty.child.kill('SIGINT')
  await hasty.says(/Ctrl-C again/)
  hasty.child.kill('SIGINT')
  await expectEnd(hasty, 130)
  // The call that was in the air may or may not have arrived: the ledger says that it was intended.
  expect((await ledger())['warehouse/link-balancer']?.status).toBe('intended')

  await faults([])
  await expectEnd(privlink('setup'), 0)
  expect(Object.values(await ledger()).filter(({ status }) => status !== 'ready')).toEqual([])
  await expectEnd(privlink('teardown', '--yes'), 0)
  await stop(serving)
  expect((await world()).filter((line) => line.includes('privlink:'))).toEqual([])
})
