import { exits, type Exit } from '../errors.ts'
import type { Context, Options } from './context.ts'
import { withRun } from './with-run.ts'

/** Says what setup would do. */
export const plan = (options: Options, context: Context): Promise<Exit> =>
  withRun('plan', options, context, { writes: false }, async ({ run, graph, choice }) => {
    const { plan } = await import('../engine/plan.ts')
    let changes = false
    const emit: typeof run.emit = (event) => {
      // What is no longer wanted is not setup's to remove.
      if (event.event === 'change' && event.action !== '=' && event.action !== '-') changes = true
      run.emit(event)
    }
    const outcome = await plan({ ...run, emit }, graph, choice)
    const found = options.detailedExitcode === true && changes && outcome.exit === exits.done
    return found ? { ...outcome, exit: exits.untrue } : outcome
  })
