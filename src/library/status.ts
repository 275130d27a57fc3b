import { readLedger } from '../disk/ledger-file.ts'
import { exits, type Exit } from '../errors.ts'
import type { Call } from './call.ts'
import { configAndLedger, folderOf } from './inputs.ts'
import type { StatusResult } from './results.ts'

/** Reads the ledger: what exists, who uses it, and what the config no longer asks for. */
export async function status({ options }: Call): Promise<Pick<StatusResult, 'status'> & { exit: Exit }> {
  const { config, ledgerPath } = await configAndLedger(options)
  const ledger = await readLedger({ path: ledgerPath, deployment: config?.deployment })
  const graph = config && (await import('../flows/config.ts')).compose(config, folderOf(options), 'leave')
  const entries = ledger.entries().map((entry) => {
    const { key, step, article, account, origin, status, usedBy, facts } = entry
    const wanted = graph && graph.has(key) && entry.superseded !== true
    return { node: key, step, article, account, origin, status, usedBy, wanted, facts }
  })
  return { status: { deployment: ledger.deployment, ledger: ledgerPath, entries }, exit: exits.done }
}
