import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { parseConfig, readConfig } from '../../src/disk/config-file.ts'
import { PrivlinkError } from '../../src/errors.ts'

const target = z.union([
  z.strictObject({ ip: z.ipv4(), port: z.int() }),
  z.strictObject({ name: z.string(), port: z.int() }),
])
const schema = z
  .strictObject({
    deployment: z.string(),
    accounts: z.record(z.string(), z.strictObject({ id: z.string().regex(/^\d{12}$/, 'must be 12 digits') })),
    integrations: z.record(
      z.string(),
      z.discriminatedUnion('flow', [
        z.strictObject({
          flow: z.literal('application-account'),
          account: z.string(),
          stage: z.string().default('test'),
        }),
        z.strictObject({ flow: z.literal('other-network'), targets: z.array(target).min(1) }),
      ]),
    ),
  })
  .superRefine((config, context) => {
    for (const [name, integration] of Object.entries(config.integrations)) {
      if (integration.flow === 'application-account' && !(integration.account in config.accounts)) {
        context.addIssue({
          code: 'custom',
          path: ['integrations', name, 'account'],
          message: `there is no account ${integration.account}`,
        })
      }
    }
  })

const good = `deployment: acme
accounts:
  app: { id: "014770000000" }
integrations:
  orders:
    flow: application-account
    account: app
`

function linesOf(source: string): string[] {
  try {
    parseConfig(source, 'privlink.yaml', schema)
  } catch (error) {
    if (!(error instanceof PrivlinkError)) throw error
    expect(error).toMatchObject({ code: 'ConfigInvalid', exit: 2 })
    return error.message.split('\n')
  }
  return []
}

test('a good file is parsed, with its defaults', () => {
  expect(parseConfig(good, 'privlink.yaml', schema)).toMatchObject({
    integrations: { orders: { stage: 'test', account: 'app' } },
  })
})

test('every problem is told at once, in the order of the file, with line, column and path', () => {
  expect(
    linesOf(`deployment: 7
accounts:
  app: { id: "0147" }
integrations:
  orders:
    flow: application-account
    acount: app
  warehouse:
    flow: other-network
    targets:
      - ip: 172.31.12.59
        port: http
`),
  ).toEqual([
    'privlink.yaml:1:13: deployment: expected text, got 7: put it in quotes, "7"',
    'privlink.yaml:3:14: accounts.app.id: must be 12 digits',
    'privlink.yaml:5:3: integrations.orders.account: missing; expected text',
    'privlink.yaml:7:5: integrations.orders.acount: unknown key; did you mean "account"?',
    'privlink.yaml:12:15: integrations.warehouse.targets[0].port: expected a number, got "http"',
  ])
})

test('an account id that YAML takes for a number is to be quoted, as it stands in the file', () => {
  expect(linesOf(good.replace('"014770000000"', '014770000000'))).toEqual([
    'privlink.yaml:3:14: accounts.app.id: expected text, got 14770000000: put it in quotes, "014770000000" (without them YAML drops the zeros)',
  ])
})

test('an unknown flow names the flows that there are', () => {
  expect(linesOf(good.replace('application-account', 'aplication-account'))).toEqual([
    'privlink.yaml:6:11: integrations.orders.flow: expected "application-account" or "other-network", got "aplication-account"; did you mean "application-account"?',
  ])
  expect(linesOf(good.replace('    flow: application-account\n', ''))).toEqual([
    'privlink.yaml:5:3: integrations.orders.flow: missing; expected "application-account" or "other-network"',
  ])
})

test('an unknown key without a likeness lists what is known there, for the form that was chosen', () => {
  expect(linesOf(`${good}    zzzzzz: 1\n`)).toEqual([
    'privlink.yaml:8:5: integrations.orders.zzzzzz: unknown key; known here: stage',
  ])
})

test('checks across sections point into the file as well', () => {
  expect(linesOf(good.replace('account: app', 'account: nobody'))).toEqual([
    'privlink.yaml:7:14: integrations.orders.account: there is no account nobody',
  ])
})

test('a key given twice is an error at the second, beside all others', () => {
  expect(linesOf(`${good}deployment: 2\n`)).toContain(
    'privlink.yaml:8:1: this key is already given above: keep one of them',
  )
})

test('what is not YAML is told with its place', () => {
  const lines = linesOf('deployment: acme\naccounts: [a, b\nintegrations: {}\n')
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) expect(line).toMatch(/^privlink\.yaml:\d+:\d+: not valid YAML: /)
})

test('an empty file, a list and an unknown alias are errors, not crashes', () => {
  expect(linesOf('# nothing\n')).toEqual(['privlink.yaml:1:1: it is empty'])
  expect(linesOf('- a\n')).toEqual(['privlink.yaml:1:1: expected a mapping (name: value), got a list'])
  expect(linesOf('deployment: *nowhere\n').length).toBe(1)
})

test('problems behind an alias are told where the alias stands for them', () => {
  expect(
    linesOf(good.replace('app: {', 'first: &a { id: "1" }\n  app: *a\n  last: {').replace('accounts:', 'accounts:'))[0],
  ).toBe('privlink.yaml:3:19: accounts.first.id: must be 12 digits')
})

test('a file that is not there is an error of use, with the way out', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'privlink-config-'))
  await expect(readConfig(join(folder, 'none.yaml'), schema)).rejects.toMatchObject({ code: 'ConfigMissing', exit: 2 })
  await expect(readConfig(folder, schema)).rejects.toMatchObject({ code: 'ConfigUnreadable', exit: 2 })
  await writeFile(join(folder, 'a.yaml'), good)
  await expect(readConfig(join(folder, 'a.yaml'), schema)).resolves.toMatchObject({ deployment: 'acme' })
})
