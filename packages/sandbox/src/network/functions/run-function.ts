// Runs a function's code in a process of its own, which ends with it.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { runtimeSource } from './runtime-source.ts'

/** One invocation of a function's code. */
interface Job {
  files: Record<string, Uint8Array>
  handler: string
  /** Seconds. */
  timeout: number
  environment: Record<string, string>
  /** JSON. */
  event: string
  requestId: string
  arn: string
}

/** The process can reach these, and nothing else. */
interface Outside {
  /** Loopback port of the gateway that its connections go through. */
  gatewayPort: number
  /** PEM of the certificate authority that it trusts besides the usual ones. */
  ca: string
  resolve(name: string): string[]
  /** Aborts when the client is gone or the sandbox closes: the process is killed. */
  signal: AbortSignal | undefined
  /** Resolves when the function has waited for longer than its timeout, in the sandbox's time. */
  expired: Promise<void>
}

export interface Ran {
  /** JSON; of the error if there is one. */
  payload: string
  /** Whether the function failed: then the payload is not its own answer. */
  failed: boolean
  /** The function's output. */
  log: string
  ms: number
}

const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('name'), id: z.number(), name: z.string() }),
  z.object({ kind: z.literal('done'), payload: z.string() }),
  z.object({ kind: z.literal('failed'), error: z.unknown() }),
])

/** Runs a function's code once, in a process and a temporary folder of its own, and takes both away again. */
export async function runFunction(job: Job, outside: Outside): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'privlink-function-'))
  try {
    const taskRoot = join(folder, 'task')
    await mkdir(taskRoot)
    for (const [path, content] of Object.entries(job.files)) {
      if (path.endsWith('/')) continue
      const at = join(taskRoot, path)
      await mkdir(dirname(at), { recursive: true })
      await writeFile(at, content)
    }
    await writeFile(join(folder, 'runtime.cjs'), runtimeSource)
    await writeFile(join(folder, 'ca.pem'), outside.ca)
    return await run(folder, job, outside)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function run(folder: string, job: Job, outside: Outside): Promise<Ran> {
  const taskRoot = join(folder, 'task')
  const started = performance.now()
  const child = spawn(process.execPath, [join(folder, 'runtime.cjs'), String(outside.gatewayPort)], {
    cwd: taskRoot,
    // The function gets nothing of the sandbox's own environment.
    env: {
      PATH: process.env['PATH'],
      TZ: ':UTC',
      LANG: 'en_US.UTF-8',
      ...job.environment,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      LAMBDA_TASK_ROOT: taskRoot,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const log: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => log.push(chunk))
  const end = await ending(child, job, outside)
  const ms = performance.now() - started
  return { ...end, log: Buffer.concat(log).toString('utf8'), ms }
}

/** Waits for the end of the process: its handler's answer or error, its exit, or its being killed. */
function ending(child: ChildProcess, job: Job, outside: Outside): Promise<Pick<Ran, 'payload' | 'failed'>> {
  const { requestId: id, timeout, handler, event, arn } = job
  return new Promise((resolve, reject) => {
    let answer: Pick<Ran, 'payload' | 'failed'> | undefined
    const fail = (errorType: string, why: string) => {
      answer ??= { failed: true, payload: JSON.stringify({ errorType, errorMessage: `RequestId: ${id} ${why}` }) }
    }
    const kill = () => void child.kill('SIGKILL')
    const expire = () => {
      fail('Sandbox.Timedout', `Error: Task timed out after ${timeout.toFixed(2)} seconds`)
      kill()
    }
    // A function that computes is as slow as this machine, regardless of the sandbox's clock.
    const timer = setTimeout(expire, timeout * 1000)
    void outside.expired.then(expire)
    outside.signal?.addEventListener('abort', kill, { once: true })
    if (outside.signal?.aborted === true) kill()
    child.on('message', (raw) => {
      const message = messageSchema.safeParse(raw).data
      if (message?.kind === 'name') {
        const addresses = outside.resolve(message.name)
        child.send({ kind: 'addresses', id: message.id, addresses }, () => undefined)
      } else if (message?.kind === 'done') answer ??= { failed: false, payload: message.payload }
      else if (message?.kind === 'failed') answer ??= { failed: true, payload: JSON.stringify(message.error) }
    })
    child.once('error', reject)
    // After the last of what it has written.
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      outside.signal?.removeEventListener('abort', kill)
      fail('Runtime.ExitError', `Error: Runtime exited with error: ${signal ?? `exit status ${code ?? 0}`}`)
      if (answer !== undefined) resolve(answer)
    })
    const deadline = Date.now() + timeout * 1000
    child.send({ kind: 'start', event, handler, id, arn, deadline }, () => undefined)
  })
}
