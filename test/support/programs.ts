import { spawn, spawnSync } from 'node:child_process'

/** Whether a program runs here; where it must (CI), its absence is a failure and not a skip. */
export function has(program: string, ...args: string[]): boolean {
  if (spawnSync(program, args).status === 0) return true
  if (process.env['CI'] === 'true') throw new Error(`${program} ${args.join(' ')} does not run here`)
  process.stderr.write(`skipped: ${program} ${args.join(' ')} does not run here\n`)
  return false
}

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

/** The environment of a client of AWS that knows nothing but an endpoint and an account, whose id is its key. */
export const awsEnvironment = (url: string, account: string): NodeJS.ProcessEnv => ({
  ...process.env,
  AWS_ACCESS_KEY_ID: account,
  AWS_SECRET_ACCESS_KEY: 'rehearsal',
  AWS_SESSION_TOKEN: '',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ENDPOINT_URL: url,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PAGER: '',
})

/** Runs a program to its end. */
export function run(env: NodeJS.ProcessEnv, program: string, ...args: string[]): Promise<Ran> {
  const child = spawn(program, args, { env })
  const ran: Ran = { code: null, stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (ran.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (ran.stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ ...ran, code }))
  })
}
