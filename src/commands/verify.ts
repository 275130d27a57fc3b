import type { Exit } from '../errors.ts'
import type { Context, Options } from './context.ts'
import { warnOfUnproved } from './unproved.ts'
import { withRun } from './with-run.ts'

/** Proves what setup brought about. */
export const verify = (options: Options, context: Context): Promise<Exit> =>
  withRun('verify', options, context, { writes: false }, async ({ run, graph, choice }) => {
    const { verify } = await import('../engine/verify.ts')
    const outcome = await verify(run, graph, choice)
    warnOfUnproved(run, outcome)
    return outcome
  })
