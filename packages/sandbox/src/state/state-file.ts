import { readFile } from 'node:fs/promises'

import writeFileAtomic from 'write-file-atomic'

import { messageOf, SandboxError } from './errors.ts'
import { allTables, emptyWorld, type World } from './world.ts'

/**
 * Reads a world from its file. Tables that the file does not have yet, such as those of a new service, are empty.
 *
 * @returns undefined if there is no such file.
 * @throws SandboxError if the file is there but is not a world.
 */
export async function readWorld(path: string): Promise<World | undefined> {
  const text = await readText(path)
  if (text === undefined) return undefined
  const parsed = parse(path, text)
  if (!isRecord(parsed) || parsed['version'] !== 1 || typeof parsed['serial'] !== 'number') {
    throw unreadable(path, 'it is not the state of a sandbox of this version')
  }
  const wrong = Object.entries(allTables).find(([name, table]) => !isTable(parsed, name, table.empty()))
  if (wrong) throw unreadable(path, `${wrong[0]} is not a table`)
  return emptyWorld(Number(parsed['time'] ?? 0), parsed)
}

/** Whether a file has a table in the form of an empty one, or none of that name. */
function isTable(parsed: Record<string, unknown>, name: string, empty: unknown): boolean {
  const [part = '', member] = name.split('.')
  const holder = parsed[part]
  if (holder === undefined) return true
  if (!isRecord(holder)) return false
  const rows = member === undefined ? holder : holder[member]
  return rows === undefined || (isRecord(rows) && Array.isArray(rows) === Array.isArray(empty))
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
    throw unreadable(path, messageOf(thrown))
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw unreadable(path, messageOf(thrown))
  }
}

const unreadable = (path: string, why: string): SandboxError =>
  new SandboxError('SandboxStateUnreadable', `The sandbox's state file ${path} cannot be read: ${why}`, {
    hint: `Move ${path} away to begin with a fresh sandbox.`,
  })

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

export interface Saver {
  /** Saves soon: changes that come close together share one write. */
  soon(): void
  /** Saves now, after any write in flight. */
  now(): Promise<void>
}

/** Real milliseconds between a change and its write. */
const debounce = 150

/** Keeps a world in its file: written whole through a temporary file, readable by its owner only. */
export function saveWorld(path: string, world: World, now: () => number): Saver {
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  const write = () => {
    clearTimeout(timer)
    timer = undefined
    const text = () => JSON.stringify({ ...world, time: now() }, undefined, 1)
    const next = writing.then(() => writeFileAtomic(path, text(), { mode: 0o600 }))
    // The next `now` reports a failed save.
    writing = next.catch(() => undefined)
    return next
  }
  return {
    soon: () => {
      timer ??= setTimeout(() => void write().catch(() => undefined), debounce).unref()
    },
    now: write,
  }
}
