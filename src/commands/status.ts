import type { Exit } from '../lib.ts'
import type { EntryEvent } from '../render/json-events.ts'
import { statusTree } from '../render/status-tree.ts'
import type { Context } from './context.ts'
import type { LedgerOptions } from './options.ts'
import { runCommand } from './run-command.ts'

/** Shows what the ledger knows: what exists, who uses it, and what the config no longer asks for. It calls no AWS. */
export const status = (options: LedgerOptions, context: Context): Promise<Exit> =>
  runCommand('status', options, context, async ({ privlink, call, renderer }) => {
    const result = await privlink.status(call)
    if (result.status === undefined) return result
    const { deployment, ledger, entries } = result.status
    const events = entries.map((entry): EntryEvent => ({ event: 'entry', ...entry }))
    const title = `${deployment} (${ledger})`
    renderer.result(
      (colour) => (events.length === 0 ? `${title}: nothing there` : statusTree(title, events, colour)),
      events,
    )
    return result
  })
