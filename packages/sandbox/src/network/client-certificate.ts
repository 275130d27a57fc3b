// Judges the certificate that a client shows to an Application Load Balancer, which TLS itself does only in part.
import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'

import { isOn, readRevocationLists } from '../reads/revocation-list.ts'
import type { MutualAuthentication, TrustStore } from '../state/elbv2.ts'

/**
 * The headers by which an Application Load Balancer tells its targets about a client's certificate ("HTTP headers and
 * mutual TLS", ALB guide): in mode `verify` parts of it, in mode `passthrough` the whole chain that the client has
 * shown.
 */
export function clientCertificateHeaders(
  socket: TLSSocket,
  mode: MutualAuthentication['mode'],
): Record<string, string> {
  const [leaf, ...rest] = chainOf(socket)
  if (mode === 'off' || !leaf) return {}
  const prefix = 'x-amzn-mtls-clientcert'
  if (mode === 'passthrough') return { [prefix]: [leaf, ...rest].map(encoded).join('') }
  return {
    [`${prefix}-serial-number`]: leaf.serialNumber,
    [`${prefix}-issuer`]: nameOf(leaf.issuer),
    [`${prefix}-subject`]: nameOf(leaf.subject),
    [`${prefix}-validity`]: `NotBefore=${instant(leaf.validFrom)};NotAfter=${instant(leaf.validTo)}`,
    [`${prefix}-leaf`]: encoded(leaf),
  }
}

/** Extended key usage of those who show a certificate to a server (RFC 5280, 4.2.1.12). */
const clientAuth = '1.3.6.1.5.5.7.3.2'

/**
 * Whether the client's certificate leads to an authority of the trust store and is one for clients, though it may have
 * expired: TLS itself tells of one fault only, which may hide others.
 */
export function leadsTo({ bundle }: TrustStore, socket: TLSSocket): boolean {
  const authorities = (bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  )
  const chain = chainOf(socket)
  // The types do not say that a certificate may lack the extension.
  const usages: string[] | undefined = chain[0]?.keyUsage
  if (usages?.includes(clientAuth) === false) return false
  for (const [at, one] of chain.entries()) {
    if (Date.parse(one.validFrom) > Date.now()) return false
    if (authorities.some((authority) => isBy(one, authority))) return true
    const next = chain[at + 1]
    if (next?.ca !== true || !isBy(one, next)) return false
  }
  return false
}

const isBy = (one: X509Certificate, issuer: X509Certificate): boolean =>
  one.checkIssued(issuer) && one.verify(issuer.publicKey)

/** Whether a list of the trust store takes back a certificate of the chain that the client has shown. */
export function isRevoked(socket: TLSSocket, { revocations }: TrustStore): boolean {
  const lists = revocations.flatMap(({ list }) => readRevocationLists(list))
  return lists.length > 0 && chainOf(socket).some(({ raw }) => isOn(lists, raw))
}

/** The client's certificate and those that lead to its authority. */
function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = []
  // A peer without a certificate is an empty object; the chain ends with one that is its own issuer.
  let next: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true)
  while (next?.raw !== undefined && chain.length < 10) {
    chain.push(new X509Certificate(next.raw))
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate
  }
  return chain
}

/** A distinguished name as in RFC 2253: the most special part first, commas in between. */
const nameOf = (name: string): string => name.trim().split('\n').toReversed().join(',')

const instant = (date: string): string => new Date(date).toISOString().replace('.000Z', 'Z')

/** PEM, percent-encoded except for `+`, `=` and `/`. */
const encoded = (certificate: X509Certificate): string =>
  encodeURIComponent(certificate.toString()).replaceAll('%2B', '+').replaceAll('%3D', '=').replaceAll('%2F', '/')
