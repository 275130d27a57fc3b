import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { openLedger, readLedger } from '../../src/disk/ledger-file.ts'
import { breakLock, lockPathOf, readLock } from '../../src/disk/ledger-lock.ts'
import { thisProcess } from '../../src/disk/process-identity.ts'
import type { LedgerEntry } from '../../src/engine/ledger.ts'
import { builtModule } from '../support/built.ts'

const accounts = { gateway: { id: '111111111111', region: 'us-east-1' } }

const entry = (key: string, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  key,
  step: 'vpc-link',
  article: '5',
  account: 'gateway',
  inputs: { name: key },
  dependsOn: [],
  usedBy: ['orders'],
  origin: 'created',
  status: 'made',
  generation: 0,
  at: '2026-01-01T00:00:00.000Z',
  ...more,
})

let module: string
let folder: string
let path: string
beforeAll(async () => {
  module = await builtModule('src/disk/ledger-file.ts')
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'privlink-ledger-'))
  path = join(folder, '.privlink', 'acme.json')
})

const opened = (more: object = {}) => openLedger({ path, deployment: 'acme', accounts, command: 'setup', ...more })
const onDisk = async (): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'))

/** Runs a script in another process, with the ledger open as `ledger` and `entry(key)` at hand. */
const script = (body: string) => [
  '--input-type=module',
  '-e',
  `import { openLedger } from ${JSON.stringify(module)}
   const entry = (key) => ({ ...${JSON.stringify(entry('x'))}, key })
   const ledger = await openLedger({ path: ${JSON.stringify(path)}, deployment: 'acme', accounts: {}, command: 'setup' })
   ${body}`,
]

test('an entry is on disk when its put resolves, in a file that only its owner may read', async () => {
  const ledger = await opened()
  expect(ledger.found).toBe(false)
  await ledger.put(entry('orders/link', { facts: { vpcLinkId: 'abc123' } }))
  expect(await onDisk()).toMatchObject({
    version: 1,
    deployment: 'acme',
    accounts,
    entries: { 'orders/link': { status: 'made', facts: { vpcLinkId: 'abc123' } } },
  })
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await ledger.close()
})

test('opening does not create the file, and what was written is there next time, in order', async () => {
  await (await opened()).close()
  await expect(stat(path)).rejects.toThrow('ENOENT')
  const first = await opened()
  await first.put(entry('b'))
  await first.put(entry('a'))
  await first.close()
  const second = await opened()
  expect(second.found).toBe(true)
  expect(second.entries().map(({ key }) => key)).toEqual(['b', 'a'])
  await second.close()
})

test('updates that arrive during a write share the next one, and each is on disk when it resolves', async () => {
  const ledger = await opened()
  const seen = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      await ledger.put(entry(`node-${index}`))
      return (await readFile(path, 'utf8')).includes(`"node-${index}"`)
    }),
  )
  expect(seen.every(Boolean)).toBe(true)
  expect(Object.keys((await readLedger({ path })).entries())).toHaveLength(200)
  await ledger.close()
})

test('with its last entry the file goes', async () => {
  const ledger = await opened()
  await ledger.put(entry('a'))
  await ledger.remove('a')
  await ledger.remove('never-there')
  await ledger.close()
  expect(await readdir(join(folder, '.privlink'))).toEqual([])
})

test('a write that fails is told to whoever waits for it, and the next one carries everything', async () => {
  const ledger = await opened()
  await ledger.put(entry('a'))
  await rename(join(folder, '.privlink'), join(folder, 'elsewhere'))
  await expect(ledger.put(entry('b'))).rejects.toMatchObject({ code: 'LedgerUnwritable', exit: 1 })
  await rename(join(folder, 'elsewhere'), join(folder, '.privlink'))
  await ledger.put(entry('c'))
  expect(await onDisk()).toMatchObject({ entries: { a: {}, b: {}, c: {} } })
  await ledger.close()
})

test('reading takes no lock, writes nothing and refuses to be written', async () => {
  const writer = await opened()
  await writer.put(entry('a'))
  const reader = await readLedger({ path, deployment: 'acme', accounts })
  expect(reader.get('a')).toMatchObject({ step: 'vpc-link' })
  await expect(reader.put(entry('b'))).rejects.toThrow('only read')
  await writer.close()
  const empty = await readLedger({ path: join(folder, 'none.json'), deployment: 'acme', accounts })
  expect(empty.entries()).toEqual([])
  await expect(readLedger({ path: join(folder, 'none.json') })).rejects.toMatchObject({
    code: 'LedgerMissing',
    exit: 2,
  })
})

test.each([
  ['half a file', '{"version":1,"deploy', /not JSON/],
  ['an empty file', '', /not JSON/],
  ['another shape', '{"version":1,"deployment":"acme","accounts":{},"entries":{"a":{}}}', /entries\.a/],
  ['a later version', '{"version":2}', /version 2/],
])('%s is an error with a way out, and never taken for empty', async (_name, content, why) => {
  await (await opened()).close()
  await writeFile(path, content)
  await expect(opened()).rejects.toMatchObject({
    code: 'LedgerCorrupt',
    exit: 1,
    message: expect.stringMatching(why),
    hint: expect.any(String),
  })
  expect(await readFile(path, 'utf8')).toBe(content)
  expect(await readLock(path)).toEqual({ held: false })
})

test('the ledger of another deployment or of other accounts is refused', async () => {
  const ledger = await opened()
  await ledger.put(entry('a'))
  await ledger.close()
  await expect(opened({ deployment: 'other' })).rejects.toMatchObject({ code: 'LedgerOfAnotherDeployment', exit: 2 })
  for (const wrong of [
    { id: '222222222222', region: 'us-east-1' },
    { id: '111111111111', region: 'eu-west-1' },
  ]) {
    await expect(opened({ accounts: { gateway: wrong } })).rejects.toMatchObject({
      code: 'LedgerOfOtherAccounts',
      exit: 2,
    })
  }
})

test('an account in a Region of its own is still the same account', async () => {
  const ledger = await opened()
  await ledger.put(entry('a', { account: 'gateway@eu-west-1' }))
  await ledger.close()
  await expect(opened({ accounts: { gateway: { id: '222222222222', region: 'us-east-1' } } })).rejects.toMatchObject({
    code: 'LedgerOfOtherAccounts',
  })
  await (await opened({ accounts: { gateway: { id: '111111111111', region: 'us-west-2' } } })).close()
})

test('accounts that the config no longer knows stay in the ledger, and those it knows are reached as it says now', async () => {
  const ledger = await opened({ accounts: { ...accounts, old: { id: '333333333333', region: 'us-east-1' } } })
  await ledger.put(entry('a', { account: 'old' }))
  await ledger.close()
  const role = 'arn:aws:iam::111111111111:role/new'
  const again = await opened({ accounts: { gateway: { ...accounts.gateway, roleArn: role } } })
  expect(again.accounts).toMatchObject({ gateway: { roleArn: role }, old: { id: '333333333333' } })
  await again.close()
})

test('a second writer is refused with the name of the first, until that is done', async () => {
  const first = await opened()
  await expect(opened({ command: 'teardown' })).rejects.toMatchObject({
    code: 'LedgerLocked',
    exit: 1,
    message: expect.stringMatching(`privlink setup\` \\(process ${process.pid} on ${hostname()}`),
    hint: expect.stringContaining(`privlink unlock --ledger ${path}`),
  })
  await first.close()
  await (await opened()).close()
  expect(await readLock(path)).toEqual({ held: false })
})

test('of many processes that open at once, exactly one gets in', async () => {
  const run = promisify(execFile)
  const body = `await ledger.put(entry(String(process.pid))); await new Promise((r) => setTimeout(r, 1500)); await ledger.close()`
  const runs = await Promise.allSettled(Array.from({ length: 4 }, () => run(process.execPath, script(body))))
  expect(runs.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const run of runs) if (run.status === 'rejected') expect(String(run.reason)).toContain('LedgerLocked')
})

test('the lock of a killed process is taken over by exactly one, with the entries that were written', async () => {
  const child = spawn(
    process.execPath,
    script(`await ledger.put(entry('made')); console.log('ready'); setInterval(() => {}, 1000)`),
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  await new Promise((resolve) => child.stdout.once('data', resolve))
  await expect(opened()).rejects.toMatchObject({ code: 'LedgerLocked' })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
  expect(await readLock(path)).toMatchObject({ held: true, gone: true, holder: { pid: child.pid } })
  const openings = await Promise.allSettled(Array.from({ length: 5 }, () => opened()))
  const winners = openings.flatMap((opening) => (opening.status === 'fulfilled' ? [opening.value] : []))
  expect(winners).toHaveLength(1)
  expect(winners[0]?.get('made')).toBeDefined()
  await winners[0]?.close()
  expect(await readdir(join(folder, '.privlink'))).toEqual(['acme.json'])
})

test('killed in the middle of its writing, it leaves a whole ledger, and the next one tidies up', async () => {
  const body = `for (let i = 0; ; i += 1) {
    await ledger.put({ ...entry('node'), inputs: { i, weight: 'x'.repeat(1e6) } })
    if (i === 0) console.log('ready')
  }`
  const child = spawn(process.execPath, script(body), { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const gone = new Promise((resolve) => child.once('exit', resolve))
  setTimeout(() => child.kill('SIGKILL'), 57)
  await gone
  await writeFile(`${path}.123456`, 'a draft')
  const ledger = await opened()
  expect(ledger.get('node')?.inputs['i']).toBeGreaterThanOrEqual(0)
  await ledger.close()
  expect(await readdir(join(folder, '.privlink'))).toEqual(['acme.json'])
})

test('a process id that was used again does not keep a dead lock alive', async () => {
  await (await opened()).close()
  const stale = { ...(await thisProcess()), start: 'another boot/1', command: 'setup', since: '2026-01-01T00:00:00Z' }
  await writeFile(lockPathOf(path), JSON.stringify(stale))
  await (await opened()).close()
})

test('a lock of another host, or one that cannot be read, is broken only by hand', async () => {
  await (await opened()).close()
  const foreign = { pid: 1, host: 'elsewhere', command: 'setup', since: '2026-01-01T00:00:00Z' }
  for (const content of [JSON.stringify(foreign), '']) {
    await writeFile(lockPathOf(path), content)
    await expect(opened()).rejects.toMatchObject({ code: 'LedgerLocked' })
    await (await opened({ takeAnyLock: true })).close()
    await writeFile(lockPathOf(path), content)
    expect(await breakLock(path)).toBe(true)
    await (await opened()).close()
  }
})
