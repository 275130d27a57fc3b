import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { awsEnvironment, run } from './programs.ts'

/**
 * Where the provider may lie unpacked, beside the places that Terraform's own configuration names: the folder that the
 * variable PRIVLINK_TERRAFORM_PLUGINS names, or any folder of /opt that is laid out as a mirror of the registry.
 */
const pluginDirs = (): string[] =>
  [
    process.env['PRIVLINK_TERRAFORM_PLUGINS'] ?? '',
    ...(existsSync('/opt') ? readdirSync('/opt').map((name) => join('/opt', name)) : []),
  ].filter((folder) => existsSync(join(folder, 'registry.terraform.io')))

/** Terraform's own settings that hold for everybody here: nothing is looked up, asked, coloured or reported home. */
function environment(): NodeJS.ProcessEnv {
  const env = Object.entries(process.env).filter(([name]) => !/^(?:AWS|TF)_/.test(name))
  // The user's, which may name a mirror. Terraform only warns when it is not there, but at length.
  const settings = process.env['TF_CLI_CONFIG_FILE']
  return {
    ...Object.fromEntries(env),
    ...(settings !== undefined && existsSync(settings) && { TF_CLI_CONFIG_FILE: settings }),
    TF_IN_AUTOMATION: 'true',
    TF_INPUT: 'false',
    CHECKPOINT_DISABLE: 'true',
    // Nobody listens there: whatever is not on this machine is out of reach. Loopback needs no proxy.
    HTTP_PROXY: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1,localhost',
  }
}

/**
 * A copy of a configuration in a new temporary folder, initialised without the network; or the reason why it cannot be,
 * such as a provider that is not on this machine.
 */
export function initialise(configuration: string): { folder: string } | { reason: string } {
  const folder = mkdtempSync(join(tmpdir(), 'privlink-terraform-'))
  cpSync(configuration, folder, { recursive: true })
  let reason = ''
  for (const plugins of [undefined, ...pluginDirs()]) {
    const from = plugins === undefined ? [] : [`-plugin-dir=${plugins}`]
    const { status, error, stderr } = spawnSync('terraform', [`-chdir=${folder}`, 'init', '-no-color', ...from], {
      env: environment(),
      encoding: 'utf8',
      timeout: 60_000,
    })
    if (status === 0) return { folder }
    reason = error?.message ?? stderr.replaceAll(/\s+/g, ' ').trim()
    if (error) break
  }
  rmSync(folder, { recursive: true, force: true })
  return { reason }
}

/** Terraform in an initialised folder, as a client of a sandbox. */
export function terraformIn(folder: string, url: string, variables: Record<string, string>) {
  const { AWS_ENDPOINT_URL, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_EC2_METADATA_DISABLED } = awsEnvironment(
    url,
    '',
  )
  const env = {
    ...environment(),
    AWS_ENDPOINT_URL,
    AWS_CONFIG_FILE,
    AWS_SHARED_CREDENTIALS_FILE,
    AWS_EC2_METADATA_DISABLED,
    // Enough for every refusal that passes; with its 25, Terraform outlives a sandbox that is closed by minutes.
    AWS_MAX_ATTEMPTS: '10',
  }

  /** Runs a command to its end. What it said is the error's message if it ends otherwise than expected. */
  const command = async (
    args: string[],
    { expected = [0], ...changed }: { expected?: number[]; revision?: string },
  ) => {
    const given = Object.entries({ ...variables, ...changed }).map(([name, value]) => [`TF_VAR_${name}`, value])
    const { code, stdout, stderr } = await run(
      { ...env, ...Object.fromEntries(given) },
      'terraform',
      `-chdir=${folder}`,
      ...args,
    )
    if (code !== null && expected.includes(code)) return { code, stdout }
    const said = stdout.split('\n').filter((line) => !/Refreshing|Still |Reading|Read complete/.test(line))
    throw new Error(`terraform ${args.join(' ')} ended with ${code}\n${stderr}\n${said.slice(-120).join('\n')}`)
  }

  return {
    apply: async (revision: string): Promise<void> => {
      await command(['apply', '-auto-approve', '-no-color'], { revision })
    },
    /** What the configuration and the sandbox differ in: nothing is an empty text. */
    drift: async (revision: string): Promise<string> => {
      const args = ['plan', '-detailed-exitcode', '-no-color']
      const { code, stdout } = await command(args, { revision, expected: [0, 2] })
      return code === 0 ? '' : stdout.slice(stdout.indexOf('Terraform will perform'))
    },
    outputs: async (): Promise<Record<string, string>> => {
      const { stdout } = await command(['output', '-json'], {})
      const found: Record<string, { value: string }> = JSON.parse(stdout)
      return Object.fromEntries(Object.entries(found).map(([name, { value }]) => [name, value]))
    },
    destroy: async (revision: string): Promise<void> => {
      await command(['destroy', '-auto-approve', '-no-color'], { revision })
    },
  }
}
