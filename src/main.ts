#!/usr/bin/env node
import { setMaxListeners } from 'node:events'
import { main } from './cli.ts'
import { exits } from './errors.ts'

// The SDK warns of Node versions that it will drop some day, which a user of privlink cannot change.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

const stop = new AbortController()
// Every node that waits listens to it.
setMaxListeners(0, stop.signal)

const onSignal = (): void => {
  // A second signal means that the user does not want to wait; the next run takes over the lock that stays.
  if (stop.signal.aborted) process.exit(exits.interrupted)
  stop.abort()
}
process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)

// A reader that has seen enough (`privlink plan | head`) is no reason to leave a run half done.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

process.exitCode = await main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  signal: stop.signal,
})
process.off('SIGINT', onSignal)
process.off('SIGTERM', onSignal)
