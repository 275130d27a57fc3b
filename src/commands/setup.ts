import { closest } from 'fastest-levenshtein'
import { PrivlinkError, exits, type Exit } from '../errors.ts'
import type { Context, Options } from './context.ts'
import { warnOfUnproved } from './unproved.ts'
import { withRun } from './with-run.ts'

/** Brings the config about and proves it. */
export const setup = (options: Options, context: Context): Promise<Exit> =>
  withRun('setup', options, context, { writes: true }, async ({ run, graph, choice }) => {
    refuseUnknown(options.replace ?? [], [...graph.keys()])
    const { setup } = await import('../engine/setup.ts')
    const outcome = await setup(run, graph, choice)
    if (outcome.exit === exits.untrue) {
      const hint = 'privlink verify looks at every hop and names the one where it ends.'
      run.emit({
        event: 'warning',
        message: 'everything is there, but not every test call came out as it should',
        hint,
      })
    }
    warnOfUnproved(run, outcome)
    return outcome
  })

/** A name that is mistyped would otherwise only show when nothing is replaced. */
function refuseUnknown(names: readonly string[], known: string[]): void {
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new PrivlinkError('UnknownName', `--replace names "${unknown}", which is no step of this config`, {
    exit: exits.usage,
    hint: `${known.length === 0 ? '' : `Did you mean "${closest(unknown, known)}"? `}plan --verbose shows all of them.`,
  })
}
