// Runs a container as processes of this machine that end when the sandbox does, however it ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'

/** A container as a process of this machine. */
export interface Container {
  /** Its exit code, once it has ended. */
  exitCode: number | undefined
  /** Resolves when it has ended. */
  ended: Promise<void>
  /** Ends it with all that it has started, and removes its files. */
  stop(): Promise<void>
}

export interface ContainerJob {
  command: readonly string[]
  environment: Readonly<Record<string, string>>
  /** Path in the container that it may write to. */
  writable: string | undefined
  /** The NGINX of this machine. */
  nginx: string
  /** A line of its output. */
  say(line: string): void
  /** NGINX begins: answers with the configuration to use in the place of the one that it was given. */
  configure(asked: NginxCall): Promise<NginxConfiguration>
}

/** A call of NGINX in a container. */
export interface NginxCall {
  /** In the place of the path that the container may write to. */
  folder: string
  workingFolder: string
  args: readonly string[]
}

/** A configuration file, and the folder that other names are relative to. */
export interface NginxConfiguration {
  file: string
  prefix: string
}

/**
 * Runs the container, and watches the sandbox by its standard input: that ends when the sandbox does, be it killed, and
 * then so does everything here. The output goes through a named pipe, since NGINX opens /dev/stdout, which a socket
 * forbids.
 */
const guardian = `
base=$1; shift
exec 5<&0 </dev/null
mkfifo "$base/output"
cat "$base/output" 3>&- 4<&- 5<&- &
reader=$!
{ cat <&5 >/dev/null; rm -rf "$base"; kill -KILL 0; } 3>&- 4<&- &
cd "$base/root" && "$@" >"$base/output" 2>&1 5<&- &
wait $!
code=$?
wait $reader
exit $code
`

/** Stands for NGINX on the container's path: asks the sandbox for its configuration, then becomes the real one. */
const standIn = (nginx: string): string => `#!/bin/sh
printf '%s\\n' "$PWD" "$@" '' >&3
IFS= read -r file <&4 && [ -n "$file" ] || exit 1
IFS= read -r prefix <&4 || exit 1
exec '${nginx}' -e stderr -p "$prefix/" -c "$file" 3>&- 4<&-
`

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Starts a container in a folder of its own, which takes the place of the path that it may write to. */
export async function startContainer(job: ContainerJob): Promise<Container> {
  const base = await mkdtemp(join(tmpdir(), 'privlink-task-'))
  const root = join(base, 'root')
  // NGINX's workers run as another user when this is root, and have to get to their files.
  await chmod(base, 0o711)
  await Promise.all([mkdir(root), mkdir(join(base, 'bin'))])
  await writeFile(join(base, 'bin', 'nginx'), standIn(job.nginx), { mode: 0o755 })
  const place = (text: string) => (job.writable === undefined ? text : movePath(text, job.writable, root))
  const environment = Object.fromEntries(Object.entries(job.environment).map(([name, text]) => [name, place(text)]))
  const child = spawn('/bin/sh', ['-c', guardian, 'guardian', base, ...job.command.map(place)], {
    // The process gets a group of its own, by which all of it can be ended.
    detached: true,
    env: { PATH: `${base}/bin:${systemPath}`, ...environment },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
  })
  const container = watch(child, base)
  listen(child, job, root)
  return container
}

/** A path and what is below it, wherever a text names it. */
export function movePath(text: string, from: string, to: string): string {
  const escaped = from.replace(/\/+$/, '').replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  return text.replace(new RegExp(String.raw`(?<![\w./-])${escaped}(?![\w.-])`, 'g'), () => to)
}

function watch(child: ChildProcess, base: string): Container {
  const killAll = () => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // All of them are gone.
    }
  }
  const container: Container = {
    exitCode: undefined,
    ended: new Promise((resolve) => {
      const end = (code: number) => {
        container.exitCode ??= code
        // A container goes with its first process.
        killAll()
        resolve()
      }
      child.once('error', () => end(127))
      child.once('exit', (code) => end(code ?? 137))
    }),
    stop: async () => {
      killAll()
      await container.ended
      await rm(base, { recursive: true, force: true, maxRetries: 3 })
    },
  }
  return container
}

function listen(child: ChildProcess, job: ContainerJob, root: string): void {
  for (const stream of child.stdio) stream?.on('error', () => undefined)
  for (const output of [child.stdout, child.stderr]) {
    if (output)
      createInterface({ input: output }).on('line', (line) => job.say(line.replaceAll(root, job.writable ?? '')))
  }
  // Both are sockets of Node's making, to be read and written.
  const [questions, answers] = [child.stdio[3] as Duplex, child.stdio[4] as Duplex]
  let asked: string[] = []
  createInterface({ input: questions }).on('line', (line) => {
    if (line !== '') return void asked.push(line)
    const [workingFolder = root, ...args] = asked
    asked = []
    job.configure({ folder: root, workingFolder, args }).then(
      ({ file, prefix }) => void answers.write(`${file}\n${prefix}\n`),
      (thrown: unknown) => {
        job.say(`nginx: [emerg] ${String(thrown)}`)
        answers.write('\n')
      },
    )
  })
}
