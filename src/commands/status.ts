import { readLedger } from '../disk/ledger-file.ts'
import { exits, type Exit } from '../errors.ts'
import type { EntryEvent } from '../render/json-events.ts'
import { statusTree } from '../render/status-tree.ts'
import type { Context, Options } from './context.ts'
import { folderOf, groundOf } from './ground.ts'
import { runCommand } from './run-command.ts'

/** Shows what the ledger knows: what exists, who uses it, and what the config no longer asks for. Calls nobody. */
export const status = (options: Options, context: Context): Promise<Exit> =>
  runCommand('status', options, context, async ({ renderer }) => {
    const { config, ledgerPath } = await groundOf(options)
    const ledger = await readLedger({ path: ledgerPath, deployment: config?.deployment })
    const graph = config && (await import('../flows/config.ts')).compose(config, folderOf(options), 'leave')
    const entries = ledger.entries().map((entry): EntryEvent => {
      const { key, step, article, account, origin, status, usedBy, facts } = entry
      const wanted = graph && graph.has(key) && entry.superseded !== true
      return { event: 'entry', node: key, step, article, account, origin, status, usedBy, wanted, facts }
    })
    const title = `${ledger.deployment} (${ledgerPath})`
    renderer.result(
      (colour) => (entries.length === 0 ? `${title}: nothing there` : statusTree(title, entries, colour)),
      entries,
    )
    return exits.done
  })
