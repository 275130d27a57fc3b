import { PemConverter, X509Certificate, X509Crl } from '@peculiar/x509'

/** The label of a list in PEM (RFC 7468, section 6), which the library spells otherwise. */
export const pemTag = 'X509 CRL'

/**
 * Reads certificate revocation lists in PEM (RFC 5280, section 5.1). Signatures are not checked.
 *
 * @throws Error if the text holds no list, or one that cannot be read.
 */
export function readRevocationLists(text: string): X509Crl[] {
  const lists = PemConverter.decodeWithHeaders(text).filter(({ type }) => type === pemTag)
  if (lists.length === 0) throw new Error('there is no revocation list in it')
  return lists.map(({ rawData }) => new X509Crl(rawData))
}

/** Counts the certificates that the lists of a text take back. Throws as `readRevocationLists` does. */
export const countRevoked = (text: string): number =>
  readRevocationLists(text).reduce((sum, { entries }) => sum + entries.length, 0)

/** Whether one of the lists takes a certificate (DER) of its own issuer back. */
export function isOn(lists: readonly X509Crl[], certificate: Uint8Array<ArrayBuffer>): boolean {
  const { issuer, serialNumber } = new X509Certificate(certificate)
  return lists.some((list) => list.issuer === issuer && list.findRevoked(serialNumber) !== null)
}
