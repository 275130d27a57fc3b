import { setMaxListeners } from 'node:events'
import { openAccounts } from '../../src/aws/accounts.ts'
import type { Aws } from '../../src/aws/aws.ts'
import { openProbe } from '../../src/aws/probe.ts'
import { identityFor } from '../../src/aws/tags.ts'
import type { Probe } from '../../src/aws/vantage.ts'
import { furnish } from '../../src/library/rehearsal.ts'
import type { EngineEvent } from '../../src/engine/events.ts'
import type { Run } from '../../src/engine/run.ts'
import { accountsOf, compose, type Config } from '../../src/flows/config.ts'
import type { SandboxOptions } from '../../packages/sandbox/src/server/sandbox.ts'
import { atEndOfFile } from './end-of-file.ts'
import { exampleConfig } from './example.ts'
import { inventory } from '../../packages/sandbox/src/state/inventory.ts'
import { rehearse } from './sandbox.ts'
import { toyLedger } from './toys.ts'

/**
 * A config's world in a sandbox of its own, and runs over it: the product as the CLI puts it together, except that the
 * ledger is in memory. Every run has a session of its own, as every process has.
 */
export async function deploy(config: Config = exampleConfig(), options: SandboxOptions = {}) {
  const { sandbox, clock, clients, environment } = await rehearse(options)
  await furnish(sandbox, config)
  const held = toyLedger()
  const probe = await openProbe({ vantage: 'auto', environment, clock })

  const start = (ledger = held.ledger, change: (run: Run<Aws, Probe>) => Partial<Run<Aws, Probe>> = () => ({})) => {
    const events: EngineEvent[] = []
    const accounts = openAccounts({ accounts: accountsOf(config), clock, environment })
    atEndOfFile(accounts.close)
    const run: Run<Aws, Probe> = {
      clock,
      ledger,
      accountClients: accounts.accountClients,
      identity: (node, generation) => identityFor(config.deployment, node, generation),
      probe,
      emit: (event) => events.push(event),
      signal: patientSignal(),
    }
    return { run: { ...run, ...change(run) }, events }
  }
  return {
    sandbox,
    clock,
    clients,
    config,
    graph: compose(config),
    ...held,
    start,
    inventory: () => inventory(sandbox.world, clock.now()),
  }
}

/** One that every node that waits can listen to. */
function patientSignal(): AbortSignal {
  const { signal } = new AbortController()
  setMaxListeners(0, signal)
  return signal
}

/** Errors, as somebody would read them. */
export const complaints = (events: readonly EngineEvent[]): string[] =>
  events.flatMap((event) =>
    event.event === 'error' ? [`${event.node ?? ''} ${event.code}: ${event.message} (${event.hint ?? ''})`] : [],
  )
