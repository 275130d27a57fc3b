import type { Listener } from '../engine/events.ts'
import type { Outcome } from '../engine/run.ts'
import { count } from '../render/wording.ts'

/** What cannot be proved from here may be as it should or not: nobody shall take it for proved. */
export function warnOfUnproved({ emit }: { emit: Listener }, { findings }: Outcome): void {
  const unproved = findings.filter(({ verdict }) => verdict === 'unproved')
  if (unproved.length === 0) return
  const message = `${count(unproved.length, 'check')} could not be proved from here`
  emit({ event: 'warning', message, hint: 'verify --require-proof makes that an error.' })
}
