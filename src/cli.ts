import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { exits, type Exit } from './errors.ts'
import type { Context } from './commands/context.ts'

/** Loads a command: given its options, it returns an exit code. It throws only bugs. */
type Load<Options> = () => Promise<(options: Options, context: Context) => Promise<Exit>>

/**
 * The whole program: arguments and streams in, exit code out. The first abort of `signal` asks a run to stop where it
 * leaves nothing half told.
 */
export async function main(argv: readonly string[], context: Context): Promise<number> {
  let exit: Exit = exits.done
  const program = programFor(context, (code) => {
    exit = code
  })
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return exit
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exits.done : exits.usage
    throw thrown
  }
}

function programFor(context: Context, done: (exit: Exit) => void): Command {
  const { stdout, stderr } = context
  const program = new Command('privlink')
    .description('Make one API privately reachable across AWS accounts and networks, prove it, and take it away again.')
    .version(versionOfPackage())
    .exitOverride()
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) })
    .showHelpAfterError('(privlink --help tells what there is)')

  // A command's code is loaded when it runs: help and mistyped options need neither AWS clients nor YAML.
  const add = <Options extends object>(name: string, description: string, load: Load<Options>): Command =>
    program
      .command(name)
      .description(description)
      .action(async (options: Options) => done(await (await load())(options, context)))
  const run = <Options extends object>(name: string, description: string, load: Load<Options>): Command =>
    withCommonOptions(add(name, description, load))

  withReplacing(
    run('setup', 'bring everything about, and prove it', async () => (await import('./commands/setup.ts')).setup),
  )
  run(
    'plan',
    'say what setup would do, and change nothing',
    async () => (await import('./commands/plan.ts')).plan,
  ).option('--detailed-exitcode', 'exit 3 if setup would change something')
  run(
    'verify',
    'prove that the right callers get in and all others do not',
    async () => (await import('./commands/verify.ts')).verify,
  ).option('--require-proof', 'exit 3 if something cannot be proved from here')
  run('teardown', 'remove exactly what privlink made', async () => (await import('./commands/teardown.ts')).teardown)
    .option('--yes', 'do not ask')
    .option('--break-lock', 'take the ledger from whoever holds it')
  add('status', 'show what the ledger knows', async () => (await import('./commands/status.ts')).status)
    .option('--config <file>', 'config file (default: privlink.yaml)')
    .option('--ledger <file>', 'ledger file (default: .privlink/<deployment>.json)')
    .option('--sandbox', 'of the rehearsal')
    .option('--json', 'one JSON event per line')
  add(
    'permissions',
    "print the IAM policies that the accounts' roles need, and whom they are to trust",
    async () => (await import('./commands/permissions.ts')).permissions,
  )
    .option('--config <file>', 'config file (default: privlink.yaml)')
    .addOption(
      new Option('--purpose <what>', 'what the roles are to be good for')
        .choices(['setup', 'verify', 'teardown', 'all'])
        .default('all'),
    )
    .option('--principal <arn>', 'who runs privlink, for the trust policies')
    .option('--json', 'one JSON document on stdout')
  add(
    'sandbox',
    'serve a local AWS, with what the config says exists',
    async () => (await import('./commands/sandbox.ts')).sandbox,
  )
    .option('--config <file>', 'config file (default: privlink.yaml, if there is one)')
    .option('--port <number>', 'port on 127.0.0.1 (default: any free one)', wholeNumber)
    .option('--state <file>', 'keep the world in this file')
    .option('--speed <number>', 'how many times faster time passes', positive)
    .option('--json', 'one JSON event per line')
  add(
    'unlock',
    'remove the lock that a lost process left on a ledger',
    async () => (await import('./commands/unlock.ts')).unlock,
  )
    .option('--config <file>', 'config file (default: privlink.yaml)')
    .option('--ledger <file>', 'ledger file (default: .privlink/<deployment>.json)')
    .option('--sandbox', 'of the rehearsal')
    .option('--yes', 'even if its process still runs')
  return program
}

const withCommonOptions = (command: Command): Command =>
  command
    .option('--config <file>', 'config file (default: privlink.yaml)')
    .option('--ledger <file>', 'ledger file (default: .privlink/<deployment>.json)')
    .option('--only <name...>', 'only these integrations or steps, with what they need')
    .option('--sandbox', 'rehearse in a local AWS, seeded from the config')
    .option('--speed <number>', 'how many times faster time passes in the rehearsal (default: 60)', positive)
    .addOption(
      new Option('--vantage <place>', 'where test calls are made from')
        .choices(['auto', 'direct', 'control-plane', 'sandbox'])
        .default('auto'),
    )
    .option('--json', 'one JSON event per line on stdout')
    .option('--verbose', 'tell everything')

const withReplacing = (command: Command): Command =>
  command
    .option('--replace <node...>', 'steps whose thing may be replaced by a new one')
    .option('--break-lock', 'take the ledger from whoever holds it')

function positive(text: string): number {
  const number = Number(text)
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError('It must be a number above 0.')
  return number
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.')
  }
  return number
}

function versionOfPackage(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const version: unknown = Object(JSON.parse(text)).version
  return typeof version === 'string' ? version : 'unknown'
}
