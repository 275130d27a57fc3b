import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { configSchema } from '../../src/flows/config.ts'
import { createPrivlink, type PrivlinkEvent, type PrivlinkOptions } from '../../src/lib.ts'
import { furnish } from '../../src/library/rehearsal.ts'
import { inventory } from '../../packages/sandbox/src/state/inventory.ts'
import { only, type RawConfig, rawExample } from '../support/example.ts'
import { rehearse } from '../support/sandbox.ts'

/** The library for one integration of the example, with an AWS and a ledger of its own. */
async function library(name: string, change: (raw: RawConfig) => void = () => undefined) {
  const config = rawExample((raw) => {
    only(name)(raw)
    raw['deployment'] = `acme-${name}`
    change(raw)
  })
  const { sandbox, clock, environment } = await rehearse()
  await furnish(sandbox, configSchema.parse(config))
  const ledger = join(await mkdtemp(join(tmpdir(), 'privlink-library-')), 'ledger.json')
  const privlink = createPrivlink({ config, ledger, environment, clock })
  return { privlink, sandbox, ledger, inventory: () => inventory(sandbox.world, clock.now()) }
}

const made = (lines: readonly string[]): string[] => lines.filter((line) => /^tag \S+ privlink:deployment=/.test(line))

describe('createPrivlink', () => {
  it('plans, sets up, verifies and tears down, side by side with another config in the same process', async () => {
    const both = await Promise.all([library('orders'), library('warehouse')])
    const before = both.map((one) => one.inventory())
    const plans = await Promise.all(both.map(({ privlink }) => privlink.plan()))
    for (const plan of plans) expect(plan).toMatchObject({ ok: true, exit: 0, errors: [], hasChanges: true })

    const events: PrivlinkEvent[][] = [[], []]
    const setups = await Promise.all(
      both.map(({ privlink }, index) => privlink.setup({ onEvent: (event) => void events[index]?.push(event) })),
    )
    for (const [index, name] of ['orders', 'warehouse'].entries()) {
      expect(setups[index]?.errors).toEqual([])
      expect(setups[index]).toMatchObject({ ok: true, outcome: { failed: 0 } })
      expect(setups[index]?.outcome?.created).toBe(plans[index]?.outcome?.created)
      // Every event and every thing is about this config alone.
      const nodes = (events[index] ?? []).flatMap((event) => ('node' in event ? (event.node ?? []) : []))
      expect(nodes.length).toBeGreaterThan(10)
      expect(nodes.filter((node) => node.startsWith(index === 0 ? 'warehouse/' : 'orders/'))).toEqual([])
      const tags = made(both[index]?.inventory() ?? [])
      expect(tags.length).toBeGreaterThan(5)
      expect(tags.filter((line) => !line.endsWith(`=acme-${name}`))).toEqual([])
    }

    const proofs = await Promise.all(both.map(({ privlink }) => privlink.verify({ requireProof: true })))
    for (const proof of proofs) {
      expect(proof).toMatchObject({ ok: true, exit: 0 })
      expect(new Set(proof.outcome?.findings.map(({ verdict }) => verdict))).toEqual(new Set(['ok']))
    }
    const [orders] = both
    const { status } = await orders.privlink.status()
    expect(status?.ledger).toBe(orders.ledger)
    expect(status?.entries).toContainEqual(expect.objectContaining({ node: 'orders/link', wanted: true }))

    const ends = await Promise.all(both.map(({ privlink }) => privlink.teardown()))
    for (const end of ends) expect(end).toMatchObject({ ok: true, errors: [] })
    expect(both.map((one) => one.inventory())).toEqual(before)
  })

  it('asks before a teardown, and removes nothing if the answer is no', async () => {
    const { privlink, inventory: look } = await library('warehouse')
    await privlink.setup()
    const before = look()
    const confirm = vi.fn(() => Promise.resolve(false))
    expect(await privlink.teardown({ confirm })).toMatchObject({
      ok: false,
      exit: 1,
      errors: [{ code: 'Declined' }],
      outcome: undefined,
    })
    expect(confirm).toHaveBeenCalledWith({
      deployment: 'acme-warehouse',
      count: expect.any(Number),
      accounts: ['gateway', 'consumer'],
    })
    expect(look()).toEqual(before)
  })

  it('stops where a signal tells it to, and the next call goes on', async () => {
    const { privlink } = await library('warehouse')
    const stop = new AbortController()
    const onEvent = (event: PrivlinkEvent): void => {
      if (event.event === 'progress' && event.phase === 'creating') stop.abort()
    }
    expect(await privlink.setup({ signal: stop.signal, onEvent })).toMatchObject({ ok: false, exit: 130 })
    expect(await privlink.setup()).toMatchObject({ ok: true })
  })

  it('tells which node an error is about', async () => {
    const { privlink, sandbox } = await library('warehouse')
    sandbox.setFaults([{ operation: 'CreateVpcLink', kind: 'denied' }])
    const { ok, exit, errors, outcome } = await privlink.setup()
    expect({ ok, exit }).toEqual({ ok: false, exit: 4 })
    expect(errors).toEqual([
      expect.objectContaining({ code: 'Denied', node: 'warehouse/link', account: 'gateway', hint: expect.any(String) }),
    ])
    expect(outcome).toMatchObject({ failed: 1 })
  })

  it('refuses a name that it does not know', async () => {
    const { privlink } = await library('warehouse')
    expect(await privlink.setup({ only: ['warehose'] })).toMatchObject({
      ok: false,
      exit: 2,
      errors: [{ code: 'UnknownName', hint: expect.stringContaining('warehouse') }],
      outcome: undefined,
    })
  })
})

describe('a mistake of the user is a value, and nothing is thrown', () => {
  const fresh = async (options: Omit<PrivlinkOptions, 'environment'>) => {
    const folder = await mkdtemp(join(tmpdir(), 'privlink-library-'))
    return createPrivlink({ ledger: join(folder, 'ledger.json'), environment: {}, ...options })
  }

  it('of a config that is not there', async () => {
    const result = await (await fresh({ config: '/nowhere/privlink.yaml' })).plan()
    expect(result).toMatchObject({ ok: false, exit: 2, changes: [], errors: [{ code: 'ConfigMissing' }] })
  })

  it('of a config that is wrong, with the place of every mistake', async () => {
    const config = rawExample((raw) => {
      raw['region'] = 'moon'
      raw.integrations['orders'] = { ...raw.integrations['orders'], flow: 'unknown' }
    })
    const { errors, exit } = await (await fresh({ config })).setup()
    expect(exit).toBe(2)
    expect(errors).toHaveLength(1)
    expect(errors[0]?.message.split('\n')).toEqual([
      expect.stringMatching(/^region: expected a Region/),
      expect.stringMatching(/^integrations\.orders\.flow: expected "application-account"/),
    ])
  })

  it('of a ledger that is not there, or is locked by nobody', async () => {
    const privlink = await fresh({ config: rawExample() })
    expect(await privlink.unlock()).toMatchObject({ ok: true, removed: false })
    expect(await (await fresh({ ledger: '/nowhere/ledger.json' })).status()).toMatchObject({
      ok: false,
      errors: [{ code: expect.any(String) }],
      status: undefined,
    })
  })

  it('of a sandbox whose state file cannot be read', async () => {
    const stateFile = join(import.meta.dirname, 'library.test.ts')
    expect(await (await fresh({ config: rawExample() })).startSandbox({ stateFile })).toMatchObject({
      ok: false,
      errors: [{ code: 'SandboxStateUnreadable' }],
      sandbox: undefined,
    })
  })
})

describe('the world around', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('prints the permissions without a call to AWS, and says what stands for the principal', async () => {
    const { privlink, sandbox } = await library('orders')
    const { ok, accounts, unknownPrincipal } = await privlink.permissions({ purposes: ['verify'] })
    expect(ok).toBe(true)
    expect(accounts.map(({ account }) => account).toSorted()).toEqual([
      'application',
      'consumer',
      'gateway',
      'stranger',
    ])
    expect(Object.keys(accounts[0]?.policies ?? {})).toEqual(['verify'])
    expect(JSON.stringify(accounts)).toContain(unknownPrincipal)
    expect(sandbox.calls).toEqual([])
  })

  it('serves a sandbox until it is closed', async () => {
    const config = rawExample(only('warehouse'))
    const privlink = createPrivlink({ config, speed: 100 })
    const { sandbox } = await privlink.startSandbox()
    const hello = await fetch(`${sandbox?.url}/_privlink/hello`)
    expect(await hello.json()).toMatchObject({ privlink: 'sandbox', speed: 100 })
    await sandbox?.close()
    await expect(fetch(`${sandbox?.url}/_privlink/hello`)).rejects.toThrow()
  })

  it('does not look at the environment of the process for what it was given', async () => {
    const { privlink } = await library('warehouse')
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9')
    vi.stubEnv('AWS_ACCESS_KEY_ID', '999999999999')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong')
    expect(await privlink.plan()).toMatchObject({ ok: true })
  })

  it('is left alone by every file of src but the entry of the command line', async () => {
    const { readdir } = await import('node:fs/promises')
    const src = join(import.meta.dirname, '../../src')
    const files = (await readdir(src, { recursive: true })).filter((file) => file.endsWith('.ts') && file !== 'main.ts')
    // Code that privlink uploads to Lambda runs in a process of its own.
    const uploaded = ['steps/shared/function-code.ts', 'flows/lambda-consumer.ts']
    const found: string[] = []
    for (const file of files.filter((one) => !uploaded.includes(one))) {
      const text = await readFile(join(src, file), 'utf8')
      if (/\bprocess\.(env|exit|exitCode|argv|stdout|stderr|stdin)\b|\bconsole\.[a-z]/.test(text)) found.push(file)
    }
    expect(found).toEqual([])
  })
})
