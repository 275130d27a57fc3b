import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { atEndOfFile } from './end-of-file.ts'

/** A program that runs in a process of its own. */
export interface Running {
  child: ChildProcess
  stdout(): string
  stderr(): string
  /** Resolves with the first match in what it has said; rejects if it ends before it says so. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>
}

/** Starts Node on a file. What still runs at the end of the test file is killed. */
export function start(argv: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Running {
  const child = spawn(process.execPath, argv, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  atEndOfFile(() => child.kill('SIGKILL'))
  const said = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      said[name] += chunk.toString()
      for (const listener of listeners) listener()
    })
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => {
      resolve(code ?? signal ?? 'SIGKILL')
    })
  })
  return {
    child,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(said.stdout + said.stderr)
          if (match === null) return
          listeners.delete(look)
          resolve(match)
        }
        listeners.add(look)
        look()
        void ended.then((end) =>
          reject(new Error(`ended with ${end} before it said ${pattern}:\n${said.stdout}${said.stderr}`)),
        )
      }),
    ended,
  }
}

/** What runs on this machine: its id, its parent's, and its command line. From Linux's own list, since `ps` may be missing. */
export function everyProcess(): { id: string; parent: string; command: string }[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return ids.flatMap((id) => {
    try {
      const command = readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      const [, parent = ''] = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${id}/status`, 'utf8')) ?? []
      return [{ id, parent, command }]
    } catch {
      // It ended meanwhile.
      return []
    }
  })
}
