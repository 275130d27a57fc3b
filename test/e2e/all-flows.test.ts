import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { isReading } from '../../src/aws/limits.ts'
import { plan } from '../../src/engine/plan.ts'
import { setup } from '../../src/engine/setup.ts'
import { teardown } from '../../src/engine/teardown.ts'
import { verify } from '../../src/engine/verify.ts'
import { type Config, configSchema } from '../../src/flows/config.ts'
import { stepById } from '../../src/steps/steps.ts'
import { parse } from 'yaml'
import { complaints, deploy } from '../support/deployment.ts'
import { has } from '../support/programs.ts'

const examples = resolve(import.meta.dirname, '../../examples')
const folder = mkdtempSync(join(tmpdir(), 'privlink-all-flows-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The example, with its certificates in a folder of the test's. */
function allFlows(): Config {
  const make = join(examples, 'make-certificates.js')
  execFileSync(process.execPath, [make, join(folder, 'tls'), 'payments.example.internal'], { stdio: 'pipe' })
  const text = readFileSync(join(examples, 'all-flows.yaml'), 'utf8')
  return configSchema.parse(parse(text.replaceAll(': tls/', `: ${folder}/tls/`)))
}

describe.runIf(has('nginx', '-v'))('all five flows in one config', () => {
  it('are set up with proof, verified, left alone by a second setup, and removed to nothing', async () => {
    const deployed = await deploy(allFlows())
    const empty = deployed.inventory()
    const begun = deployed.start()
    const first = await setup(begun.run, deployed.graph, {})
    expect(first, complaints(begun.events).join('\n')).toMatchObject({ exit: 0, failed: 0, skipped: 0 })
    expect(first.findings.filter(({ verdict }) => verdict !== 'ok')).toEqual([])

    const { findings } = await verify(deployed.start().run, deployed.graph, {})
    expect(findings.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    expect(findings.length).toBeGreaterThan(deployed.graph.size)

    const from = deployed.sandbox.calls.length
    expect(await plan(deployed.start().run, deployed.graph, {})).toMatchObject({ created: 0, changed: 0, deleted: 0 })
    expect(await setup(deployed.start().run, deployed.graph, {})).toMatchObject({ exit: 0, created: 0, changed: 0 })
    const written = deployed.sandbox.calls
      .slice(from)
      .filter(({ service, operation }) => service !== 'sts' && operation !== 'Invoke' && !isReading(operation))
    expect(written).toEqual([])

    const ended = deployed.start()
    expect(await teardown(ended.run, stepById, {}), complaints(ended.events).join('\n')).toMatchObject({ exit: 0 })
    expect(deployed.ledger.entries()).toEqual([])
    expect(deployed.inventory()).toEqual(empty)
  })
})
