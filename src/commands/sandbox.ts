import { exits, type Exit } from '../errors.ts'
import type { Context, Options } from './context.ts'
import { configIfAny, folderOf } from './ground.ts'
import { startSandbox } from './local-sandbox.ts'
import { runCommand } from './run-command.ts'

/** Serves a local AWS until it is told to stop. */
export const sandbox = (options: Options, context: Context): Promise<Exit> =>
  runCommand('sandbox', options, context, async ({ clock, speed, renderer }) => {
    const config = await configIfAny(options)
    const running = await startSandbox({
      clock,
      speed,
      ...(options.port !== undefined && { port: options.port }),
      ...(options.state !== undefined && { stateFile: options.state }),
    })
    try {
      if (config !== undefined) await (await import('./rehearsal.ts')).furnish(running, config, folderOf(options))
      const { url } = running
      renderer.result(() => `AWS_ENDPOINT_URL=${url}`, [{ event: 'listening', url }])
      if (speed !== 1) renderer.note(`time passes ${speed} times faster: give privlink PRIVLINK_CLOCK_SPEED=${speed}`)
      renderer.note('the operator is AWS_ACCESS_KEY_ID=000000000000, with any secret; stop with Ctrl-C')
      await stopped(context.signal)
    } finally {
      await running.close()
    }
    return exits.done
  })

const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
