import { describe, expect, it } from 'vitest'
import { isReading } from '../../src/aws/limits.ts'
import { setup } from '../../src/engine/setup.ts'
import { teardown } from '../../src/engine/teardown.ts'
import { verify } from '../../src/engine/verify.ts'
import type { Config } from '../../src/flows/config.ts'
import { stepById } from '../../src/steps/steps.ts'
import { complaints, deploy } from '../support/deployment.ts'
import { existingFunctionConfig, lambdaConfig, lambdaConfigWith, lambdaWithOthers } from '../support/lambda-consumer.ts'

type Deployed = Awaited<ReturnType<typeof deploy>>

const succeeds = async (deployed: Deployed) => {
  const { run, events } = deployed.start()
  expect(await setup(run, deployed.walk, {}), complaints(events).join('\n')).toMatchObject({ exit: 0 })
}

const findings = async (deployed: Deployed) => {
  const { run } = deployed.start()
  return (await verify(run, deployed.walk, {})).findings
}

const changesOf = ({ sandbox }: Deployed, from = 0): string[] =>
  sandbox.calls
    .slice(from)
    .filter(({ service, operation }) => service !== 'sts' && operation !== 'Invoke' && !isReading(operation))
    .map(({ operation }) => operation)

const removes = async (deployed: Deployed) => {
  const { run, events } = deployed.start()
  expect(await teardown(run, stepById, {}), complaints(events).join('\n')).toMatchObject({ exit: 0 })
}

describe.each<[string, () => Config]>([
  ['alone', lambdaConfig],
  ['that signs', () => lambdaConfigWith({ function: { authorization: 'iam' } })],
  ['that is there already', existingFunctionConfig],
  ['together with the other flows', lambdaWithOthers],
])('a function %s', (_, configOf) => {
  it('is set up with proof, left alone by a second setup, and removed to nothing', async () => {
    const deployed = await deploy(configOf())
    const empty = deployed.inventory()
    await succeeds(deployed)
    const all = await findings(deployed)
    expect(all.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    const from = deployed.sandbox.calls.length
    await succeeds(deployed)
    expect(changesOf(deployed, from)).toEqual([])
    await removes(deployed)
    expect(deployed.ledger.entries()).toEqual([])
    expect(deployed.inventory()).toEqual(empty)
  })
})
