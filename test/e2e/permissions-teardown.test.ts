import { beforeAll, describe, expect, it } from 'vitest'
import { allActions } from '../../src/engine/step.ts'
import { grantedStand, type Grant, grantsFor, printedFor } from '../support/granted.ts'
import { exampleConfig } from '../support/deployment.ts'
import { compose } from '../../src/flows/config.ts'

let standing: Awaited<ReturnType<typeof grantedStand>>
let whenAllIsThere: Awaited<ReturnType<typeof standing.moment>>
const printed = printedFor()
const nodes = [...compose(exampleConfig()).values()]

beforeAll(async () => {
  standing = await grantedStand()
  const { exit, stderr } = await standing.privlink(['setup'])
  expect(exit, stderr).toBe(0)
  whenAllIsThere = await standing.moment()
})

async function fails(argv: readonly string[], action: string): Promise<void> {
  const { exit, stderr } = await standing.privlink(argv)
  expect(stderr).toMatch(new RegExp(`(needs|perform:) ${action}\\b`))
  expect(exit).toBe(4)
}

describe('verify', () => {
  const grants = grantsFor('verify')
  const forTestCalls = ({ sid }: Grant): boolean => sid === 'TestCallsByControlPlane'

  it.each(grants.filter((grant) => !forTestCalls(grant)))(
    'fails for want of $action ($sid) in $account, and names it',
    async (grant) => {
      await whenAllIsThere()
      standing.grant(printed, ['verify'], grant)
      await fails(['verify'], grant.action)
    },
  )

  it.each(grants.filter(forTestCalls))(
    'calls nothing proved for want of $action ($sid) in $account: a test call that may not be made is no failure',
    async (grant) => {
      await whenAllIsThere()
      standing.grant(printed, ['verify'], grant)
      const from = ['verify', '--vantage', 'control-plane']
      const { exit, stdout } = await standing.privlink(from)
      expect(exit).toBe(0)
      expect(stdout).toMatch(/unproved: .* needs apigateway:POST\b/)
      expect((await standing.privlink([...from, '--require-proof'])).exit).toBe(3)
      expect((await standing.privlink(['verify', '--require-proof'])).exit).toBe(0)
    },
  )
})

describe('teardown', () => {
  const isLook = ({ account, action }: Grant): boolean =>
    nodes.some(({ account: at, step }) => at === account && step.actions.look.includes(action))
  const isOnlyLook = (grant: Grant): boolean =>
    isLook(grant) &&
    !nodes.some(({ account, step }) => account === grant.account && step.actions.remove?.includes(grant.action))
  const grants = grantsFor('teardown')

  it.each(grants.filter((grant) => !isOnlyLook(grant)))(
    'fails for want of $action ($sid) in $account, names it, and goes on once it is granted',
    async (grant) => {
      await whenAllIsThere()
      standing.grant(printed, ['teardown'], grant)
      await fails(['teardown', '--yes'], grant.action)
      standing.grant(printed, ['teardown'])
      const { exit, stderr } = await standing.privlink(['teardown', '--yes'])
      expect(exit, stderr).toBe(0)
      expect(standing.inventory()).toEqual(standing.before)
    },
  )

  it.each(grants.filter(isOnlyLook))(
    'without a ledger leaves nothing behind unseen for want of $action ($sid) in $account, but names it',
    async (grant) => {
      await whenAllIsThere({ ledger: false })
      standing.grant(printed, ['teardown'], grant)
      const made = standing.mutations()
      await fails(['teardown', '--yes'], grant.action)
      expect(standing.mutations()).toEqual(made)
    },
  )

  it('finds everything again without a ledger, and removes it', async () => {
    await whenAllIsThere({ ledger: false })
    standing.grant(printed, ['teardown'])
    const { exit, stderr } = await standing.privlink(['teardown', '--yes'])
    expect(exit, stderr).toBe(0)
    expect(standing.inventory()).toEqual(standing.before)
  })
})

it('every action of every step is in a policy', () => {
  const all = new Set(
    (['setup', 'verify', 'teardown'] as const).flatMap((one) => grantsFor(one).map(({ action }) => action)),
  )
  const missing = nodes.flatMap(({ step }) => allActions(step.actions).filter((action) => !all.has(action)))
  expect(missing).toEqual([])
})
