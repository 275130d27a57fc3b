import type { Exit } from '../errors.ts'
import type { Context, Options } from './context.ts'
import { warnOfUnproved } from './unproved.ts'
import { withWorkbench } from './workbench.ts'

/** Proves what setup brought about. */
export const verify = (options: Options, context: Context): Promise<Exit> =>
  withWorkbench('verify', options, context, { writes: false }, async ({ run, walk, choice }) => {
    const { verify } = await import('../engine/verify.ts')
    const outcome = await verify(run, walk, choice)
    warnOfUnproved(run, outcome)
    return outcome
  })
