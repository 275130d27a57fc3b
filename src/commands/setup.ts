import { exits, type Exit } from '../lib.ts'
import type { Context } from './context.ts'
import type { SetupOptions } from './options.ts'
import { finishing, runCommand } from './run-command.ts'
import { warnOfUnproved } from './unproved.ts'

/** Creates and updates everything in the config, and proves it. */
export const setup = (options: SetupOptions, context: Context): Promise<Exit> =>
  runCommand('setup', options, context, async (running) => {
    const { only, replace, breakLock } = options
    const { privlink, call, renderer } = running
    const result = await finishing(context, running, () => privlink.setup({ ...call, only, replace, breakLock }))
    if (result.outcome?.exit === exits.untrue) {
      renderer.emit({
        event: 'warning',
        message: 'everything is there, but not every test call came out as it should',
        hint: 'privlink verify looks at every hop and names the one where it ends.',
      })
    }
    warnOfUnproved(renderer, result)
    return result
  })
