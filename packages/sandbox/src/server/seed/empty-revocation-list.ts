import { createPrivateKey, webcrypto } from 'node:crypto'

import { Extension, PemConverter, X509Certificate, X509CrlGenerator } from '@peculiar/x509'

import type { Certificates } from '../../network/tls.ts'
import { pemTag } from '../../reads/revocation-list.ts'

const day = 86_400_000

/** ECDSA with SHA-256, as the sandbox's authority signs everything. */
const signingAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** cRLNumber 1 (RFC 5280, 5.2.3). */
const number = new Extension('2.5.29.20', false, Uint8Array.of(0x02, 0x01, 0x01))

/**
 * An empty revocation list of the sandbox's authority (RFC 5280, section 5.1), in PEM. Valid for a year by the
 * machine's own clock, as clients judge it.
 */
export async function emptyRevocationList({ ca, caKey }: Pick<Certificates, 'ca' | 'caKey'>): Promise<string> {
  const key = createPrivateKey(caKey).export({ format: 'der', type: 'pkcs8' })
  const list = await X509CrlGenerator.create({
    issuer: new X509Certificate(ca).subject,
    thisUpdate: new Date(Date.now() - day),
    nextUpdate: new Date(Date.now() + 365 * day),
    extensions: [number],
    signingAlgorithm,
    signingKey: await webcrypto.subtle.importKey('pkcs8', key, signingAlgorithm, false, ['sign']),
  })
  return `${PemConverter.encode(list.rawData, pemTag)}\n`
}
