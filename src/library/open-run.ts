import type { Aws } from '../aws/aws.ts'
import type { Probe } from '../aws/vantage.ts'
import type { LedgerFile } from '../disk/ledger-file.ts'
import type { Run } from '../engine/run.ts'
import type { Config } from '../flows/config-schema.ts'
import type { Call } from './call.ts'
import { folderOf } from './inputs.ts'

/** Opens everything that a run of the engine needs, and closes all of it whatever happens. */
export async function withRun<R>(
  call: Call,
  { config, ledger }: { config: Config | undefined; ledger: LedgerFile },
  work: (run: Run<Aws, Probe>) => Promise<R>,
): Promise<R> {
  const closing: (() => unknown)[] = [() => ledger.close()]
  try {
    const { clock, environment } = await worldOf(call, ledger.deployment, config, closing)
    const [{ openAccounts }, { openProbe }, { identityFor }] = await Promise.all([
      import('../aws/accounts.ts'),
      import('../aws/probe.ts'),
      import('../aws/tags.ts'),
    ])
    const { emit, signal } = call
    const accounts = openAccounts({ accounts: ledger.accounts, clock, environment, emit })
    closing.push(() => accounts.close())
    return await work({
      clock,
      ledger,
      accountClients: accounts.accountClients,
      identity: (node, generation) => identityFor(ledger.deployment, node, generation),
      probe: await openProbe({ vantage: call.options.vantage ?? 'auto', environment, clock }),
      emit,
      signal,
    })
  } finally {
    for (const close of closing.reverse()) await close()
  }
}

/** AWS as the environment says, or the rehearsal's. */
async function worldOf(
  { options, clock, speed, emit }: Call,
  deployment: string,
  config: Config | undefined,
  closing: (() => unknown)[],
) {
  const { environment } = options
  if (options.sandbox !== true) return { clock, environment }
  const { startRehearsal } = await import('./rehearsal.ts')
  const rehearsal = await startRehearsal({ config, deployment, clock, speed, environment, folder: folderOf(options) })
  closing.push(() => rehearsal.close())
  emit({ event: 'rehearsal', url: rehearsal.url, speed })
  return rehearsal
}
