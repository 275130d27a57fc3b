import { describe, expect, it } from 'vitest'
import { exampleConfig } from '../support/deployment.ts'
import { grantedStand, printedFor } from '../support/granted.ts'
import type { RawConfig } from '../support/stand.ts'

const shareBalancers = ({ integrations }: Pick<RawConfig, 'integrations'>): void => {
  for (const settings of Object.values(integrations)) Object.assign(settings, { loadBalancer: 'shared' })
}

describe('roles that hold exactly what is printed', () => {
  it.each([
    { way: 'a load balancer each', change: () => undefined },
    { way: 'a shared load balancer', change: shareBalancers },
  ])('set up, verify and tear down both flows on $way, each with its own policies', async ({ change }) => {
    const standing = await grantedStand(change)
    // What a test changes in a raw config are records of settings.
    const printed = printedFor(exampleConfig((raw) => change(raw as unknown as RawConfig)))
    const run = async (...argv: string[]) => {
      const { exit, stderr } = await standing.privlink(argv)
      expect(exit, stderr).toBe(0)
    }
    standing.grant(printed, ['setup'])
    await run('setup')
    const made = standing.mutations()
    await run('setup', '--vantage', 'control-plane')
    standing.grant(printed, ['verify'])
    await run('plan')
    await run('verify')
    await run('verify', '--vantage', 'control-plane')
    expect(standing.mutations().filter((name) => name !== 'TestInvokeMethod')).toEqual(made)
    standing.grant(printed, ['teardown'])
    await run('teardown', '--yes')
    expect(standing.inventory()).toEqual(standing.before)
  })
})
