import { PrivlinkError, exits, messageOf, type Exit } from '../errors.ts'
import type { NodeLabel } from './events.ts'
import type { RunOptions, Outcome, Run } from './run.ts'
import type { Finding } from './step.ts'

/** Counts the changes of a run, and reports every failure once. */
export function startTally<Aws, Probe>(run: Run<Aws, Probe>) {
  const counts = { created: 0, changed: 0, deleted: 0, failed: 0, skipped: 0 }
  const findings: Finding[] = []
  let worst: Exit = exits.done

  const fail = (thrown: unknown, label?: NodeLabel): void => {
    const error = run.signal.aborted && !(thrown instanceof PrivlinkError) ? interrupted() : thrown
    // It is a bug: its stack is worth more than a summary.
    if (!(error instanceof PrivlinkError)) throw error
    counts.failed += 1
    if (error.exit === exits.credentials || worst === exits.done) worst = error.exit
    if (label !== undefined) run.emit({ event: 'progress', ...label, phase: 'failed', detail: messageOf(error) })
    run.emit({ event: 'error', ...label, code: error.code, message: error.message, hint: error.hint })
  }
  const skip = (label: NodeLabel, why: string): void => {
    counts.skipped += 1
    run.emit({ event: 'progress', ...label, phase: 'skipped', detail: why })
  }
  const find = (finding: Finding, integrations: readonly string[], label: NodeLabel): void => {
    findings.push(finding)
    run.emit({ event: 'finding', integrations, ...label, ...finding })
  }
  const outcome = ({ requireProof }: RunOptions = {}): Outcome => {
    const untrue = findings.some(
      ({ verdict }) => verdict === 'failed' || (requireProof === true && verdict === 'unproved'),
    )
    return {
      ...counts,
      findings,
      exit: run.signal.aborted ? exits.interrupted : worst || (untrue ? exits.untrue : exits.done),
    }
  }
  return { counts, fail, skip, find, outcome }
}

/** The error of a run that was told to stop. */
export const interrupted = (): PrivlinkError =>
  new PrivlinkError('Interrupted', 'stopped before it was done', {
    exit: exits.interrupted,
    hint: 'Run the same command again: it goes on from here.',
  })

export type Tally = ReturnType<typeof startTally>
