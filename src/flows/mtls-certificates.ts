// Reads the certificates that an mtls-proxy names, and checks them before anything is created.
import type { X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import {
  fileProblem,
  type NamedFile,
  type Print,
  readCertificates,
  readKey,
  readRevocationLists,
} from '../disk/certificate-files.ts'
import type { Expiry } from '../steps/certificate-dates.ts'
import type { MtlsProxySettings } from './mtls-proxy-settings.ts'
import type { AlbTls, NginxTls } from './mtls-tls-settings.ts'

/** A secret that exists already, or a file of the operator's that becomes one. */
export type Kept = { arn: string } | Print

/** Where the config's certificates are and what may be published about them, never their content. */
export interface Certificates {
  certificate: Kept
  key: Kept
  clientCa: Kept
  crl: Kept | undefined
  client: { certificate: string; key: string } | undefined
  ca: string | undefined
  expiries: Expiry[]
}

type Naming = (path: string, at: string) => NamedFile

/**
 * Reads the files that an integration names and reports mistakes that NGINX, and clients, would otherwise meet later.
 * The content of Secrets Manager is not read: the test calls prove it. The step `certificate-dates` checks the dates
 * that are returned.
 *
 * @param folder what relative paths start from.
 * @throws PrivlinkError CertificateMissing, CertificateUnreadable, KeyEncrypted, KeyOfAnother, NameNotCovered,
 *   NotAnAuthority, AuthorityMissing, ListOfAnother, ListMissing, ClientUntrusted (exit 2), each with the place in the config
 */
export function readNginxCertificates(
  integration: string,
  tls: NginxTls,
  test: MtlsProxySettings['test'],
  folder: string,
): Certificates {
  const named: Naming = (path, at) => ({ place: `integrations.${integration}.${at}`, path, folder })
  const expiries: Expiry[] = []
  const certificate = keptOr(tls.certificate, 'tls.certificate', named, readServer(tls.name, expiries))
  const key = keptOr(tls.key, 'tls.key', named, readKey)
  if ('certificates' in certificate && 'key' in key) {
    const [first] = certificate.certificates
    if (first?.checkPrivateKey(key.key) === false) {
      const why = `does not belong to the first certificate in ${tls.certificate} (${nameOf(first)})`
      const hint = "Name the key that the certificate was made for; the server's own certificate has to come first."
      throw fileProblem('KeyOfAnother', named(tls.key, 'tls.key'), why, hint)
    }
  }
  const clientCa = keptOr(tls.clientCa, 'tls.clientCa', named, (file) =>
    readAuthorities(file, 'tls.clientCa', expiries),
  )
  const authorities = 'certificates' in clientCa ? clientCa.certificates : undefined
  const crl = tls.crl === undefined ? undefined : keptOr(tls.crl, 'tls.crl', named, readLists(authorities, expiries))
  return {
    certificate: withoutContent(certificate),
    key: withoutContent(key),
    clientCa: withoutContent(clientCa),
    crl: crl && withoutContent(crl),
    ...readTestClient(test, named, authorities, expiries),
    expiries,
  }
}

/**
 * Reads the certificates of the test client, and the local copy of the bundle in S3 if there is one.
 *
 * @throws PrivlinkError as readNginxCertificates
 */
export function readAlbCertificates(
  integration: string,
  copy: string | undefined,
  test: MtlsProxySettings['test'],
  folder: string,
): Pick<Certificates, 'client' | 'ca' | 'expiries'> & { copy: Print | undefined } {
  const named: Naming = (path, at) => ({ place: `integrations.${integration}.${at}`, path, folder })
  const expiries: Expiry[] = []
  const at = 'tls.clientCa.copy'
  const bundle = copy === undefined ? undefined : readAuthorities(named(copy, at), at, expiries)
  return {
    ...readTestClient(test, named, bundle?.certificates, expiries),
    copy: bundle && { file: bundle.file, fingerprint: bundle.fingerprint },
    expiries,
  }
}

/** The certificates as they are known without reading any file: enough to name and to remove their secrets. */
export function leaveCertificates(tls: NginxTls | AlbTls, folder: string) {
  const none = { client: undefined, ca: undefined, expiries: [] }
  if ('certificateArn' in tls) return { ...none, copy: undefined }
  const left = (value: string): Kept =>
    value.startsWith('arn:') ? { arn: value } : { file: resolve(folder, value), fingerprint: '' }
  const { certificate, key, clientCa, crl } = tls
  return {
    ...none,
    certificate: left(certificate),
    key: left(key),
    clientCa: left(clientCa),
    crl: crl === undefined ? undefined : left(crl),
  }
}

const keptOr = <T extends Print>(value: string, at: string, named: Naming, read: (file: NamedFile) => T) =>
  value.startsWith('arn:') ? { arn: value } : read(named(value, at))

const withoutContent = (kept: Kept): Kept =>
  'arn' in kept ? { arn: kept.arn } : { file: kept.file, fingerprint: kept.fingerprint }

const nameOf = ({ subject }: X509Certificate): string => subject.replaceAll('\n', ', ')

const expiryOf = (certificate: X509Certificate, at: string, { path }: NamedFile): Expiry => ({
  what: `${at} (${nameOf(certificate)})`,
  file: path,
  from: new Date(certificate.validFrom).toISOString(),
  at: new Date(certificate.validTo).toISOString(),
})

const readServer = (name: string, expiries: Expiry[]) => (file: NamedFile) => {
  const read = readCertificates(file)
  expiries.push(...read.certificates.map((certificate) => expiryOf(certificate, 'tls.certificate', file)))
  const [first] = read.certificates
  // Clients compare the listed names only, and no longer the subject (RFC 9525).
  if (first?.checkHost(name, { subject: 'never' }) === undefined) {
    const names = first?.subjectAltName ?? 'no name at all'
    const hint = `Have one made with the subject alternative name DNS:${name}, or correct tls.name.`
    throw fileProblem('NameNotCovered', file, `does not name ${name}: it names ${names}`, hint)
  }
  return read
}

/** Reads the bundle of authorities. NGINX trusts a chain only if the bundle has all of it, up to the root. */
function readAuthorities(file: NamedFile, at: string, expiries: Expiry[]) {
  const read = readCertificates(file)
  for (const authority of read.certificates) {
    expiries.push(expiryOf(authority, at, file))
    if (!authority.ca) {
      const hint =
        'Name the certificates of the authority, not those of its clients: they need basicConstraints CA:TRUE.'
      throw fileProblem('NotAnAuthority', file, `holds ${nameOf(authority)}, which is no authority`, hint)
    }
    if (!read.certificates.some((other) => isBy(authority, other))) {
      const hint = 'Add the certificate that signed it, up to the root.'
      throw fileProblem('AuthorityMissing', file, `lacks the one that signed ${nameOf(authority)}`, hint)
    }
  }
  return read
}

const isBy = (certificate: X509Certificate, authority: X509Certificate): boolean =>
  certificate.checkIssued(authority) && certificate.verify(authority.publicKey)

const readLists = (authorities: readonly X509Certificate[] | undefined, expiries: Expiry[]) => (file: NamedFile) => {
  const read = readRevocationLists(file)
  for (const { nextUpdate, isBy: isSignedBy } of read.lists) {
    if (nextUpdate !== undefined) {
      expiries.push({ what: 'tls.crl', file: file.path, at: new Date(nextUpdate).toISOString() })
    }
    if (authorities?.every(({ publicKey }) => isSignedBy(publicKey) === false) === true) {
      const hint = 'Name the list of the authority that signs your clients, or leave tls.crl out.'
      throw fileProblem('ListOfAnother', file, 'holds a list that no authority of tls.clientCa has signed', hint)
    }
  }
  // OpenSSL wants a list of every authority of a chain once there is one (X509_V_FLAG_CRL_CHECK_ALL, as NGINX sets it).
  const without = authorities?.find(({ publicKey }) => read.lists.every((list) => list.isBy(publicKey) === false))
  if (without !== undefined) {
    const hint = 'Add its list, be it empty: without one, NGINX refuses every client of that authority.'
    throw fileProblem('ListMissing', file, `holds no list of ${nameOf(without)}`, hint)
  }
  return read
}

function readTestClient(
  { certificate, key, ca }: MtlsProxySettings['test'],
  named: Naming,
  authorities: readonly X509Certificate[] | undefined,
  expiries: Expiry[],
): Pick<Certificates, 'client' | 'ca'> {
  const trusted = ca === undefined ? undefined : readCertificates(named(ca, 'test.ca')).file
  if (certificate === undefined || key === undefined) return { client: undefined, ca: trusted }
  const file = named(certificate, 'test.certificate')
  const read = readCertificates(file)
  const secret = readKey(named(key, 'test.key'))
  const [own, ...between] = read.certificates
  if (own !== undefined) {
    expiries.push(expiryOf(own, 'test.certificate', file))
    if (!own.checkPrivateKey(secret.key)) {
      const why = `does not belong to the first certificate in ${certificate} (${nameOf(own)})`
      throw fileProblem('KeyOfAnother', named(key, 'test.key'), why, 'Name the key that the certificate was made for.')
    }
    if (authorities !== undefined && !leadsTo(own, between, authorities)) {
      const hint = 'Name a client certificate that one of these authorities has signed, with those in between.'
      throw fileProblem('ClientUntrusted', file, 'is not signed by an authority of tls.clientCa', hint)
    }
  }
  return { client: { certificate: read.file, key: secret.file }, ca: trusted }
}

function leadsTo(
  certificate: X509Certificate,
  between: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): boolean {
  if (authorities.some((authority) => isBy(certificate, authority))) return true
  return between.some((one, index) => isBy(certificate, one) && leadsTo(one, between.toSpliced(index, 1), authorities))
}
