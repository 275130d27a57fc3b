import { spawn } from 'node:child_process'
import { cp, mkdtemp, readdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { runningClock } from 'privlink-sandbox'
import { stringify } from 'yaml'
import { configSchema } from '../../src/flows/config.ts'
import { furnish } from '../../src/library/rehearsal.ts'
import { built } from '../support/built.ts'
import { only, rawExample } from '../support/example.ts'
import { operator, rehearse } from '../support/sandbox.ts'

/** The package as a production install has it: bundle and package.json, without the sandbox and without node_modules. */
let main: string
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'privlink-package-'))
  const home = dirname(dirname(await built()))
  await cp(join(home, 'dist'), join(folder, 'dist'), { recursive: true })
  await cp(join(home, 'package.json'), join(folder, 'package.json'))
  main = join(folder, 'dist', 'main.js')
  await writeFile(join(folder, 'privlink.yaml'), stringify(rawExample(only('warehouse'))))
})

const run = (argv: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  new Promise<{ exit: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, [main, ...argv], { cwd: folder, env: { PATH: process.env['PATH'], ...env } })
    const said = { stdout: '', stderr: '' }
    child.stdout.on('data', (data: Buffer) => (said.stdout += data.toString()))
    child.stderr.on('data', (data: Buffer) => (said.stderr += data.toString()))
    child.on('close', (exit) => resolve({ exit, ...said }))
  })

describe('a production install without the sandbox', () => {
  it('takes less than a quarter of the 92 MB that it took before it was bundled', async () => {
    const names = await readdir(join(folder, 'dist'), { recursive: true })
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, 'dist', name))).size))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan((92 / 4) * 1e6)
  })

  it('says of --sandbox what has to be installed', async () => {
    const { exit, stdout, stderr } = await run(['plan', '--sandbox'])
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' })
    expect(stderr).toContain('The package privlink-sandbox is not installed')
    expect(stderr).toContain('npm install privlink-sandbox')
    expect(stderr).not.toContain('    at ')
  })
})

describe("AWS's own ways to credentials work from the bundle", () => {
  const profiles = async (text: string): Promise<NodeJS.ProcessEnv> => {
    const file = join(folder, 'aws-config')
    await writeFile(file, text)
    return { AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'), AWS_PROFILE: 'ci', HOME: folder }
  }

  it('a process that prints them', async () => {
    const { sandbox } = await rehearse({ clock: runningClock(600), speed: 600 })
    await furnish(sandbox, configSchema.parse(rawExample(only('warehouse'))))
    const keys = { Version: 1, AccessKeyId: operator, SecretAccessKey: 'printed' }
    await writeFile(join(folder, 'print.mjs'), `process.stdout.write('${JSON.stringify(keys)}')`)
    const command = `${process.execPath} ${join(folder, 'print.mjs')}`
    const env = await profiles(`[profile ci]\ncredential_process = ${command}\nregion = us-east-1\n`)
    const { exit, stdout, stderr } = await run(['plan', '--ledger', join(folder, 'ledger.json')], {
      ...env,
      AWS_ENDPOINT_URL: sandbox.url,
      PRIVLINK_CLOCK_SPEED: '600',
    })
    expect(exit, stderr).toBe(0)
    expect(stdout).toContain('+ warehouse/api')
  })

  it('single sign-on, which asks to sign in first', async () => {
    const env = await profiles(
      [
        '[profile ci]',
        'sso_session = corp',
        'sso_account_id = 842340000000',
        'sso_role_name = admin',
        '[sso-session corp]',
        'sso_region = us-east-1',
        'sso_start_url = https://corp.example/start',
        '',
      ].join('\n'),
    )
    const { exit, stderr } = await run(['plan', '--ledger', join(folder, 'ledger.json')], env)
    expect(exit).toBe(4)
    expect(stderr).toMatch(/SSO session .*(not found|invalid)/)
    expect(stderr).toContain('Sign in (aws sso login')
  })
})
