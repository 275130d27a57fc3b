import { exits, type Exit } from '../lib.ts'
import type { Context } from './context.ts'
import type { PlanOptions } from './options.ts'
import { finishing, runCommand } from './run-command.ts'

/** Says what setup would do. */
export const plan = (options: PlanOptions, context: Context): Promise<Exit> =>
  runCommand('plan', options, context, async (running) => {
    const { only } = options
    const result = await finishing(context, running, () => running.privlink.plan({ ...running.call, only }))
    const { outcome, hasChanges } = result
    const isFound = options.detailedExitcode === true && hasChanges && outcome?.exit === exits.done
    return isFound ? { ...result, outcome: { ...outcome, exit: exits.untrue } } : result
  })
