// Measures setup and teardown in the sandbox, with AWS's durations and request limits: npm run bench
import { setMaxListeners } from 'node:events'
import { openAccounts } from '../src/aws/accounts.ts'
import { isReading } from '../src/aws/limits.ts'
import { openProbe } from '../src/aws/probe.ts'
import { identityFor } from '../src/aws/tags.ts'
import { jumpingClock, startSandbox } from 'privlink-sandbox'
import { furnish } from '../src/library/rehearsal.ts'
import { openLedger } from '../src/disk/ledger-file.ts'
import type { Outcome, Run } from '../src/engine/run.ts'
import { setup } from '../src/engine/setup.ts'
import { teardown } from '../src/engine/teardown.ts'
import type { Aws } from '../src/aws/aws.ts'
import type { Probe } from '../src/aws/vantage.ts'
import { accountsOf, compose } from '../src/flows/config.ts'
import { stepById } from '../src/steps/steps.ts'
import { longestSetup, longestTeardown, makespan, type Edges } from './floor.ts'
import { manyIntegrations } from './many.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const seconds = (ms: number): string => (ms / 1000).toFixed(0)
const cells = (...values: (string | number)[]): string => values.map((value) => String(value).padStart(13)).join('')

/** One deployment from nothing to nothing, in a sandbox of its own that enforces AWS's request limits. */
async function measure(count: number): Promise<void> {
  const config = manyIntegrations(count)
  const clock = jumpingClock()
  const sandbox = await startSandbox({ clock, throttle: true })
  const folder = await mkdtemp(join(tmpdir(), 'privlink-bench-'))
  const environment = {
    AWS_ENDPOINT_URL: sandbox.url,
    AWS_ACCESS_KEY_ID: '000000000000',
    AWS_SECRET_ACCESS_KEY: 'bench',
  }
  const accounts = accountsOf(config)
  try {
    await furnish(sandbox, config)
    const graph = compose(config)
    // Only its edges are read.
    const edges = graph as unknown as Edges
    const act = async (name: string, chain: number, work: (run: Run<Aws, Probe>) => Promise<Outcome>) => {
      const ledger = await openLedger({
        path: join(folder, 'ledger.json'),
        deployment: 'bench',
        accounts,
        command: name,
      })
      const { signal } = new AbortController()
      // Every node that waits listens to it.
      setMaxListeners(0, signal)
      const opened = openAccounts({ accounts, clock, environment })
      const [began, real, from] = [clock.now(), performance.now(), sandbox.calls.length]
      const outcome = await work({
        clock,
        // Writing to the disk is work under way: the clock must not jump over it.
        ledger: {
          ...ledger,
          put: (entry) => clock.during(() => ledger.put(entry)),
          remove: (key) => clock.during(() => ledger.remove(key)),
        },
        accountClients: opened.accountClients,
        identity: (node, generation) => identityFor('bench', node, generation),
        probe: await openProbe({ vantage: 'sandbox', environment, clock }),
        emit: (event) => {
          if (event.event === 'error') print(`  ${event.node ?? ''}: ${event.message}`)
        },
        signal,
      })
      const [took, cpu] = [clock.now() - began, performance.now() - real]
      opened.close()
      await ledger.close()
      if (outcome.exit !== 0) throw new Error(`${name} of ${count} integrations ended with ${outcome.exit}`)
      const calls = sandbox.calls.slice(from)
      const limits = makespan(calls)
      const floor = Math.max(chain, limits.ms)
      const writes = calls.filter(({ operation }) => !isReading(operation) && !operation.startsWith('Assume')).length
      const ratio = floor === 0 ? '-' : (took / floor).toFixed(3)
      print(
        cells(
          name,
          count,
          seconds(took),
          floor === 0 ? '-' : seconds(floor),
          ratio,
          calls.length,
          (calls.length / count).toFixed(1),
          writes,
          cpu.toFixed(0),
        ) + (floor === limits.ms && floor > 0 ? `   (${limits.operation})` : ''),
      )
    }
    await act('setup', longestSetup(edges), (run) => setup(run, graph, {}))
    await act('setup again', 0, (run) => setup(run, graph, {}))
    await act('teardown', longestTeardown(edges), (run) => teardown(run, stepById, {}))
  } finally {
    await sandbox.close()
    await rm(folder, { recursive: true, force: true })
  }
}

print(
  "Wall time in seconds of AWS time, with AWS's durations and default request limits; the floor is the greater of the",
)
print('longest chain of durations and what the limits allow for the calls that change something.')
print(cells('', 'integrations', 'took', 'floor', 'ratio', 'calls', 'per integr.', 'writes', 'own ms'))
for (const count of [1, 10, 50]) await measure(count)
print(
  `Peak memory of all of the above, privlink and sandbox in one process: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`,
)
