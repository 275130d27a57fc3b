import type { Course } from './progress.ts'
import { placed } from './wording.ts'

/** One line per news, for logs: the same news twice in a row is none. */
export function plainCourse(stderr: NodeJS.WritableStream, verbose: boolean): Course {
  const last = new Map<string, string>()
  return {
    progress: (event) => {
      const { node, phase, detail, title } = event
      // The error itself follows. A look is news only to those who want to see everything.
      if (phase === 'failed' || (phase === 'looking' && !verbose)) return
      const news = `${phase}${detail === undefined ? '' : `: ${detail}`}`
      if (last.get(node) === news) return
      last.set(node, news)
      stderr.write(`${placed(event)} ${title} – ${news}\n`)
    },
    line: (text) => void stderr.write(`${text}\n`),
    close: () => undefined,
  }
}
