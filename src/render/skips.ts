import type { ProgressView, EventOf } from './progress.ts'
import { count } from './wording.ts'

/** From so many nodes on, the line counts them instead of naming them. */
const many = 5

/**
 * Holds back the skipped nodes and reports them together at the end, by reason: one early failure may skip all others.
 */
export function groupSkips(progressView: ProgressView): ProgressView {
  const skipped = new Map<string, string[]>()
  const emit = () => {
    for (const [why, nodes] of skipped) {
      progressView.line(`skipped ${nodes.length < many ? nodes.join(', ') : count(nodes.length, 'step')}: ${why}`)
    }
    skipped.clear()
  }
  return {
    ...progressView,
    progress: (event: EventOf<'progress'>) => {
      if (event.phase !== 'skipped') return progressView.progress(event)
      const why = event.detail ?? 'not needed'
      skipped.set(why, [...(skipped.get(why) ?? []), event.node])
    },
    close: () => {
      emit()
      progressView.close()
    },
  }
}
