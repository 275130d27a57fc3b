import { type KeyObject, verify } from 'node:crypto'
import { AsnConvert } from '@peculiar/asn1-schema'
import { CertificateList } from '@peculiar/asn1-x509'

/** A certificate revocation list, as far as it can be judged before a server reads it. */
export interface RevocationList {
  /** When the next list is due, ms since the epoch; undefined if this one does not say. */
  nextUpdate: number | undefined
  /** Whether the holder of a key has signed it; undefined where we do not know the kind of signature. */
  isBy(key: KeyObject): boolean | undefined
}

/** Digests of the usual signatures, by their object identifiers (RFC 4055, RFC 5758). */
const digests: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
}

/**
 * Reads a CertificateList in DER (RFC 5280, section 5.1).
 *
 * @throws Error if it is none.
 */
export function parseRevocationList(der: Buffer): RevocationList {
  const { tbsCertList, tbsCertListRaw, signatureAlgorithm, signature } = AsnConvert.parse(der, CertificateList)
  if (tbsCertListRaw === undefined) throw new Error('it holds nothing that is signed')
  const digest = digests[signatureAlgorithm.algorithm]
  return {
    nextUpdate: tbsCertList.nextUpdate?.getTime().getTime(),
    isBy: (key) => {
      if (digest === undefined) return undefined
      try {
        return verify(digest, Buffer.from(tbsCertListRaw), key, Buffer.from(signature))
      } catch {
        return false
      }
    },
  }
}
