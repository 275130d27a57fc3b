import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import type { LedgerEntry, Ledger } from '../engine/ledger.ts'
import { PrivlinkError, exits, messageOf } from '../errors.ts'
import { breakLock, takeLock } from './ledger-lock.ts'
import { ledgerSchema, type LedgerAccount, type LedgerContent } from './ledger-schema.ts'
import { discard, store, sweep } from './ledger-storage.ts'

/** A ledger with its file. */
export interface LedgerFile extends Ledger {
  readonly path: string
  /** Whether there was a file when it was opened. */
  readonly found: boolean
  /** By name: those of the config and those of entries that the config no longer knows. */
  readonly accounts: Readonly<Record<string, LedgerAccount>>
  /** Waits for the last write and releases the lock. */
  close(): Promise<void>
}

/** The ledger that a run expects. Without `deployment` and `accounts`, the file itself says which it is. */
export interface LedgerChoice {
  path: string
  deployment?: string | undefined
  accounts?: Readonly<Record<string, LedgerAccount>> | undefined
}

/**
 * Opens a ledger for writing; it stays locked until closed. A file that does not exist is an empty ledger and comes
 * into being with the first entry; with the last entry it goes. `command` names the holder of the lock; `takeAnyLock`
 * breaks the lock of another holder.
 *
 * @throws PrivlinkError LedgerLocked, LedgerUnwritable, and those of readLedger
 */
export async function openLedger(
  choice: LedgerChoice & { command: string; takeAnyLock?: boolean | undefined },
): Promise<LedgerFile> {
  if (choice.takeAnyLock === true) await breakLock(choice.path)
  const release = await takeLock(choice.path, choice.command)
  try {
    const { content, found } = await load(choice)
    await sweep(choice.path)
    return writable(choice.path, content, found, release)
  } catch (error) {
    await release()
    throw error
  }
}

/**
 * Reads a ledger without a lock; it refuses to be written.
 *
 * @throws PrivlinkError LedgerCorrupt, LedgerMissing (only where no deployment is given),
 *   LedgerOfAnotherDeployment, LedgerOfOtherAccounts
 */
export async function readLedger(choice: LedgerChoice): Promise<LedgerFile> {
  const { content, found } = await load(choice)
  const entries = new Map(Object.entries(content.entries))
  const refuse = () => Promise.reject(new Error('a ledger that was only read is being written'))
  return {
    path: choice.path,
    found,
    deployment: content.deployment,
    accounts: content.accounts,
    entries: () => [...entries.values()],
    get: (key) => entries.get(key),
    put: refuse,
    remove: refuse,
    close: () => Promise.resolve(),
  }
}

function writable(path: string, content: LedgerContent, found: boolean, release: () => Promise<void>): LedgerFile {
  const entries = new Map(Object.entries(content.entries))
  const { version, deployment, accounts } = content
  const save = () => {
    const now: LedgerContent = { version, deployment, accounts, entries: Object.fromEntries(entries) }
    return entries.size === 0 ? discard(path) : store(path, `${JSON.stringify(now, null, 2)}\n`)
  }
  let last = Promise.resolve()
  let waiting: Promise<void> | undefined
  // The write that waits for the one in flight has not read the entries yet: it takes all that come until then.
  const written = (): Promise<void> => {
    if (waiting === undefined) {
      const start = () => {
        waiting = undefined
        return save()
      }
      waiting = last.then(start, start)
      last = waiting
    }
    return waiting
  }
  return {
    path,
    found,
    deployment,
    accounts,
    entries: () => [...entries.values()],
    get: (key) => entries.get(key),
    put: (entry: LedgerEntry) => {
      entries.set(entry.key, entry)
      return written()
    },
    remove: (key) => (entries.delete(key) ? written() : Promise.resolve()),
    close: async () => {
      // The caller whose write failed has got the error already.
      await last.catch(() => undefined)
      await release()
    },
  }
}

async function load(choice: LedgerChoice): Promise<{ content: LedgerContent; found: boolean }> {
  const { path, deployment, accounts } = choice
  const text = await read(path)
  if (text === undefined) {
    if (deployment !== undefined) {
      return { content: { version: 1, deployment, accounts: { ...accounts }, entries: {} }, found: false }
    }
    throw new PrivlinkError('LedgerMissing', `There is no ledger ${path}`, {
      hint: 'Name the right one with --ledger FILE, or the config with --config FILE.',
      exit: exits.usage,
    })
  }
  const content = parse(path, text)
  if (deployment !== undefined && content.deployment !== deployment) {
    throw new PrivlinkError(
      'LedgerOfAnotherDeployment',
      `The ledger ${path} belongs to the deployment ${content.deployment}, not to ${deployment}`,
      { hint: 'Name the ledger of this deployment with --ledger FILE.', exit: exits.usage },
    )
  }
  return { content: { ...content, accounts: joined(path, content, accounts ?? {}) }, found: true }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new PrivlinkError('LedgerUnreadable', `The ledger ${path} cannot be read: ${messageOf(cause)}`, {
      hint: 'Make it readable, or name another with --ledger FILE.',
      cause,
    })
  }
}

function parse(path: string, text: string): LedgerContent {
  const corrupt = (why: string, hint: string) =>
    new PrivlinkError('LedgerCorrupt', `The ledger ${path} cannot be used: ${why}`, { hint })
  const wayOut =
    'Restore it from a copy, or move it away and run setup: it finds everything of this deployment again by its tags.'
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw corrupt(`it is not JSON (${messageOf(cause)})`, wayOut)
  }
  const version = z.object({ version: z.number() }).safeParse(json).data?.version
  if (version !== undefined && version > 1) {
    throw corrupt(`it is of version ${version}`, 'Use the newer privlink that wrote it.')
  }
  const parsed = ledgerSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw corrupt(`${issue?.path.join('.') || 'its content'}: ${issue?.message ?? 'unknown'}`, wayOut)
}

/** The accounts of the ledger, as the config reaches them now. Things cannot follow to another account or Region. */
function joined(
  path: string,
  content: LedgerContent,
  wanted: Readonly<Record<string, LedgerAccount>>,
): Record<string, LedgerAccount> {
  const used = new Set(Object.values(content.entries).map((entry) => entry.account))
  // `gateway@eu-west-1` is the account gateway, in a Region of its own.
  const usedAnywhere = new Set([...used].map((name) => name.split('@')[0]))
  for (const [name, { id, region }] of Object.entries(wanted)) {
    const was = content.accounts[name]
    const moved = (usedAnywhere.has(name.split('@')[0]) && was?.id !== id) || (used.has(name) && was?.region !== region)
    if (was === undefined || !moved) continue
    throw new PrivlinkError(
      'LedgerOfOtherAccounts',
      `The ledger ${path} was written for account ${name} = ${was.id} in ${was.region}; the config says ${id} in ${region}`,
      {
        hint: 'Tear the old deployment down with its ledger first, or name another ledger with --ledger FILE.',
        exit: exits.usage,
      },
    )
  }
  return { ...content.accounts, ...wanted }
}
