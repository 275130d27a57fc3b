import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { openLedger } from '../../src/disk/ledger-file.ts'
import { lockPathOf } from '../../src/disk/ledger-lock.ts'
import { command } from '../support/command.ts'

let folder: string
let ledger: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'privlink-cli-'))
  ledger = join(folder, 'acme.json')
})

const filled = async () => {
  const file = await openLedger({
    path: ledger,
    deployment: 'acme',
    accounts: { gateway: { id: '111111111111', region: 'us-east-1' } },
    command: 'setup',
  })
  await file.put({
    key: 'orders/link',
    step: 'vpc-link',
    article: '5',
    account: 'gateway',
    inputs: {},
    dependsOn: [],
    usedBy: ['orders'],
    origin: 'created',
    status: 'ready',
    generation: 0,
    facts: { vpcLinkId: 'abc123' },
    at: '2026-01-01T00:00:00.000Z',
  })
  return file
}

test('--help names every command, --version the version, both on stdout', async () => {
  const help = await command(['--help'])
  expect(help.exit).toBe(0)
  for (const name of ['setup', 'plan', 'verify', 'teardown', 'status', 'sandbox', 'unlock']) {
    expect(help.stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
  }
  const version = await command(['--version'])
  const { version: said } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
  expect(version).toEqual({ exit: 0, stdout: `${said}\n`, stderr: '' })
})

test.each([
  [[], ''],
  [['stup'], 'Did you mean setup?'],
  [['setup', '--confg', 'x'], 'Did you mean --config?'],
  [['setup', '--vantage', 'moon'], 'Allowed choices are auto'],
  [['setup', '--sandbox', '--speed', '0'], 'above 0'],
  [['sandbox', '--port', '70000'], '65535'],
])('%j is an error of use', async (argv, said) => {
  const { exit, stdout, stderr } = await command(argv)
  expect(exit).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain(said)
})

test('teardown asks on a terminal and needs --yes elsewhere', async () => {
  await (await filled()).close()
  const { exit, stderr } = await command(['teardown', '--ledger', ledger])
  expect(exit).toBe(2)
  expect(stderr).toContain('--yes')
  expect(stderr).not.toContain('    at ')
})

test('without a config and without a ledger, the two ways out are named', async () => {
  const { exit, stderr } = await command(['status'])
  expect(exit).toBe(2)
  expect(stderr).toContain('--config FILE or --ledger FILE')
})

test('a clock speed that is no number is refused', async () => {
  const { exit, stderr } = await command(['status', '--ledger', ledger], {
    environment: { PRIVLINK_CLOCK_SPEED: 'fast' },
  })
  expect(exit).toBe(2)
  expect(stderr).toContain('PRIVLINK_CLOCK_SPEED')
})

test('status shows the ledger, as a tree or as events', async () => {
  await (await filled()).close()
  const human = await command(['status', '--ledger', ledger])
  expect(human).toMatchObject({ exit: 0, stderr: '' })
  expect(human.stdout).toMatch(/^acme .* 1 thing in 1 account\n└─ orders\n.*orders\/link .* abc123\n$/)
  const { stdout } = await command(['status', '--ledger', ledger, '--json'])
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toMatchObject([
    { event: 'entry', node: 'orders/link', facts: { vpcLinkId: 'abc123' } },
    { event: 'summary', command: 'status', ok: true, exit: 0 },
  ])
})

test('an error in --json is an event, and a summary still comes last', async () => {
  await writeFile(ledger, '{')
  const { exit, stdout, stderr } = await command(['status', '--ledger', ledger, '--json'])
  expect(exit).toBe(1)
  expect(stderr).toBe('')
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toMatchObject([
    { event: 'error', code: 'LedgerCorrupt', hint: expect.any(String) },
    { event: 'summary', ok: false, exit: 1 },
  ])
})

test('unlock removes the lock of a lost process, and that of a running one only when told twice', async () => {
  const held = await filled()
  const refused = await command(['unlock', '--ledger', ledger])
  expect(refused.exit).toBe(1)
  expect(refused.stderr).toContain(`process ${process.pid}`)
  expect((await command(['unlock', '--ledger', ledger, '--yes'])).exit).toBe(0)
  await held.close()
  await mkdir(folder, { recursive: true })
  await writeFile(lockPathOf(ledger), JSON.stringify({ pid: 1, host: 'elsewhere', command: 'setup', since: 'then' }))
  expect((await command(['unlock', '--ledger', ledger])).stdout).toContain('removed the lock')
  expect((await command(['unlock', '--ledger', ledger])).stdout).toContain('is not locked')
})
