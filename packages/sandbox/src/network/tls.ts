// Makes and keeps the sandbox's certificate authority, without which no client would believe its names.
import { X509Certificate } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import selfsigned from 'selfsigned'
import writeFileAtomic from 'write-file-atomic'

/** PEM texts: the sandbox's own certificate authority with its key, and the key and certificate of its server. */
export interface Certificates {
  ca: string
  caKey: string
  key: string
  cert: string
}

/** Regions that have API Gateway and are enabled in every account (AWS General Reference, regions and endpoints). */
const regions = (
  'us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 sa-east-1 ' +
  'eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-north-1 ' +
  'ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2'
).split(' ')

const day = 86_400_000
const inMemory = new Map<string, Promise<Certificates>>()

/**
 * The sandbox's certificate authority and a certificate by it for the names that an API answers to: the execute-api
 * names of every usual region, the endpoints' own names, `localhost` and 127.0.0.1. With a folder they are kept in it
 * (`ca.pem` is what a client is told to trust), so that a sandbox that starts again is still the one that was trusted.
 */
export function certificates(stateDir?: string): Promise<Certificates> {
  const place = stateDir ?? ''
  const known = inMemory.get(place)
  if (known) return known
  const made = stateDir === undefined ? create() : load(stateDir)
  inMemory.set(place, made)
  // A failure, such as an unwritable folder, is not remembered.
  made.catch(() => inMemory.delete(place))
  return made
}

async function load(stateDir: string): Promise<Certificates> {
  const kept = await readKept(stateDir)
  if (kept) return kept
  const made = await create()
  await mkdir(stateDir, { recursive: true })
  await writeFileAtomic(join(stateDir, 'ca.pem'), made.ca)
  await writeFileAtomic(join(stateDir, 'ca-key.pem'), made.caKey, { mode: 0o600 })
  await writeFileAtomic(join(stateDir, 'cert.pem'), made.cert)
  await writeFileAtomic(join(stateDir, 'key.pem'), made.key, { mode: 0o600 })
  return made
}

async function readKept(stateDir: string): Promise<Certificates | undefined> {
  try {
    const read = (name: string) => readFile(join(stateDir, name), 'utf8')
    const ca = await read('ca.pem')
    const [caKey, key, cert] = await Promise.all([read('ca-key.pem'), read('key.pem'), read('cert.pem')])
    const certificate = new X509Certificate(cert)
    const lasts = Date.parse(certificate.validTo) > Date.now() + 30 * day
    return lasts && certificate.checkIssued(new X509Certificate(ca)) ? { ca, caKey, key, cert } : undefined
  } catch {
    // Missing or damaged: new ones are made, and clients must trust the new authority.
    return undefined
  }
}

/** Valid by the real clock, since clients check by it, whatever time it is in the sandbox. */
const kindNow = () =>
  ({
    notBeforeDate: new Date(Date.now() - day),
    notAfterDate: new Date(Date.now() + 365 * day),
    keyType: 'ec',
    algorithm: 'sha256',
  }) as const

async function create(): Promise<Certificates> {
  const authority = await selfsigned.generate([{ name: 'commonName', value: 'privlink sandbox' }], {
    ...kindNow(),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  const by = { ca: authority.cert, caKey: authority.private }
  const names = ['localhost', ...regions.flatMap(namesIn)]
  return { ...by, ...(await issueCertificate(by, names, [{ type: 7 as const, ip: '127.0.0.1' }])) }
}

/** A server's certificate for these names by the sandbox's authority, with its key; both PEM. */
export async function issueCertificate(
  { ca, caKey }: Pick<Certificates, 'ca' | 'caKey'>,
  names: readonly string[],
  addresses: { type: 7; ip: string }[] = [],
): Promise<{ key: string; cert: string }> {
  const made = await selfsigned.generate([{ name: 'commonName', value: names[0] ?? '' }], {
    ...kindNow(),
    ca: { key: caKey, cert: ca },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [...names.map((value) => ({ type: 2 as const, value })), ...addresses],
      },
    ],
  })
  return { key: made.private, cert: made.cert }
}

const namesIn = (region: string): string[] => [
  `*.execute-api.${region}.amazonaws.com`,
  `*.execute-api.${region}.vpce.amazonaws.com`,
]
