import { PrivlinkError, hasCode, messageOf } from '../errors.ts'
import type { LedgerEntry } from './ledger.ts'
import { isAnother, observe, progress, type NodeContext, untilNextRead } from './node-context.ts'
import { minutes, seconds } from './step.ts'

/** Deletions lag: a security group waits for interfaces (15 min), a VPC link may take 20 min (Terraform's ceilings). */
const goneWithin = minutes(20)
/** How often a call that is refused, since the thing is still in use, is made again. */
const refusedEvery = seconds(5)

/**
 * Takes one thing away and looks until it is gone. "In use" is tried again for as long as things may linger and then
 * told, with what AWS said, never ignored. Quiet when repeated.
 *
 * @returns `kept` when it turns out to be somebody else's, which is left alone.
 * @throws PrivlinkError when it does not go.
 */
export async function remove<Aws, Probe>(
  context: NodeContext<Aws, Probe>,
  evidence: 'created' | 'intended',
): Promise<'gone' | 'kept'> {
  const { run, step, known, aws, inputs, identity } = context
  if (step.delete === undefined) return 'gone'
  const until = run.clock.now() + goneWithin
  let asked = false
  for (;;) {
    const seen = await observe(context)
    if (seen.state === 'absent') return 'gone'
    // An intent alone proves nothing about a thing that does not carry our tags.
    if (evidence === 'intended' && seen.owner === 'other' && step.relation !== true) return 'kept'
    // Ours is gone, and somebody else has put one of the same name in its place.
    if (seen.owner === 'other' && isAnother(step, seen.facts, known)) return 'gone'
    const facts = seen.facts ?? known
    if (facts === undefined) return 'gone'
    if (seen.state === 'pending' && seen.deleting === true) asked = true
    let why = seen.state === 'pending' ? seen.why : 'not yet gone'
    if (!asked) {
      progress(context, 'deleting')
      try {
        await step.delete({ aws, known: facts, inputs, identity })
        asked = true
      } catch (thrown) {
        if (hasCode(thrown, 'NotFound')) return 'gone'
        if (!hasCode(thrown, 'InUse') && !hasCode(thrown, 'NotYet')) throw thrown
        why = messageOf(thrown)
      }
      // Most things are gone at once; only what lingers is waited for.
      if (asked && (await observe(context)).state === 'absent') return 'gone'
    }
    if (run.clock.now() >= until) {
      throw new PrivlinkError('DoesNotGo', `could not be removed: ${why}`, {
        hint: 'Something that privlink did not make may be using it. Release it and run teardown again.',
      })
    }
    progress(context, 'waiting', why)
    // A refused call costs more than a look, and everything makes its own.
    await untilNextRead(context, asked ? 0 : refusedEvery)
  }
}

/** What lingers takes longer: Terraform gives the network interfaces of a function 45 minutes. */
const lingersWithin = minutes(45)
const lingersEvery = seconds(15)

/**
 * Waits for what a thing leaves behind for a while after it has gone.
 *
 * @throws PrivlinkError when that does not go.
 */
export async function waitForLeftovers<Aws, Probe>(context: NodeContext<Aws, Probe>): Promise<void> {
  const { run, step, known, aws, inputs } = context
  const until = run.clock.now() + lingersWithin
  for (;;) {
    const why = await step.leftovers?.({ aws, known, inputs })
    if (why === undefined) return
    if (run.clock.now() >= until) {
      throw new PrivlinkError('DoesNotGo', `has left something behind that does not go: ${why}`, {
        hint: 'Something that privlink did not make may be using it. Release it and run teardown again.',
      })
    }
    progress(context, 'waiting', why)
    await untilNextRead(context, lingersEvery)
  }
}

/** What the ledger can vouch for. */
export const evidenceOf = (entry: LedgerEntry): 'created' | 'intended' =>
  entry.status === 'intended' ? 'intended' : 'created'
