/** One value in DER (X.690): its tag and content. */
interface Value {
  tag: number
  content: Buffer
  /** As it stands in the text, with tag and length. */
  whole: Buffer
}

const sequence = 0x30
const integer = 0x02
const times = [0x17, 0x18]

/** A certificate that its issuer has taken back. Both in hex: the issuer's name as it is encoded, the serial number. */
export interface Revoked {
  issuer: string
  serial: string
}

/**
 * Reads certificate revocation lists in PEM or DER (RFC 5280, section 5.1): who is on them. Signatures are not checked.
 *
 * @throws Error if the text holds no list.
 */
export function readRevocationList(text: string): Revoked[] {
  const lists = [...text.matchAll(/-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/g)]
  if (lists.length === 0) throw new Error('there is no revocation list in it')
  return lists.flatMap(([, base64 = '']) => entriesOf(Buffer.from(base64, 'base64')))
}

function entriesOf(der: Buffer): Revoked[] {
  const [list] = valuesIn(der)
  const [signed] = list?.tag === sequence ? valuesIn(list.content) : []
  if (signed?.tag !== sequence) throw new Error('it is not a revocation list')
  // Version, which older lists lack; signature algorithm; issuer; this and the next update; the list, if it has entries.
  const [first, ...others] = valuesIn(signed.content)
  const [, issuer, ...rest] = first?.tag === integer ? others : [first, ...others]
  if (issuer?.tag !== sequence) throw new Error('its issuer cannot be read')
  const entries = rest.find((value) => !times.includes(value?.tag ?? 0))
  if (entries?.tag !== sequence) return []
  return valuesIn(entries.content).map(({ content }) => {
    const [serial] = valuesIn(content)
    if (serial?.tag !== integer) throw new Error('an entry has no serial number')
    return { issuer: issuer.whole.toString('hex'), serial: serial.content.toString('hex').replace(/^(00)+(?=.)/, '') }
  })
}

/** The name of a certificate's issuer, as it is encoded in it, in hex. */
export function issuerOf(certificate: Buffer): string {
  const [outer] = valuesIn(certificate)
  const [signed] = outer ? valuesIn(outer.content) : []
  // The version, tagged 0, then serial number, signature algorithm and issuer.
  const members = signed ? valuesIn(signed.content) : []
  const issuer = members[members[0]?.tag === 0xa0 ? 3 : 2]
  return issuer?.whole.toString('hex') ?? ''
}

/** The values that stand one after the other in a text. */
function valuesIn(der: Buffer): Value[] {
  const values: Value[] = []
  for (let at = 0; at + 2 <= der.length;) {
    const short = der.readUInt8(at + 1)
    const digits = short < 0x80 ? 0 : short - 0x80
    if (digits > 4 || at + 2 + digits > der.length) throw new Error('it is not encoded in DER')
    const length = digits === 0 ? short : der.readUIntBE(at + 2, digits)
    const start = at + 2 + digits
    if (start + length > der.length) throw new Error('it is cut off')
    const content = der.subarray(start, start + length)
    values.push({ tag: der.readUInt8(at), content, whole: der.subarray(at, start + length) })
    at = start + length
  }
  return values
}
