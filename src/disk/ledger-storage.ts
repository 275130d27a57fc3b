import { open, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { PrivlinkError, messageOf } from '../errors.ts'

/**
 * Removes the drafts of a process that was killed while it wrote: the name, a dot and a number (write-file-atomic 7).
 */
export async function sweep(path: string): Promise<void> {
  const draft = `${basename(path)}.`
  const names = await readdir(dirname(path))
  const drafts = names.filter((name) => name.startsWith(draft) && /^\d+$/.test(name.slice(draft.length)))
  await Promise.all(drafts.map((name) => rm(join(dirname(path), name), { force: true })))
}

/**
 * Writes the whole ledger, so that a power cut leaves the old one or the new one.
 *
 * @throws PrivlinkError LedgerUnwritable
 */
export async function store(path: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(path, text, { mode: 0o600, fsync: true })
    await syncFolder(path)
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

/**
 * Removes the ledger for good.
 *
 * @throws PrivlinkError LedgerUnwritable
 */
export async function discard(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
    await syncFolder(path)
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

const unwritable = (path: string, cause: unknown): PrivlinkError =>
  new PrivlinkError('LedgerUnwritable', `The ledger ${path} cannot be written: ${messageOf(cause)}`, {
    hint: 'Make room and make the folder writable, then run the same command again: it goes on from here.',
    cause,
  })

/** A rename is safe from a power cut only once its folder is (fsync(2)). Windows cannot open folders. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
