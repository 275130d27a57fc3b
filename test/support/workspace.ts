import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { stringify } from 'yaml'
import { isReading } from '../../src/aws/limits.ts'
import { furnish } from '../../src/library/rehearsal.ts'
import { type LedgerContent, ledgerSchema } from '../../src/disk/ledger-schema.ts'
import { configSchema } from '../../src/flows/config.ts'
import type { SandboxOptions } from '../../packages/sandbox/src/server/sandbox.ts'
import { type Circumstances, command } from './command.ts'
import { type RawConfig, rawExample } from './example.ts'
import { inventory } from '../../packages/sandbox/src/state/inventory.ts'
import { rehearse } from './sandbox.ts'

/**
 * The command line as its users stand before it: a config file and a ledger in a folder of their own, and an AWS that has
 * what the config says exists. Every command is the whole program, in this process and on the sandbox's clock.
 */
export async function newWorkspace(change?: (raw: RawConfig) => void, options: SandboxOptions = {}) {
  const { sandbox, clock, clients, environment } = await rehearse(options)
  const folder = await mkdtemp(join(tmpdir(), 'privlink-stand-'))
  const config = join(folder, 'privlink.yaml')
  const ledgerPath = join(folder, 'acme-apis.json')
  const original = rawExample(change)
  await furnish(sandbox, configSchema.parse(original))
  const before = inventory(sandbox.world, clock.now())

  const write = (text: string) => writeFile(config, text)
  /** The config as it was, with a change of its own. */
  const rewrite = (next: (raw: RawConfig) => void = () => undefined) => {
    const raw = structuredClone(original)
    next(raw)
    return write(stringify(raw))
  }
  await rewrite()

  /** Runs a command; `listen` is told what it says on stderr, as it is said. */
  const privlink = (argv: readonly string[], more: Pick<Circumstances, 'listen' | 'signal' | 'types'> = {}) =>
    command([...argv, '--config', config, '--ledger', ledgerPath], { environment, clock, ...more })

  const ledger = async (): Promise<LedgerContent['entries']> => {
    const text = await readFile(ledgerPath, 'utf8').catch(() => undefined)
    return text === undefined ? {} : ledgerSchema.parse(JSON.parse(text)).entries
  }
  const look = () => inventory(sandbox.world, clock.now())
  /** Everything so far that was to change something, whatever came of it. */
  const mutations = (): string[] =>
    sandbox.calls
      .filter(({ service, operation }) => service !== 'sts' && !isReading(operation))
      .map(({ operation }) => operation)

  /** The ledger says what exists, no more and no less: things by their tags, entries by the ids that they hold. */
  const expectTrueLedger = async (): Promise<void> => {
    const entries = await ledger()
    const there = look()
    const tagged = there.flatMap((line) => /^tag \S+ privlink:node=(\S+)$/.exec(line)?.[1] ?? [])
    expect(Object.keys(entries)).toEqual(expect.arrayContaining(tagged))
    const vanished = Object.values(entries).filter(({ origin, facts = {} }) => {
      const [id] = Object.values(facts).filter((fact) => typeof fact === 'string')
      return origin === 'created' && (id === undefined || !there.some((line) => line.includes(id)))
    })
    expect(vanished).toEqual([])
  }
  /** Setup comes to its end, and teardown leaves the world as it was before all. */
  const expectToGoOn = async (): Promise<void> => {
    const again = await privlink(['setup'])
    expect(again.exit, again.stderr + again.stdout).toBe(0)
    await expectTrueLedger()
    await expectToLeaveNothing()
  }
  const expectToLeaveNothing = async (): Promise<void> => {
    const gone = await privlink(['teardown', '--yes'])
    expect(gone.exit, gone.stderr).toBe(0)
    expect(await ledger()).toEqual({})
    expect(look()).toEqual(before)
  }
  return {
    sandbox,
    clock,
    clients,
    config,
    ledgerPath,
    write,
    rewrite,
    privlink,
    ledger,
    inventory: look,
    mutations,
    expectTrueLedger,
    expectToGoOn,
    expectToLeaveNothing,
  }
}
