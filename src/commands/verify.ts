import type { Exit } from '../lib.ts'
import type { Context } from './context.ts'
import type { VerifyOptions } from './options.ts'
import { finishing, runCommand } from './run-command.ts'
import { warnOfUnproved } from './unproved.ts'

/** Proves that the right callers get in and all others do not. */
export const verify = (options: VerifyOptions, context: Context): Promise<Exit> =>
  runCommand('verify', options, context, async (running) => {
    const { only, requireProof } = options
    const { privlink, call, renderer } = running
    const result = await finishing(context, running, () => privlink.verify({ ...call, only, requireProof }))
    warnOfUnproved(renderer, result)
    return result
  })
