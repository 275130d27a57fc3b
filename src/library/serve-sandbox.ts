import { exits, type Exit } from '../errors.ts'
import type { Call } from './call.ts'
import { configIfAny, folderOf } from './inputs.ts'
import { startSandbox } from './local-sandbox.ts'
import type { SandboxOptions } from './options.ts'
import { furnish } from './rehearsal.ts'
import type { SandboxResult } from './results.ts'

/** Serves a local AWS with what the config says exists. */
export async function serveSandbox(
  { options, clock, speed }: Call,
  { port, stateFile }: SandboxOptions,
): Promise<Pick<SandboxResult, 'sandbox'> & { exit: Exit }> {
  const config = await configIfAny(options)
  const sandbox = await startSandbox({
    clock,
    speed,
    ...(port !== undefined && { port }),
    ...(stateFile !== undefined && { stateFile }),
  })
  try {
    if (config !== undefined) await furnish(sandbox, config, folderOf(options))
  } catch (thrown) {
    await sandbox.close()
    throw thrown
  }
  return { sandbox: { url: sandbox.url, close: sandbox.close }, exit: exits.done }
}
