import { type KeyObject, verify } from 'node:crypto'

/** A certificate revocation list, as far as it can be judged before a server reads it. */
export interface RevocationList {
  /** When the next one is due, ms since the epoch; undefined if it does not say. */
  nextUpdate: number | undefined
  /** Whether the holder of a key has signed it; undefined where the kind of signature is not known here. */
  isBy(key: KeyObject): boolean | undefined
}

interface Item {
  tag: number
  content: Buffer
  /** With its tag and length. */
  whole: Buffer
}

/** Digests of the usual signatures, by the DER of their object identifiers (RFC 4055, RFC 5758). */
const digests: Readonly<Record<string, string>> = {
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
}

const times = [0x17, 0x18]

/**
 * Reads a CertificateList (RFC 5280, section 5.1): what is signed, the algorithm, the signature.
 *
 * @throws Error if it is none.
 */
export function parseRevocationList(der: Buffer): RevocationList {
  const [list] = itemsOf(der)
  const [signed, algorithm, signature] = itemsOf(there(list).content)
  const [identifier] = itemsOf(there(algorithm).content)
  const digest = digests[there(identifier).content.toString('hex')]
  // thisUpdate, nextUpdate: the only two members that are times.
  const [, next] = itemsOf(there(signed).content).filter(({ tag }) => times.includes(tag))
  return {
    nextUpdate: next && timeOf(next),
    isBy: (key) => {
      if (digest === undefined) return undefined
      // A bit string begins with the number of bits to leave out.
      const bits = there(signature).content.subarray(1)
      try {
        return verify(digest, there(signed).whole, key, bits)
      } catch {
        return false
      }
    },
  }
}

function itemsOf(der: Buffer): Item[] {
  const items: Item[] = []
  for (let at = 0; at < der.length;) {
    const first = der.readUInt8(at + 1)
    const more = first < 0x80 ? 0 : first - 0x80
    const length = more === 0 ? first : der.readUIntBE(at + 2, more)
    const begin = at + 2 + more
    const end = begin + length
    if (end > der.length) throw new Error('it ends too early')
    items.push({ tag: der.readUInt8(at), content: der.subarray(begin, end), whole: der.subarray(at, end) })
    at = end
  }
  return items
}

/** UTCTime has two digits for the year, GeneralizedTime four. */
function timeOf({ tag, content }: Item): number {
  const text = content.toString('ascii')
  const short = tag === 0x17
  const year = short ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text.slice(0, 2)}` : text.slice(0, 4)
  const [month, day, hour, minute, second] = text.slice(short ? 2 : 4).match(/\d\d/g) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

function there<T>(item: T | undefined): T {
  if (item === undefined) throw new Error('it lacks a part')
  return item
}
