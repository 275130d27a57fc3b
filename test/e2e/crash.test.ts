import { describe, expect, it } from 'vitest'
import { isReading } from '../../src/aws/limits.ts'
import { setup } from '../../src/engine/setup.ts'
import { teardown } from '../../src/engine/teardown.ts'
import { stepById } from '../../src/steps/steps.ts'
import type { Config } from '../../src/flows/config.ts'
import { makeCertificates } from '../support/certificates.ts'
import { complaints, deploy } from '../support/deployment.ts'
import { exampleConfig } from '../support/example.ts'
import { openFrontDoor } from '../support/front-door.ts'
import { lambdaConfig } from '../support/lambda-consumer.ts'
import { albConfig, mtlsConfig, proxyName, setPayments } from '../support/mtls.ts'
import { has } from '../support/programs.ts'
import { Crash, crashAt, shapeOf, type CrashPoint } from '../support/crash-at.ts'

type Deployed = Awaited<ReturnType<typeof deploy>>

const certificates = has('openssl', 'version') ? makeCertificates(proxyName) : undefined

const configs: Record<string, () => Config> = {
  'both flows': () => exampleConfig(),
  'a front door': () => openFrontDoor(),
  // Its tasks run by the NGINX of this machine.
  ...(certificates &&
    has('nginx', '-v') && {
      'a proxy with mutual TLS': () => mtlsConfig(certificates, setPayments({ nginx: { tasks: 1 } })),
    }),
  'a function': () => lambdaConfig(),
  ...(certificates && { 'a proxy on a load balancer': () => albConfig(certificates) }),
  'a shared load balancer': () =>
    exampleConfig(({ integrations }) => {
      for (const [name, settings] of Object.entries(integrations)) {
        integrations[name] = { ...(settings as object), loadBalancer: 'shared' }
      }
    }),
}

/** What setup leaves behind when nobody kills it. */
async function undisturbed(deployed: Deployed): Promise<string[]> {
  const { run, events } = deployed.start()
  expect(await setup(run, deployed.graph, {}), complaints(events).join('\n')).toMatchObject({ exit: 0 })
  return shapeOf(deployed.inventory())
}

/** Runs `act` again and again, killed each time at its first mutating call, until there is none left to make. */
async function dieAtEveryCall(
  deployed: Deployed,
  when: CrashPoint['when'],
  act: (run: Deployed['start'] extends () => infer R ? R : never) => unknown,
) {
  const deaths: string[] = []
  for (;;) {
    const started = deployed.start()
    // Before a call takes effect nothing is gained, so every second run gets one call further.
    const at = when === 'after' ? 1 : (deaths.length % 2) + 1
    const { run, calls, inTheAir } = crashAt(started.run, { at, when })
    try {
      const outcome = await act({ ...started, run })
      return { deaths, outcome, events: started.events }
    } catch (thrown) {
      if (!(thrown instanceof Crash)) throw thrown
      deaths.push(calls.at(-1) ?? '')
      await inTheAir()
      // Nobody starts again within the same instant.
      await deployed.clock.sleep(5_000)
    }
    if (deaths.length > 400) throw new Error(`it gets nowhere: ${deaths.slice(-10).join()}`)
  }
}

describe.each(Object.entries(configs))('with %s', (_, config) => {
  it.each(['before', 'after'] as const)(
    'setup that is killed %s every call it makes ends in the same world as one that is not, and teardown in none',
    async (when) => {
      const wanted = await undisturbed(await deploy(config()))
      const deployed = await deploy(config())
      const empty = deployed.inventory()

      const built = await dieAtEveryCall(deployed, when, ({ run }) => setup(run, deployed.graph, {}))
      expect(built.outcome, complaints(built.events).join('\n')).toMatchObject({ exit: 0 })
      expect(built.deaths.length).toBeGreaterThan(8)
      expect(shapeOf(deployed.inventory())).toEqual(wanted)

      const removed = await dieAtEveryCall(deployed, when, ({ run }) => teardown(run, stepById, {}))
      expect(removed.outcome, complaints(removed.events).join('\n')).toMatchObject({ exit: 0 })
      expect(deployed.ledger.entries()).toEqual([])
      expect(deployed.inventory()).toEqual(empty)
    },
  )

  it.each(['lost-before', 'lost-after'] as const)(
    'every answer %s its call took effect is survived without a twin or an orphan',
    async (kind) => {
      const first = await deploy(config())
      const wanted = await undisturbed(first)
      const { run } = first.start()
      expect(await teardown(run, stepById, {})).toMatchObject({ exit: 0 })
      const calls = first.sandbox.calls.map(({ operation }) => operation)
      const changing = calls.filter((operation) => !isReading(operation) && !operation.startsWith('Assume'))
      // The first half of each operation's calls: those that repeat them get through. A call that is lost six times in a
      // row is given up, which one that asks again and again whether something is gone yet would be.
      const faults = [...new Set(changing)].flatMap((operation) => {
        const often = changing.filter((other) => other === operation).length
        // Nor one that makes something three times in a row, which is also asked again while a role is new.
        const most = operation.startsWith('Create') ? 2 : 5
        return Array.from({ length: Math.min(most, Math.ceil(often / 2)) }, (_, index) => ({
          operation,
          nth: index + 1,
          kind,
        }))
      })
      const deployed = await deploy(config(), { faults })
      const empty = deployed.inventory()
      const built = deployed.start()
      expect(await setup(built.run, deployed.graph, {}), complaints(built.events).join('\n')).toMatchObject({ exit: 0 })
      expect(shapeOf(deployed.inventory())).toEqual(wanted)
      const removed = deployed.start()
      expect(await teardown(removed.run, stepById, {}), complaints(removed.events).join('\n')).toMatchObject({
        exit: 0,
      })
      expect(deployed.ledger.entries()).toEqual([])
      expect(deployed.inventory()).toEqual(empty)
    },
  )
})
