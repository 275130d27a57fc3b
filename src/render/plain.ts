import type { Course } from './progress.ts'
import { placed } from './wording.ts'

/** One line per news, for logs: what has been said of a node once is no news again. */
export function plainCourse(stderr: NodeJS.WritableStream, verbose: boolean): Course {
  const said = new Set<string>()
  return {
    progress: (event) => {
      const { phase, detail, title } = event
      // The error itself follows. A look is news only to those who want to see everything.
      if (phase === 'failed' || (phase === 'looking' && !verbose)) return
      const news = `${placed(event)} ${title} – ${phase}${detail === undefined ? '' : `: ${detail}`}`
      if (said.has(news)) return
      said.add(news)
      stderr.write(`${news}\n`)
    },
    line: (text) => void stderr.write(`${text}\n`),
    close: () => undefined,
  }
}
