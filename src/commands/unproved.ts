import type { RunResult } from '../lib.ts'
import type { Renderer } from '../render/renderer.ts'
import { count } from '../render/wording.ts'

/** Warns of unproved findings: a run may end with exit 0 and without a proof. */
export function warnOfUnproved({ emit }: Pick<Renderer, 'emit'>, { outcome }: RunResult): void {
  const unproved = outcome?.findings.filter(({ verdict }) => verdict === 'unproved') ?? []
  if (unproved.length === 0) return
  const message = `${count(unproved.length, 'check')} could not be proved from here`
  emit({ event: 'warning', message, hint: 'verify --require-proof makes that an error.' })
}
