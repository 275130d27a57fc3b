// Reads and writes DNS messages, since Node.js has a client for DNS but no server.
/** A question of the DNS, as far as it is understood here (RFC 1035, 4.1). */
export interface Question {
  id: number
  /** Lower case, without the dot at its end. */
  name: string
  /** 1 is A. */
  type: number
  /** The header's flags that an answer repeats: the operation and whether recursion is desired. */
  flags: number
  /** Name, type and class as they came, which the answer repeats. */
  raw: Buffer
}

/** `no-such-name` is NXDOMAIN, `trouble` SERVFAIL. */
export type Reply = { addresses: readonly string[] } | 'no-such-name' | 'trouble'

export const typeA = 1

const header = 12

/** Reads a message with one question; undefined for anything else. */
export function readQuestion(message: Buffer): Question | undefined {
  // A response, or not exactly one question.
  if (message.length < header || (message[2] ?? 0) >= 0x80 || message.readUInt16BE(4) !== 1) return undefined
  const labels: string[] = []
  let at = header
  for (;;) {
    const length = message[at]
    // Questions are not compressed: nothing comes before them.
    if (length === undefined || length > 63) return undefined
    at += 1
    if (length === 0) break
    labels.push(message.toString('latin1', at, at + length))
    at += length
  }
  if (message.length < at + 4) return undefined
  return {
    id: message.readUInt16BE(0),
    name: labels.join('.').toLowerCase(),
    type: message.readUInt16BE(at),
    flags: message.readUInt16BE(2) & 0x7900,
    raw: message.subarray(header, at + 4),
  }
}

/** Seconds that an answer may be kept: as good as none, since time in the sandbox goes faster. */
const lifetime = 1

/** Writes the answer to a question: A records that point back at its name. */
export function writeReply({ id, flags, raw }: Question, reply: Reply): Buffer {
  const addresses = typeof reply === 'string' ? [] : reply.addresses
  const code = reply === 'no-such-name' ? 3 : reply === 'trouble' ? 2 : 0
  const head = Buffer.alloc(header)
  head.writeUInt16BE(id, 0)
  // A response, and recursion is available.
  head.writeUInt16BE(0x8080 | flags | code, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(addresses.length, 6)
  const records = addresses.map((address) => {
    const record = Buffer.alloc(16)
    record.writeUInt16BE(0xc000 | header, 0)
    record.writeUInt16BE(typeA, 2)
    record.writeUInt16BE(1, 4)
    record.writeUInt32BE(lifetime, 6)
    record.writeUInt16BE(4, 10)
    record.set(address.split('.').map(Number), 12)
    return record
  })
  return Buffer.concat([head, raw, ...records])
}
