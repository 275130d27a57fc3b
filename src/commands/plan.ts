import { exits, type Exit } from '../errors.ts'
import type { Context, Options } from './context.ts'
import { withWorkbench } from './workbench.ts'

/** Says what setup would do. */
export const plan = (options: Options, context: Context): Promise<Exit> =>
  withWorkbench('plan', options, context, { writes: false }, async ({ run, walk, choice }) => {
    const { plan } = await import('../engine/plan.ts')
    let changes = false
    const tell: typeof run.tell = (event) => {
      // What is no longer wanted is not setup's to remove.
      if (event.event === 'change' && event.action !== '=' && event.action !== '-') changes = true
      run.tell(event)
    }
    const outcome = await plan({ ...run, tell }, walk, choice)
    const found = options.detailedExitcode === true && changes && outcome.exit === exits.done
    return found ? { ...outcome, exit: exits.untrue } : outcome
  })
