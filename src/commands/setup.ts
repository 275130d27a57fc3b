import type { Exit } from '../errors.ts'
import type { Context, Options } from './context.ts'
import { withWorkbench } from './workbench.ts'

/** Brings the config about and proves it. */
export const setup = (options: Options, context: Context): Promise<Exit> =>
  withWorkbench('setup', options, context, { writes: true }, async ({ run, walk, choice, ledger }) => {
    const { setup } = await import('../engine/setup.ts')
    const left = ledger.entries().filter(({ key, superseded }) => !walk.has(key) && superseded !== true)
    if (left.length > 0) {
      run.tell({
        event: 'warning',
        message: `no longer in the config, but still there: ${left.map(({ key }) => key).join(', ')}`,
        hint: `Remove what you no longer need: privlink teardown --only ${left.map(({ key }) => key).join(' ')}`,
      })
    }
    return setup(run, walk, choice)
  })
