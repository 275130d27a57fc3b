import { createInterface } from 'node:readline'
import { PrivlinkError } from '../errors.ts'
import { exits, type Exit, type Removal } from '../lib.ts'
import { count } from '../render/wording.ts'
import type { Context } from './context.ts'
import type { TeardownOptions } from './options.ts'
import { finishing, runCommand } from './run-command.ts'

/** Removes exactly what privlink made; asks first, unless told not to. */
export const teardown = (options: TeardownOptions, context: Context): Promise<Exit> =>
  runCommand('teardown', options, context, async (running) => {
    const { only, breakLock, yes = false } = options
    const { privlink, call, renderer } = running
    if (!yes && !canAsk(options, context)) {
      throw new PrivlinkError('NeedsLeave', 'There is no terminal to ask whether to remove everything', {
        hint: 'Say so with --yes.',
        exit: exits.usage,
      })
    }
    const confirm = async ({ deployment, count: number, accounts }: Removal): Promise<boolean> => {
      renderer.close()
      const things = `${count(number, 'thing')} of ${deployment} from ${accounts.join(', ')}`
      return /^y(es)?$/i.test((await ask(context, `Remove ${things}? Type yes: `)).trim())
    }
    return finishing(context, running, () =>
      privlink.teardown({ ...call, only, breakLock, confirm: yes ? undefined : confirm }),
    )
  })

const canAsk = ({ json }: TeardownOptions, { stdin, stderr }: Context): boolean =>
  stdin.isTTY === true && stderr.isTTY === true && json !== true

/**
 * The answer to a question; empty if the input ends.
 *
 * @throws PrivlinkError Interrupted (exit 130), for Ctrl-C at the question too
 */
function ask({ stdin, stderr, signal }: Context, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: stdin, output: stderr })
    const stop = () => {
      // The next message begins on a line of its own.
      stderr.write('\n')
      reject(new PrivlinkError('Interrupted', 'Nothing was removed', { exit: exits.interrupted }))
      lines.close()
    }
    lines.once('SIGINT', stop)
    signal.addEventListener('abort', stop, { once: true })
    lines.once('close', () => {
      signal.removeEventListener('abort', stop)
      resolve('')
    })
    lines.question(question, (answer) => {
      resolve(answer)
      lines.close()
    })
  })
}
