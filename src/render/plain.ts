import type { ProgressView } from './progress.ts'
import { labelText } from './wording.ts'

/**
 * One line per change of state, for logs. A line about a node is written once, and a node is reported ready only if
 * setup had something to do for it.
 */
export function plainProgress(stderr: NodeJS.WritableStream, verbose: boolean): ProgressView {
  const said = new Set<string>()
  const busy = new Set<string>()
  return {
    progress: (event) => {
      const { phase, detail, title } = event
      // The error itself follows as a line of its own. Reads are reported with --verbose only.
      if (phase === 'failed' || (phase === 'looking' && !verbose)) return
      if (phase === 'ready' && !busy.has(event.node) && !verbose) return
      busy.add(event.node)
      const message = `${labelText(event)} ${title} – ${phase}${detail === undefined ? '' : `: ${detail}`}`
      if (said.has(message)) return
      said.add(message)
      stderr.write(`${message}\n`)
    },
    line: (text) => void stderr.write(`${text}\n`),
    close: () => undefined,
  }
}
