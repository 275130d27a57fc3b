import type { Exit } from '../lib.ts'
import type { Context } from './context.ts'
import type { SandboxOptions } from './options.ts'
import { runCommand } from './run-command.ts'

/** Serves a local AWS until it is told to stop. */
export const sandbox = (options: SandboxOptions, context: Context): Promise<Exit> =>
  runCommand('sandbox', options, context, async ({ privlink, call, renderer }) => {
    const { port, state: stateFile } = options
    const result = await privlink.startSandbox({ ...call, port, stateFile })
    if (result.sandbox === undefined) return result
    const { url, close } = result.sandbox
    const { speed } = privlink
    try {
      renderer.result(() => `AWS_ENDPOINT_URL=${url}`, [{ event: 'listening', url }])
      if (speed !== 1) renderer.note(`time passes ${speed} times faster: give privlink PRIVLINK_CLOCK_SPEED=${speed}`)
      renderer.note('the operator is AWS_ACCESS_KEY_ID=000000000000, with any secret; stop with Ctrl-C')
      await stopped(context.signal)
    } finally {
      await close()
    }
    return result
  })

const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
