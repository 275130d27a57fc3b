import { sign, X509Certificate } from 'node:crypto'

import type { Certificates } from '../../network/tls.ts'
import { issuerOf } from '../../reads/revocation-list.ts'

const day = 86_400_000

/** A value in DER (X.690): tag, length, content. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts)

/** ecdsa-with-SHA256 (RFC 5758) and cRLNumber (RFC 5280). */
const [ecdsaWithSha256, crlNumber] = ['06082a8648ce3d040302', '0603551d14'].map((oid) => Buffer.from(oid, 'hex'))

/** `YYMMDDHHMMSSZ`, which RFC 5280 asks for up to 2049. */
const utcTime = (at: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(at).toISOString().replaceAll(/\D/g, '').slice(2, 14)}Z`))

/**
 * A revocation list of the sandbox's authority on which nobody is (RFC 5280, section 5.1), in PEM. Valid for a year by the
 * machine's own clock, as clients judge it.
 */
export function emptyRevocationList({ ca, caKey }: Pick<Certificates, 'ca' | 'caKey'>): string {
  const algorithm = sequence(ecdsaWithSha256 ?? Buffer.alloc(0))
  const one = Buffer.from('020101', 'hex')
  const number = sequence(crlNumber ?? Buffer.alloc(0), der(0x04, one))
  const issuer = Buffer.from(issuerOf(new X509Certificate(ca).raw), 'hex')
  const times = [utcTime(Date.now() - day), utcTime(Date.now() + 365 * day)]
  const signed = sequence(one, algorithm, issuer, ...times, der(0xa0, sequence(number)))
  const signature = der(0x03, Buffer.from([0]), sign('sha256', signed, caKey))
  const base64 = sequence(signed, algorithm, signature).toString('base64')
  const lines = base64.match(/.{1,64}/g) ?? []
  return ['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n')
}
