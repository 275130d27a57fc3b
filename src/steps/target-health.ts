import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { minutes, seconds } from '../engine/step.ts'
import { targetsIn } from './shared/target-groups.ts'
import { describe } from '../aws/permissions/permission.ts'

/** How a target was seen; `told` is AWS's state, reason and description in one. */
const targetSchema = z.object({ name: z.string(), state: z.string(), reason: z.string().optional(), told: z.string() })

/** States that say nothing about the target yet: being checked, or the listener has only just been attached. */
const undecided = ['initial', 'unused']

/**
 * Waits until the load balancer has made up its mind about the targets, so that a test call does not meet a load
 * balancer that is still looking. Whether the verdict is a good one is for the check to say.
 */
export const targetHealth = defineStep<{ targetGroupArn: string }>()({
  id: 'target-health',
  title: 'Health of the targets',
  facts: z.object({
    targetGroupArn: z.string(),
    targets: z.array(targetSchema),
  }),
  permissions: {
    read: [describe('elasticloadbalancing:DescribeTargetHealth')],
  },
  // Each target group has a read of its own, so not often.
  patience: { upTo: minutes(10), every: seconds(10) },

  async read({ aws, inputs: { targetGroupArn } }) {
    if (targetGroupArn === undefined) return { state: 'absent' }
    const targets = (await targetsIn(aws, targetGroupArn)).map(seen)
    const healthy = targets.some(({ state }) => state === 'healthy')
    const waiting = targets.find(({ state }) => undecided.includes(state))
    if (!healthy && (targets.length === 0 || waiting !== undefined)) {
      const why = waiting === undefined ? 'no target is registered yet' : `${waiting.name} is ${waiting.told}`
      return { state: 'pending', owner: 'other', why }
    }
    return { state: 'ready', owner: 'other', facts: { targetGroupArn, targets } }
  },

  async check({ facts: { targets } }) {
    const healthy = targets.filter(({ state }) => state === 'healthy')
    const check = 'Targets answer'
    // With no healthy target at all a Network Load Balancer sends to every target ("Target group health", NLB guide).
    const open =
      healthy.length === 0 ? '; none is healthy, so the load balancer fails open and calls may still pass' : ''
    return targets.map(({ name, state, reason, told }) => {
      if (state === 'healthy') return { check, verdict: 'ok', evidence: `${name} is healthy` }
      const evidence = `${name} is ${told}${open}`
      if (state === 'initial') return { check, verdict: 'unproved', evidence, hint: 'Verify again in a minute.' }
      return { check, verdict: 'failed', evidence, hint: hintFor(reason) }
    })
  },
})

function seen({ Target, TargetHealth }: TargetHealthDescription): z.infer<typeof targetSchema> {
  const { State: state = 'unknown', Reason, Description } = TargetHealth ?? {}
  const why = [Reason, Description].filter((part) => part !== undefined && part !== '').join(', ')
  return {
    name: `${Target?.Id}:${Target?.Port}`,
    state,
    ...(Reason !== undefined && { reason: Reason }),
    told: why === '' ? state : `${state}: ${why}`,
  }
}

/** The next action for each of AWS's reasons (TargetHealth.Reason, ELBv2 API reference). */
function hintFor(reason: string | undefined): string {
  switch (reason) {
    case 'Target.Timeout':
      return "Look at the routes both ways, and whether the target's side admits the load balancer's subnets; behind PrivateLink, whether the application's load balancer has a healthy target in this zone or balances across zones."
    case 'Target.FailedHealthChecks':
      return 'Look whether something listens on this port of the target.'
    case 'Target.NotInUse':
      return 'Its zone is not enabled for the load balancer.'
    default:
      return 'Look at the target group in the console of the gateway account.'
  }
}
