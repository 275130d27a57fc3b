import { describe, expect, it } from 'vitest'
import { setup } from '../../src/engine/setup.ts'
import { teardown } from '../../src/engine/teardown.ts'
import { verify } from '../../src/engine/verify.ts'
import { stepById } from '../../src/steps/steps.ts'
import { makeCertificates } from '../support/certificates.ts'
import { complaints, deploy } from '../support/deployment.ts'
import { mtlsConfig } from '../support/mtls.ts'
import { has } from '../support/programs.ts'
import { proveDomains } from '../support/proxy-names.ts'

const runs = [has('nginx', '-v'), has('openssl', 'version')].every(Boolean)
const name = 'payments.acme.com'

/** The example's proxy, which is found by its service's private DNS name. */
function privatelyNamed() {
  const certificates = makeCertificates(name)
  return mtlsConfig(certificates, ({ integrations }) => {
    const payments = integrations['payments'] ?? {}
    integrations['payments'] = { ...payments, names: 'private-dns', tls: { ...Object(payments['tls']), name } }
  })
}

describe.runIf(runs)('a proxy that is found by the private DNS name of its service', () => {
  it('stops until its domain is proved, then is set up with proof, and removed to nothing', async () => {
    const deployed = await deploy(privatelyNamed())
    const { sandbox, graph, start, inventory, ledger } = deployed
    const empty = inventory()
    const first = start()
    expect(await setup(first.run, graph, {})).toMatchObject({ exit: 1, failed: 1 })
    expect(complaints(first.events)).toEqual([
      expect.stringMatching(
        /^payments\/verified-name DomainUnproved: .*add a TXT record named _\w+\.payments\.acme\.com/,
      ),
    ])
    proveDomains(sandbox)
    const second = start()
    expect(await setup(second.run, graph, {}), complaints(second.events).join('\n')).toMatchObject({ exit: 0 })
    const { findings } = await verify(start().run, graph, {})
    expect(findings.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    expect(await setup(start().run, graph, {})).toMatchObject({ exit: 0, created: 0, changed: 0 })
    const last = start()
    expect(await teardown(last.run, stepById, {}), complaints(last.events).join('\n')).toMatchObject({ exit: 0 })
    expect(ledger.entries()).toEqual([])
    expect(inventory()).toEqual(empty)
  })
})
