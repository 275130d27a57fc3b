import type { Course } from './progress.ts'
import { placed } from './wording.ts'

/**
 * One line per news, for logs: what has been said of a node once is no news again, and that it is ready is none where
 * nothing had to be done for it.
 */
export function plainCourse(stderr: NodeJS.WritableStream, verbose: boolean): Course {
  const said = new Set<string>()
  const busy = new Set<string>()
  return {
    progress: (event) => {
      const { phase, detail, title } = event
      // The error itself follows. A look is news only to those who want to see everything.
      if (phase === 'failed' || (phase === 'looking' && !verbose)) return
      if (phase === 'ready' && !busy.has(event.node) && !verbose) return
      busy.add(event.node)
      const news = `${placed(event)} ${title} – ${phase}${detail === undefined ? '' : `: ${detail}`}`
      if (said.has(news)) return
      said.add(news)
      stderr.write(`${news}\n`)
    },
    line: (text) => void stderr.write(`${text}\n`),
    close: () => undefined,
  }
}
