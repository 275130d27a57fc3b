import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PrivlinkError } from '../../src/errors.ts'
import { readNginxCertificates } from '../../src/flows/mtls-certificates.ts'
import type { NginxTls } from '../../src/flows/mtls-tls-settings.ts'
import { makeCertificates } from '../support/certificates.ts'
import { has } from '../support/programs.ts'

const name = 'payments.example.internal'
const runs = has('openssl', 'version')
const { folder, file } = runs ? makeCertificates(name) : { folder: '', file: (one: string) => one }

const good: NginxTls = { name, certificate: 'server.pem', key: 'server.key', clientCa: 'client-ca.pem', depth: 2 }

type Test = Parameters<typeof readNginxCertificates>[2]

const read = (change: Partial<NginxTls> = {}, test: Partial<Test> = {}) =>
  readNginxCertificates('payments', { ...good, ...change }, { method: 'GET', path: '/', status: [], ...test }, folder)

const refusal = (...args: Parameters<typeof read>): PrivlinkError => {
  try {
    read(...args)
  } catch (thrown) {
    if (thrown instanceof PrivlinkError) return thrown
    throw thrown
  }
  throw new Error('it was taken')
}

describe.runIf(runs)('certificates of the config', () => {
  const client = { certificate: 'client.pem', key: 'client.key' }

  it('are known by files and by SHA-256 of what is public, and nothing else', () => {
    const all = read({ crl: 'client.crl' }, { ...client, ca: 'server-ca.pem' })
    expect(all).toMatchObject({
      certificate: { file: file('server.pem'), fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
      key: { file: file('server.key'), fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
      crl: { file: file('client.crl') },
      client: { certificate: file('client.pem'), key: file('client.key') },
      ca: file('server-ca.pem'),
    })
    expect(all.expiries.map(({ what }) => what)).toEqual([
      `tls.certificate (CN=${name})`,
      'tls.clientCa (CN=client-ca)',
      'tls.crl',
      expect.stringContaining('test.certificate'),
    ])
    expect(JSON.stringify(all)).not.toMatch(/BEGIN|PRIVATE/)
  })

  it('in Secrets Manager are taken unseen', () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:842340000000:secret:key-Ab12Cd'
    expect(read({ certificate: arn, key: arn, clientCa: arn })).toMatchObject({ key: { arn }, expiries: [] })
  })

  it('have the same fingerprint however the same key is written down', () => {
    const traditional = execFileSync('openssl', ['ec', '-in', file('server.key')], { encoding: 'utf8', stdio: 'pipe' })
    expect(traditional).toContain('BEGIN EC PRIVATE KEY')
    writeFileSync(file('traditional.key'), traditional)
    const [one, other] = [read().key, read({ key: 'traditional.key' }).key]
    expect(other).toEqual({ ...one, file: file('traditional.key') })
  })

  it.each([
    [
      'a file that is not there',
      { clientCa: 'clientca.pem' },
      {},
      'CertificateMissing',
      /tls\.clientCa: .*does not exist/,
    ],
    [
      'a key where a certificate should be',
      { certificate: 'server.key' },
      {},
      'CertificateUnreadable',
      /no certificate in PEM/,
    ],
    [
      'a certificate where a key should be',
      { key: 'server.pem' },
      {},
      'CertificateUnreadable',
      /no private key in PEM/,
    ],
    [
      'a key that does not match',
      { key: 'client.key' },
      {},
      'KeyOfAnother',
      /does not belong to the first certificate/,
    ],
    [
      'a name that it does not say',
      { name: 'other.example.internal' },
      {},
      'NameNotCovered',
      /does not name other\.example/,
    ],
    ['a client for an authority', { clientCa: 'client.pem' }, {}, 'NotAnAuthority', /which is no authority/],
    [
      'a list of another authority',
      { clientCa: 'stranger-ca.pem', crl: 'client.crl' },
      {},
      'ListOfAnother',
      /tls\.crl/,
    ],
    ['a list that is none', { crl: 'client-ca.pem' }, {}, 'CertificateUnreadable', /no certificate revocation list/],
    ["a test client's key that does not match", {}, { ...client, key: 'server.key' }, 'KeyOfAnother', /test\.key/],
    [
      'a test client of another authority',
      {},
      { certificate: 'stranger.pem', key: 'stranger.key' },
      'ClientUntrusted',
      /test\.certificate/,
    ],
  ])('are refused with %s', (_, tls, test, code, said) => {
    const error = refusal(tls, test)
    expect(error).toMatchObject({ code, exit: 2, hint: expect.any(String) })
    expect(error.message).toMatch(said)
    expect(error.message).toMatch(/^integrations\.payments\.(tls|test)\./)
  })

  it('tell from when to when they are good, be it over or to come', () => {
    const ends = (...args: Parameters<typeof read>) => read(...args).expiries
    expect(ends({ clientCa: 'old-ca.pem' })).toContainEqual(
      expect.objectContaining({ what: 'tls.clientCa (CN=old-ca)', at: expect.stringMatching(/^2021/) }),
    )
    expect(ends({ crl: 'old.crl' })).toContainEqual({
      what: 'tls.crl',
      file: 'old.crl',
      at: expect.stringMatching(/^2020-02-01/),
    })
    expect(ends({}, { certificate: 'future.pem', key: 'future.key' })).toContainEqual(
      expect.objectContaining({ file: 'future.pem', from: expect.stringMatching(/^2090/) }),
    )
  })

  it('are refused with an encrypted key, which is not quoted', () => {
    const pem = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----\n'
    writeFileSync(file('encrypted.key'), pem)
    const error = refusal({ key: 'encrypted.key' })
    expect(error).toMatchObject({ code: 'KeyEncrypted', hint: expect.stringContaining('openssl pkey') })
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain('c2VjcmV0')
  })

  it('are refused with a bundle for one authority of which there is no list', () => {
    writeFileSync(file('both.pem'), [file('client-ca.pem'), file('stranger-ca.pem')].map(textOf).join(''))
    expect(refusal({ clientCa: 'both.pem', crl: 'client.crl' })).toMatchObject({ code: 'ListMissing' })
  })
})

const textOf = (path: string): string => readFileSync(path, 'utf8')
