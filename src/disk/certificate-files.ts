import { createHash, createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ErrorCode } from '../error-codes.ts'
import { exits, messageOf, PrivlinkError } from '../errors.ts'
import { parseRevocationList, type RevocationList } from './revocation-list.ts'

/** A file that the config names, and where it names it. */
export interface NamedFile {
  /** `integrations.payments.tls.key` */
  place: string
  /** As the config has it. */
  path: string
  /** The folder that a relative path starts from. */
  folder: string
}

/** The facts about a file that hold no secret: its path, and a SHA-256 of its public parts. */
export interface Print {
  file: string
  fingerprint: string
}

/** An error about a file that the config names (exit 2). */
export const fileProblem = (
  code: ErrorCode,
  { place, path, folder }: NamedFile,
  why: string,
  hint: string,
): PrivlinkError => new PrivlinkError(code, `${place}: ${resolve(folder, path)} ${why}`, { exit: exits.usage, hint })

/**
 * The certificates of a PEM file, in its order; at least one.
 *
 * @throws PrivlinkError CertificateUnreadable (exit 2)
 */
export function readCertificates(named: NamedFile): { certificates: X509Certificate[] } & Print {
  const blocks = blocksOf(named, 'CERTIFICATE', 'holds no certificate in PEM form')
  const certificates = blocks.map((block) => {
    try {
      return new X509Certificate(block)
    } catch (cause) {
      throw fileProblem(unreadable, named, `holds a certificate that cannot be read: ${messageOf(cause)}`, namingHint)
    }
  })
  return {
    certificates,
    file: resolve(named.folder, named.path),
    fingerprint: digest(...certificates.map(({ raw }) => raw)),
  }
}

/**
 * The private key of a PEM file; its fingerprint is that of its public half.
 *
 * @throws PrivlinkError CertificateUnreadable, KeyEncrypted (exit 2); none of them quotes the file
 */
export function readKey(named: NamedFile): { key: KeyObject } & Print {
  const text = textOf(named)
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text)) {
    const hint = `Write one without a passphrase: openssl pkey -in ${named.path} -out NEW, and name that.`
    throw fileProblem('KeyEncrypted', named, 'is encrypted, and nobody is there to type its passphrase', hint)
  }
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw fileProblem(unreadable, named, 'holds no private key in PEM form', namingHint)
  }
  let key: KeyObject
  try {
    key = createPrivateKey(text)
  } catch {
    // The parser's message may quote the file.
    throw fileProblem(unreadable, named, 'holds a private key that cannot be read', namingHint)
  }
  const half = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return { key, file: resolve(named.folder, named.path), fingerprint: digest(half) }
}

/**
 * The revocation lists of a PEM file; at least one.
 *
 * @throws PrivlinkError CertificateUnreadable (exit 2)
 */
export function readRevocationLists(named: NamedFile): { lists: RevocationList[] } & Print {
  const blocks = blocksOf(named, 'X509 CRL', 'holds no certificate revocation list in PEM form')
  const ders = blocks.map((block) => Buffer.from(block.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'))
  const lists = ders.map((der) => {
    try {
      return parseRevocationList(der)
    } catch {
      throw fileProblem(unreadable, named, 'holds a certificate revocation list that cannot be read', namingHint)
    }
  })
  return { lists, file: resolve(named.folder, named.path), fingerprint: digest(...ders) }
}

const unreadable: ErrorCode = 'CertificateUnreadable'
const namingHint = 'Correct the path in the config, or the file.'

function blocksOf(named: NamedFile, label: string, otherwise: string): string[] {
  const pattern = new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`, 'g')
  const blocks = textOf(named).match(pattern)
  if (blocks === null) throw fileProblem(unreadable, named, otherwise, namingHint)
  return blocks
}

function textOf(named: NamedFile): string {
  try {
    return readFileSync(resolve(named.folder, named.path), 'utf8')
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    if (isMissing) throw fileProblem('CertificateMissing', named, 'does not exist', namingHint)
    throw fileProblem(unreadable, named, `cannot be read: ${messageOf(cause)}`, namingHint)
  }
}

const digest = (...parts: readonly Buffer[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
