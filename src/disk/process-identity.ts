import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'

/** Identifies a process, so that another can tell later whether it still runs. */
export interface ProcessIdentity {
  pid: number
  host: string
  /** When it started, on Linux: process ids are used again, starts are not. */
  start?: string | undefined
}

export const thisProcess = async (): Promise<ProcessIdentity> => ({
  pid: process.pid,
  host: hostname(),
  start: (await stateOf(process.pid))?.start,
})

/** Whether a process is certainly gone. Of a process on another host, nothing is certain. */
export async function isGone({ pid, host, start }: ProcessIdentity): Promise<boolean> {
  if (host !== hostname()) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // Any other failure (EPERM) means that the process exists and belongs to another user.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return true
  }
  const now = await stateOf(pid)
  if (now === undefined) return false
  return now.zombie || (start !== undefined && start !== now.start)
}

/** From /proc (proc(5)): the state is the 3rd field of stat, the start in ticks since boot the 22nd. */
async function stateOf(pid: number): Promise<{ start: string; zombie: boolean } | undefined> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ])
    // The 2nd field, the command, is in parentheses and may hold blanks itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { start: `${boot.trim()}/${fields[19] ?? ''}`, zombie: fields[0] === 'Z' }
  } catch {
    return undefined
  }
}
