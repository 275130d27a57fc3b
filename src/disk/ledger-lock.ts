import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { PrivlinkError, messageOf } from '../errors.ts'
import { isGone, thisProcess } from './process-identity.ts'

const holderSchema = z.object({
  pid: z.int(),
  host: z.string(),
  command: z.string(),
  /** ISO time. */
  since: z.string(),
  start: z.string().optional(),
})

/** The process that holds a lock. */
type Holder = z.infer<typeof holderSchema>

/** The state of a lock. `holder` is undefined where the lock file cannot be read. */
export type LockState =
  | { held: false }
  | { held: true; holder: Holder | undefined; gone: boolean; /** Its process runs on this host. */ runsHere: boolean }

/** The lock file of a ledger. */
export const lockPathOf = (ledgerPath: string): string => `${ledgerPath}.lock`

/** Reads the lock of a ledger without changing it. */
export async function readLock(ledgerPath: string): Promise<LockState> {
  const content = await readIfThere(lockPathOf(ledgerPath))
  if (content === undefined) return { held: false }
  const holder = holderIn(content)
  const gone = holder !== undefined && (await isGone(holder))
  return { held: true, holder, gone, runsHere: holder !== undefined && !gone && holder.host === hostname() }
}

/** Removes the lock of a ledger, also another's. Returns whether there was one. */
export const breakLock = (ledgerPath: string): Promise<boolean> => unlinkIfThere(lockPathOf(ledgerPath))

/**
 * Takes the lock of a ledger for this process, also from a process that is gone. Returns the function that releases it.
 *
 * @throws PrivlinkError LedgerLocked, which names the holder, or LedgerUnwritable.
 */
export async function takeLock(ledgerPath: string, command: string): Promise<() => Promise<void>> {
  const lock = lockPathOf(ledgerPath)
  const mine = JSON.stringify({ ...(await thisProcess()), command, since: new Date().toISOString() })
  try {
    await mkdir(dirname(lock), { recursive: true })
    if (!(await placed(lock, mine)) && !(await takenOver(lock, mine))) throw await locked(ledgerPath)
  } catch (error) {
    if (error instanceof PrivlinkError) throw error
    throw new PrivlinkError('LedgerUnwritable', `The lock ${lock} cannot be written: ${messageOf(error)}`, {
      hint: 'Make the folder writable, or name another ledger with --ledger FILE.',
      cause: error,
    })
  }
  return async () => {
    // Not if the lock was broken meanwhile and belongs to another process now.
    if ((await readIfThere(lock)) === mine) await unlinkIfThere(lock)
  }
}

/** Puts a file there, whole or not at all; false if there is one already. */
async function placed(path: string, content: string): Promise<boolean> {
  const whole = `${path}.${process.pid}.${performance.now()}`
  try {
    await writeFile(whole, content, { flag: 'wx', mode: 0o600 })
    await link(whole, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(codeOf(error))) throw error
    // A file system without hard links: as exclusive, but a reader may see it half written.
    return await writeFile(path, content, { flag: 'wx', mode: 0o600 }).then(
      () => true,
      (refused) => {
        if (codeOf(refused) === 'EEXIST') return false
        throw refused
      },
    )
  } finally {
    await unlinkIfThere(whole)
  }
}

/**
 * Replaces the lock of a process that is gone. Two that find the same dead lock must not both remove it, or the second
 * would remove the first one's new lock: so only the holder of a second lock may, and the others read again.
 */
async function takenOver(lock: string, mine: string): Promise<boolean> {
  const guard = `${lock}.takeover`
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const content = await readIfThere(lock)
    const holder = content === undefined ? undefined : holderIn(content)
    if (content !== undefined && (holder === undefined || !(await isGone(holder)))) return false
    if (await placed(guard, mine)) {
      try {
        if ((await readIfThere(lock)) === content) await unlinkIfThere(lock)
        return await placed(lock, mine)
      } finally {
        await unlinkIfThere(guard)
      }
    }
    await pause(20)
  }
  return false
}

async function locked(ledgerPath: string): Promise<PrivlinkError> {
  const state = await readLock(ledgerPath)
  const holder = state.held ? state.holder : undefined
  const by =
    holder === undefined
      ? 'another process'
      : `\`privlink ${holder.command}\` (process ${holder.pid} on ${holder.host}, since ${holder.since})`
  return new PrivlinkError('LedgerLocked', `The ledger ${ledgerPath} is in use by ${by}`, {
    hint: `Wait until it is done. If it is gone for certain: privlink unlock --ledger ${ledgerPath}`,
  })
}

function holderIn(content: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(content)).data
  } catch {
    return undefined
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function unlinkIfThere(path: string): Promise<boolean> {
  try {
    await unlink(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}
