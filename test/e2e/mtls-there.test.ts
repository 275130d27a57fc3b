import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { setup } from '../../src/engine/setup.ts'
import { teardown } from '../../src/engine/teardown.ts'
import { verify } from '../../src/engine/verify.ts'
import { certificates } from '../../packages/sandbox/src/network/tls.ts'
import { stepById } from '../../src/steps/steps.ts'
import { complaints, deploy } from '../support/deployment.ts'
import { mtlsConfig, proxyName, setPayments } from '../support/mtls.ts'
import { has } from '../support/programs.ts'

const runs = [has('nginx', '-v'), has('openssl', 'version')].every(Boolean)
const folder = mkdtempSync(join(tmpdir(), 'privlink-there-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string): string => join(folder, name)

const secretArn = (name: string) => `arn:aws:secretsmanager:us-east-1:842340000000:secret:tls/${name}-a1B2c3`

/** A client of the sandbox's own authority, which is what a seeded bundle of authorities holds. */
async function makeClient(): Promise<void> {
  const { ca, caKey } = await certificates()
  writeFileSync(file('ca.pem'), ca)
  writeFileSync(file('ca.key'), caKey)
  writeFileSync(file('client.ext'), 'basicConstraints=critical,CA:FALSE\nextendedKeyUsage=clientAuth\n')
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'client.key']
  openssl('req', ...key, '-out', 'client.csr', '-subj', '/CN=client')
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'client.ext']
  openssl('x509', '-req', '-in', 'client.csr', '-out', 'client.pem', ...by)
}

describe.runIf(runs)('a proxy whose secrets and endpoints are there already', () => {
  it('uses them as they are, reads no secret, and leaves them', async () => {
    await makeClient()
    const tls = {
      name: proxyName,
      certificate: secretArn('server'),
      key: secretArn('key'),
      clientCa: secretArn('clients'),
      crl: secretArn('revoked'),
    }
    const test = { certificate: file('client.pem'), key: file('client.key'), ca: file('ca.pem') }
    const image = '842340000000.dkr.ecr.us-east-1.amazonaws.com/nginx:1.29'
    const endpoints = { logs: 'vpce-0aaaaaaaaaaaaaaa1', s3: 'vpce-0aaaaaaaaaaaaaaa2' }
    const deployed = await deploy(mtlsConfig({ file }, setPayments({ tls, test, nginx: { image, endpoints } })))
    const before = deployed.inventory()
    expect(before.filter((line) => /^(secret|endpoint) /.test(line))).toEqual(
      expect.arrayContaining([
        ...Object.values(endpoints).map((id) => `endpoint ${id}`),
        ...['server', 'key', 'clients', 'revoked'].map((name) => `secret ${secretArn(name)}`),
      ]),
    )

    const { run, events } = deployed.start()
    expect(await setup(run, deployed.graph, {}), complaints(events).join('\n')).toMatchObject({ exit: 0 })
    const { findings } = await verify(deployed.start().run, deployed.graph, {})
    expect(findings.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    const operations = new Set(deployed.sandbox.calls.map(({ operation }) => operation))
    expect(
      ['CreateSecret', 'PutSecretValue', 'GetSecretValue', 'DeleteSecret'].filter((one) => operations.has(one)),
    ).toEqual([])

    expect(await teardown(deployed.start().run, stepById, {})).toMatchObject({ exit: 0 })
    expect(deployed.inventory()).toEqual(before)
  })
})
