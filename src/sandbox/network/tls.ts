import { X509Certificate } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import selfsigned from 'selfsigned'
import writeFileAtomic from 'write-file-atomic'

/** PEM texts: the sandbox's own certificate authority, and the key and certificate of its server. */
export interface Certificates {
  ca: string
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
  await writeFileAtomic(join(stateDir, 'cert.pem'), made.cert)
  await writeFileAtomic(join(stateDir, 'key.pem'), made.key, { mode: 0o600 })
  return made
}

async function readKept(stateDir: string): Promise<Certificates | undefined> {
  try {
    const read = (name: string) => readFile(join(stateDir, name), 'utf8')
    const [ca, key, cert] = await Promise.all([read('ca.pem'), read('key.pem'), read('cert.pem')])
    const certificate = new X509Certificate(cert)
    const lasts = Date.parse(certificate.validTo) > Date.now() + 30 * day
    return lasts && certificate.checkIssued(new X509Certificate(ca)) ? { ca, key, cert } : undefined
  } catch {
    // Missing or damaged: new ones are made, and clients must trust the new authority.
    return undefined
  }
}

async function create(): Promise<Certificates> {
  // Valid by the real clock, since clients check by it, whatever time it is in the sandbox.
  const valid = { notBeforeDate: new Date(Date.now() - day), notAfterDate: new Date(Date.now() + 365 * day) }
  const kind = { ...valid, keyType: 'ec', algorithm: 'sha256' } as const
  const authority = await selfsigned.generate([{ name: 'commonName', value: 'privlink sandbox' }], {
    ...kind,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  const names = ['localhost', ...regions.flatMap(namesIn)]
  const server = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], {
    ...kind,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [...names.map((value) => ({ type: 2 as const, value })), { type: 7 as const, ip: '127.0.0.1' }],
      },
    ],
  })
  return { ca: authority.cert, key: server.private, cert: server.cert }
}

const namesIn = (region: string): string[] => [
  `*.execute-api.${region}.amazonaws.com`,
  `*.execute-api.${region}.vpce.amazonaws.com`,
]
