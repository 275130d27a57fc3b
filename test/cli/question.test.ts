import { stripVTControlCharacters } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { only } from '../support/example.ts'
import { newWorkspace } from '../support/workspace.ts'

let workspace: Awaited<ReturnType<typeof newWorkspace>>
let whole: string[]
/** How many things the ledger has. */
let things: number
beforeAll(async () => {
  workspace = await newWorkspace(only('warehouse'))
  expect((await workspace.privlink(['setup'])).exit).toBe(0)
  whole = workspace.inventory()
  things = Object.keys(await workspace.ledger()).length
})

/** Teardown at a terminal where this is typed. */
async function answer(types: string, ...argv: string[]) {
  const { exit, stderr } = await workspace.privlink(['teardown', ...argv], { types })
  return { exit, said: stripVTControlCharacters(stderr) }
}

const question = (things: number) => `Remove ${things} things of acme-apis from gateway, consumer? Type yes: `

test.each([
  ['no', 'no\r', 1],
  ['nothing', '\r', 1],
  ['something else', 'maybe yes\r', 1],
  ['the end of the input', '\u0004', 1],
  ['Ctrl-C', '\u0003', 130],
])('teardown asks on a terminal, and %s removes nothing', async (_, types, exit) => {
  const answered = await answer(types)
  expect(answered.exit).toBe(exit)
  expect(answered.said).toContain(question(things))
  expect(answered.said).toMatch(/error: Nothing was removed\n$/)
  expect(workspace.inventory()).toEqual(whole)
})

test('an interrupt from outside ends the question too', async () => {
  const stop = new AbortController()
  const listen = (said: string) => {
    if (said.includes('?')) stop.abort()
  }
  const ran = await workspace.privlink(['teardown'], { types: '', signal: stop.signal, listen })
  expect(ran.exit).toBe(130)
  expect(workspace.inventory()).toEqual(whole)
})

test('where events are read by a program, nothing is asked', async () => {
  const { exit, stdout } = await workspace.privlink(['teardown', '--json'], { types: 'yes\r' })
  expect(exit).toBe(2)
  expect(stdout).toContain('"code":"NeedsLeave"')
  expect(workspace.inventory()).toEqual(whole)
})

test('yes removes what the question says', async () => {
  const one = await answer('yes\r', '--only', 'warehouse/listener')
  expect(one.said).toContain('Remove 1 thing of acme-apis from gateway? Type yes: ')
  expect(one.exit).toBe(0)
  const rest = await answer('y\r')
  expect(rest.said).toContain(question(things - 1))
  expect(rest.exit).toBe(0)
  expect(await workspace.ledger()).toEqual({})
})
