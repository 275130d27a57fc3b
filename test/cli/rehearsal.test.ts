import { access, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jumpingClock } from 'privlink-sandbox'
import { command } from '../support/command.ts'

const config = (integrations: string): string => `deployment: acme
region: us-east-1
accounts:
  gateway: { id: "842340000000", roleArn: "arn:aws:iam::842340000000:role/privlink", externalId: acme }
networks:
  hub: { account: gateway, vpcId: vpc-0a1b2c3d4e5f60718, subnetIds: [subnet-0aa00000000000001, subnet-0aa00000000000002] }
  elsewhere: { account: gateway, vpcId: vpc-0c1b2c3d4e5f60718, subnetIds: [subnet-0cc00000000000001] }
integrations:
${integrations}`

const integration = (name: string, ip: string): string => `  ${name}:
    flow: other-network
    targets: [{ ip: ${ip}, port: 80 }]
    gateway: { network: hub }
    api: { stage: test }
    access: { networks: [hub], foreign: elsewhere }
`

let home: string
beforeAll(async () => {
  home = process.cwd()
  // The default ledger and the sandbox's state lie in the working folder.
  process.chdir(await mkdtemp(join(tmpdir(), 'privlink-rehearsal-')))
  await writeFile('privlink.yaml', config(integration('warehouse', '172.31.12.59')))
})
afterAll(() => process.chdir(home))

const rehearse = (...argv: string[]) => command([...argv, '--sandbox'], { clock: jumpingClock() })
const events = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

test('a rehearsal goes from nothing to a proven call and back, a command at a time', async () => {
  const plan = await rehearse('plan', '--detailed-exitcode')
  expect(plan).toMatchObject({ exit: 3, stdout: expect.stringContaining('+ warehouse/api') })
  await expect(access('.privlink/acme.rehearsal.json')).rejects.toThrow('ENOENT')

  const setup = await rehearse('setup')
  expect(setup.exit, setup.stderr).toBe(0)
  expect(setup.stdout).toMatch(/✔ Call from hub gets in .*\n.*\n?.*setup done in/)
  expect((await rehearse('plan', '--detailed-exitcode')).exit).toBe(0)

  const verify = await rehearse('verify', '--json')
  expect(verify.exit, verify.stdout).toBe(0)
  expect(events(verify.stdout).at(-1)).toMatchObject({ event: 'summary', command: 'verify', ok: true, created: 0 })

  // The config has grown, and the stored world with it.
  await writeFile(
    'privlink.yaml',
    config(integration('warehouse', '172.31.12.59') + integration('depot', '172.31.12.60')),
  )
  const grown = await rehearse('setup', '--only', 'depot')
  expect(grown.exit, grown.stderr).toBe(0)

  // The config has shrunk: what is left over is shown, and removed only on request.
  await writeFile('privlink.yaml', config(integration('warehouse', '172.31.12.59')))
  expect((await rehearse('status')).stdout).toMatch(/no longer in the config\n[^]*depot\/api/)
  const again = await rehearse('setup')
  expect(again).toMatchObject({ exit: 0, stderr: expect.stringContaining('no longer in the config') })
  expect((await rehearse('teardown', '--yes', '--only', 'depot')).exit).toBe(0)
  expect((await rehearse('status')).stdout).not.toContain('depot')

  const teardown = await rehearse('teardown', '--yes')
  expect(teardown.exit, teardown.stderr).toBe(0)
  expect(await readdir('.privlink')).toEqual(['acme.sandbox.json', 'sandbox-tls'])
  expect(await rehearse('teardown', '--yes')).toMatchObject({
    exit: 0,
    stdout: expect.stringContaining('nothing to do'),
  })
})

test('teardown needs no config file, only the ledger', async () => {
  expect((await rehearse('setup')).exit).toBe(0)
  const world = await readFile('privlink.yaml', 'utf8')
  await rm('privlink.yaml')
  const { exit, stdout } = await rehearse('teardown', '--yes', '--ledger', '.privlink/acme.rehearsal.json')
  expect({ exit, stdout }).toMatchObject({ exit: 0, stdout: expect.stringContaining('deleted') })
  await writeFile('privlink.yaml', world)
})

test('a ledger that was lost is found again by tag before teardown', async () => {
  expect((await rehearse('setup')).exit).toBe(0)
  await writeFile('.privlink/acme.rehearsal.json', '')
  expect(await rehearse('teardown', '--yes')).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining('cannot be used'),
  })
  await rm('.privlink/acme.rehearsal.json')
  const { exit, stderr } = await rehearse('teardown', '--yes')
  expect({ exit, stderr }).toMatchObject({ exit: 0, stderr: expect.stringContaining('found again by tag') })
  expect((await rehearse('plan', '--json')).stdout).not.toContain('"action":"="')
})

test('an interrupted setup says so, exits 130, and the next one goes on', async () => {
  const stop = new AbortController()
  const running = command(['setup', '--sandbox'], {
    clock: jumpingClock(),
    signal: stop.signal,
    listen: (said) => {
      if (said.includes('Internal load balancer – creating')) stop.abort()
    },
  })
  const { exit, stderr } = await running
  expect(exit, stderr).toBe(130)
  expect(stderr).toContain('Ctrl-C again')
  expect((await rehearse('setup')).exit).toBe(0)
  expect((await rehearse('teardown', '--yes')).exit).toBe(0)
})
