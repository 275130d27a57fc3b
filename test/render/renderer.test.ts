import { stripVTControlCharacters } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { runningClock } from '../../src/clock.ts'
import type { EngineEvent } from '../../src/engine/events.ts'
import type { Outcome } from '../../src/engine/run.ts'
import { jsonEventSchema } from '../../src/render/json-events.ts'
import { makeRenderer } from '../../src/render/renderer.ts'
import { capture } from '../support/capture.ts'

const place = { node: 'orders/link', title: 'VPC link', account: 'gateway', article: '5' }

const outcome: Outcome = { exit: 0, created: 1, changed: 0, deleted: 0, failed: 0, skipped: 0, findings: [] }

const story: EngineEvent[] = [
  { event: 'progress', ...place, phase: 'looking' },
  { event: 'progress', ...place, phase: 'creating' },
  { event: 'progress', ...place, phase: 'waiting', detail: 'PENDING' },
  { event: 'progress', ...place, phase: 'waiting', detail: 'PENDING' },
  { event: 'change', ...place, action: '~', drift: [{ field: 'name', was: 'a', want: 'b', fix: 'update' }] },
  { event: 'progress', ...place, phase: 'ready' },
  { event: 'warning', message: 'beware', hint: 'look out' },
  { event: 'warning', message: 'beware', hint: 'look out' },
  { event: 'error', ...place, code: 'Broken', message: 'it broke', hint: 'mend it' },
  {
    event: 'finding',
    ...place,
    integrations: ['orders'],
    check: 'a foreign caller gets 403',
    verdict: 'failed',
    hop: 'resource policy',
    evidence: '200 OK',
    hint: 'Run setup.',
  },
]

async function stage(
  options: { json?: boolean; verbose?: boolean; terminal?: boolean; plan?: boolean; environment?: object } = {},
) {
  const [stdout, stderr] = [capture(options.terminal), capture(options.terminal)]
  const renderer = await makeRenderer({
    json: options.json ?? false,
    verbose: options.verbose ?? false,
    stdout: stdout.stream,
    stderr: stderr.stream,
    environment: { ...options.environment },
    clock: runningClock(1000),
    changesAreResult: options.plan ?? false,
  })
  return { renderer, stdout, stderr }
}

test('plain: every news is one line on stderr, once, and the findings and the summary are on stdout', async () => {
  const { renderer, stdout, stderr } = await stage()
  story.forEach(renderer.emit)
  renderer.summary('setup', outcome, 72_000)
  expect(stderr.lines()).toEqual([
    'orders/link (step 5, account gateway) VPC link – creating',
    'orders/link (step 5, account gateway) VPC link – waiting: PENDING',
    '~ orders/link (step 5, account gateway): name: a → b',
    'orders/link (step 5, account gateway) VPC link – ready',
    'warning: beware',
    '  → look out',
    'error: orders/link (step 5, account gateway): it broke',
    '  → mend it',
  ])
  expect(stdout.lines()).toEqual([
    'orders',
    '  ✖ a foreign caller gets 403 (orders/link, step 5, gateway) – failed at resource policy: 200 OK',
    '      → Run setup.',
    'setup done in 1m12s: 1 created',
  ])
})

test('plain: what was ready all along is no news, unless everything is to be told', async () => {
  for (const [verbose, said] of [
    [false, []],
    [true, ['looking', 'ready']],
  ] as const) {
    const { renderer, stderr } = await stage({ verbose })
    renderer.emit({ event: 'progress', ...place, phase: 'looking' })
    renderer.emit({ event: 'progress', ...place, phase: 'ready' })
    renderer.close()
    expect(stderr.lines()).toEqual(said.map((phase) => `orders/link (step 5, account gateway) VPC link – ${phase}`))
  }
})

test('what was skipped is told once it is over, by reason', async () => {
  const { renderer, stderr } = await stage()
  const skip = (node: string, detail: string) =>
    renderer.emit({ event: 'progress', ...place, node, phase: 'skipped', detail })
  for (const number of [1, 2, 3, 4, 5]) skip(`orders/${number}`, 'nothing is made before the above is put right')
  skip('orders/health', 'needs orders/targets')
  skip('orders/listener', 'needs orders/targets')
  renderer.emit({ event: 'error', code: 'Broken', message: 'it broke' })
  renderer.summary('setup', { ...outcome, exit: 1 }, 0)
  renderer.close()
  expect(stderr.lines()).toEqual([
    'error: it broke',
    'skipped 5 steps: nothing is made before the above is put right',
    'skipped orders/health, orders/listener: needs orders/targets',
  ])
})

test('findings come integration by integration, what is shared last, in the order of the article', async () => {
  const { renderer, stdout } = await stage()
  const find = (integrations: string[], article: string, node: string) =>
    renderer.emit({ event: 'finding', ...place, integrations, article, node, check: 'is there', verdict: 'ok' })
  find(['a', 'b'], '1', 'shared')
  find(['b'], '2', 'b/x')
  find(['a'], '10', 'a/x')
  find(['a'], '4', 'a/z')
  find(['a'], '4', 'a/y')
  renderer.summary('verify', outcome, 0)
  const order = stdout.lines().map((line) => /\((\S+),/.exec(line)?.[1] ?? line)
  expect(order.slice(0, -1)).toEqual(['a', 'a/y', 'a/z', 'a/x', 'b', 'b/x', 'a, b', 'shared'])
})

test('a run that was refused after it had made something has failed', async () => {
  const { renderer, stdout } = await stage()
  renderer.summary('setup', { ...outcome, exit: 2 }, 0)
  renderer.summary('setup', { ...outcome, created: 0, exit: 2 }, 0)
  expect(stdout.lines()).toEqual(['setup failed in 0s: 1 created', 'setup was refused in 0s'])
})

test('json: stdout is events only, each of which fits the schema that ships, and the last is the summary', async () => {
  const { renderer, stdout, stderr } = await stage({ json: true })
  story.forEach(renderer.emit)
  renderer.note('not for machines')
  renderer.summary('setup', { ...outcome, exit: 4 }, 1234)
  const validate = new Ajv2020({ strict: false }).compile(z.toJSONSchema(jsonEventSchema))
  const events = stdout.lines().map((line) => JSON.parse(line) as unknown)
  for (const event of events) expect(validate(event), JSON.stringify(validate.errors)).toBe(true)
  expect(events).toHaveLength(story.length + 1)
  expect(events[4]).toMatchObject({ drift: [{ field: 'name', was: 'a', want: 'b', fix: 'mend' }] })
  expect(events.at(-1)).toEqual({
    event: 'summary',
    command: 'setup',
    ok: false,
    exit: 4,
    created: 1,
    changed: 0,
    deleted: 0,
    failed: 0,
    skipped: 0,
    seconds: 1.2,
  })
  expect(stderr.text()).toBe('')
  expect(validate({ event: 'change', action: '?' })).toBe(false)
})

test('plan: the changes are the result', async () => {
  const { renderer, stdout, stderr } = await stage({ plan: true })
  const changes: EngineEvent[] = [
    { event: 'change', ...place, action: '+', knownAfter: ['orders/balancer'] },
    { event: 'change', ...place, node: 'orders/api', action: '=' },
    { event: 'change', ...place, node: 'old/api', action: '-' },
  ]
  changes.forEach(renderer.emit)
  renderer.summary('plan', outcome, 0)
  expect(stderr.text()).toBe('')
  expect(stdout.lines()).toEqual([
    '  + orders/link (step 5, account gateway)  VPC link',
    '      known after orders/balancer',
    '  - old/api (step 5, account gateway)  VPC link',
    '1 to create, 0 to change, 0 to replace, 0 to adopt, 1 no longer wanted, 1 as wanted',
    'plan done in 0s',
  ])
})

test('terminal: a spinner says what is waited for and since when, and what is done stays as a line', async () => {
  const { renderer, stderr } = await stage({ terminal: true })
  renderer.emit({ event: 'progress', ...place, phase: 'waiting', detail: 'PENDING' })
  await new Promise((resolve) => setTimeout(resolve, 300))
  renderer.emit({ event: 'progress', ...place, phase: 'ready' })
  renderer.close()
  const shown = stripVTControlCharacters(stderr.text())
  expect(shown).toMatch(/VPC link \(gateway, step 5\) – waiting: PENDING · [1-9]\d*m?\d*s/)
  expect(shown).toMatch(/✔ gateway +5 {2}VPC link orders\/link \d+m?\d*s\n/)
})

test('colours are for terminals whose owner wants them', async () => {
  const errors = async (options: object) => {
    const { renderer, stderr } = await stage(options)
    renderer.emit({ event: 'error', code: 'Broken', message: 'it broke' })
    renderer.close()
    return stderr.text().includes('\u001B[31m')
  }
  expect(await errors({ terminal: true })).toBe(true)
  expect(await errors({ terminal: true, environment: { NO_COLOR: '1' } })).toBe(false)
  expect(await errors({ terminal: false })).toBe(false)
})
