import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface CertificateFiles {
  folder: string
  /** The path of a file of the folder: `server.pem`, `client.key` and so on. */
  file(name: string): string
}

/** What `openssl ca` reads; its database knows what has been revoked. */
const authority = (folder: string): string => `
[ca]
default_ca = here
[here]
dir = ${folder}
database = ${folder}/index
serial = ${folder}/serial
crlnumber = ${folder}/crlnumber
new_certs_dir = ${folder}
certificate = ${folder}/ca.pem
private_key = ${folder}/ca.key
default_md = sha256
default_days = 365
default_crl_days = 30
unique_subject = no
policy = any
[any]
commonName = supplied
organizationName = optional
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
`

/**
 * Certificates by the real openssl, in a folder of their own: `server.pem` for the name by `server-ca.pem`; `client.pem`,
 * `expired.pem`, `future.pem`, `revoked.pem` by `client-ca.pem` with its `client.crl` and an `old.crl` that was to be
 * renewed long ago; `stranger.pem` and `expired-stranger.pem` by `stranger-ca.pem`, which nobody trusts, `self-signed.pem`
 * by itself; `old-ca.pem` is an authority that has expired. To each its key.
 */
export function makeCertificates(name: string): CertificateFiles {
  const folder = mkdtempSync(join(tmpdir(), 'privlink-certificates-'))
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const keyed = (name: string) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', name]
  const selfSigned = (name: string, ...more: string[]) =>
    openssl('req', '-x509', ...keyed(`${name}.key`), '-out', `${name}.pem`, '-subj', `/CN=${name}`, ...more)
  const asAuthority = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign']

  selfSigned('server-ca', ...asAuthority)
  openssl('req', ...keyed('server.key'), '-out', 'server.csr', '-subj', `/CN=${name}`)
  writeFileSync(file('server.ext'), `subjectAltName=DNS:${name}\nbasicConstraints=critical,CA:FALSE\n`)
  const byServerCa = ['-CA', 'server-ca.pem', '-CAkey', 'server-ca.key', '-CAcreateserial']
  openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.pem', ...byServerCa, '-extfile', 'server.ext')

  for (const owner of ['client', 'stranger']) {
    const own = file(`${owner}-db`)
    mkdirSync(own)
    writeFileSync(join(own, 'index'), '')
    writeFileSync(join(own, 'serial'), owner === 'client' ? '1000\n' : '2000\n')
    writeFileSync(join(own, 'crlnumber'), '01\n')
    writeFileSync(join(own, 'ca.cnf'), authority(own))
    selfSigned(`${owner}-ca`, ...asAuthority)
    openssl('x509', '-in', `${owner}-ca.pem`, '-out', join(own, 'ca.pem'))
    openssl('pkey', '-in', `${owner}-ca.key`, '-out', join(own, 'ca.key'))
  }
  const issue = (name: string, by: string, ...more: string[]) => {
    openssl('req', ...keyed(`${name}.key`), '-out', `${name}.csr`, '-subj', `/CN=${name}/O=shop`)
    const config = ['-config', join(file(`${by}-db`), 'ca.cnf'), '-extensions', 'leaf']
    openssl('ca', '-batch', '-notext', ...config, '-in', `${name}.csr`, '-out', `${name}.pem`, ...more)
  }
  issue('client', 'client')
  issue('expired', 'client', '-startdate', '20200101000000Z', '-enddate', '20210101000000Z')
  issue('revoked', 'client')
  issue('stranger', 'stranger')
  issue('expired-stranger', 'stranger', '-startdate', '20200101000000Z', '-enddate', '20210101000000Z')
  const config = ['-config', join(file('client-db'), 'ca.cnf')]
  openssl('ca', ...config, '-revoke', 'revoked.pem')
  openssl('ca', ...config, '-gencrl', '-out', 'client.crl')
  const then = ['-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', '20200201000000Z']
  openssl('ca', ...config, '-gencrl', '-out', 'old.crl', ...then)
  const later = ['-startdate', '20900101000000Z', '-enddate', '20910101000000Z']
  issue('future', 'client', ...later)
  selfSigned('self-signed')
  openssl('req', ...keyed('old-ca.key'), '-out', 'old-ca.csr', '-subj', '/CN=old-ca')
  const past = ['-startdate', '20200101000000Z', '-enddate', '20210101000000Z']
  const itself = ['-selfsign', '-keyfile', 'old-ca.key', '-extensions', 'authority']
  openssl('ca', '-batch', '-notext', ...config, ...itself, '-in', 'old-ca.csr', '-out', 'old-ca.pem', ...past)
  return { folder, file }
}
