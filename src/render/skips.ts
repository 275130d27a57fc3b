import type { Course, Told } from './progress.ts'
import { count } from './wording.ts'

/** From so many on, names are more than anybody reads. */
const many = 5

/**
 * A course that holds back what was skipped and tells it together at the end, by reason: one failure early on may skip
 * everything else.
 */
export function gatherSkips(course: Course): Course {
  const skipped = new Map<string, string[]>()
  const emit = () => {
    for (const [why, nodes] of skipped) {
      course.line(`skipped ${nodes.length < many ? nodes.join(', ') : count(nodes.length, 'step')}: ${why}`)
    }
    skipped.clear()
  }
  return {
    ...course,
    progress: (event: Told<'progress'>) => {
      if (event.phase !== 'skipped') return course.progress(event)
      const why = event.detail ?? 'not needed'
      skipped.set(why, [...(skipped.get(why) ?? []), event.node])
    },
    close: () => {
      emit()
      course.close()
    },
  }
}
