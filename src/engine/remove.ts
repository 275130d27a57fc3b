import { PrivlinkError, hasCode, messageOf } from '../errors.ts'
import type { LedgerEntry } from './ledger.ts'
import { isAnother, observe, progress, type NodeContext, untilNextRead } from './node-context.ts'
import { minutes, seconds } from './step.ts'

/** Deletes lag: a security group waits for interfaces (15 min), a VPC link may take 20 min (Terraform's timeouts). */
const goneWithin = minutes(20)
/** The interval at which a delete is tried again that AWS refuses because the thing is still in use. */
const refusedEvery = seconds(5)

/**
 * Deletes one thing and reads until it is gone. A delete that is refused as "in use" is tried again for as long as
 * things may linger, and then reported with AWS's own words. Deleting twice does nothing the second time.
 *
 * @returns `kept` when the thing is not ours: it is left alone.
 * @throws PrivlinkError DoesNotGo
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
    const observation = await observe(context)
    if (observation.state === 'absent') return 'gone'
    // An intent alone proves nothing about a thing that does not carry our tags.
    if (evidence === 'intended' && observation.owner === 'other' && step.relation !== true) return 'kept'
    // Ours is gone, and another thing of the same name stands in its place.
    if (observation.owner === 'other' && isAnother(step, observation.facts, known)) return 'gone'
    const facts = observation.facts ?? known
    if (facts === undefined) return 'gone'
    if (observation.state === 'pending' && observation.deleting === true) asked = true
    let why = observation.state === 'pending' ? observation.why : 'not yet gone'
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
      // Most things are gone at once; only the others are waited for.
      if (asked && (await observe(context)).state === 'absent') return 'gone'
    }
    if (run.clock.now() >= until) {
      throw new PrivlinkError('DoesNotGo', `could not be removed: ${why}`, {
        hint: 'Something that privlink did not make may be using it. Release it and run teardown again.',
      })
    }
    progress(context, 'waiting', why)
    // A refused delete costs more than a read, which is shared.
    await untilNextRead(context, asked ? 0 : refusedEvery)
  }
}

/** Leftovers take longer: Terraform gives the network interfaces of a function 45 minutes. */
const lingersWithin = minutes(45)
const lingersEvery = seconds(15)

/**
 * Waits until the leftovers of a thing have gone.
 *
 * @throws PrivlinkError DoesNotGo
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

/** Whether the ledger knows that the thing was created, or only that it was intended. */
export const evidenceOf = (entry: LedgerEntry): 'created' | 'intended' =>
  entry.status === 'intended' ? 'intended' : 'created'
