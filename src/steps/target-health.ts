import { DescribeTargetHealthCommand, type TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import { z } from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { minutes, seconds } from '../engine/step.ts'

/** States that say nothing about the target yet: being checked, or the listener has only just been attached. */
const undecided = ['initial', 'unused']

/**
 * Waits until the load balancer has made up its mind about the targets, so that a test call does not meet a load balancer
 * that is still looking. Whether the verdict is a good one is for the check to say.
 */
export const targetHealth = defineStep<{ targetGroupArn: string }>()({
  id: 'target-health',
  title: 'Health of the targets',
  facts: z.object({ targetGroupArn: z.string() }),
  actions: ['elasticloadbalancing:DescribeTargetHealth'],
  patience: { upTo: minutes(10), every: seconds(5) },

  async find({ aws, inputs: { targetGroupArn } }) {
    if (targetGroupArn === undefined) return { state: 'absent' }
    const health = await healthOf(aws, targetGroupArn)
    const healthy = health.some(({ TargetHealth }) => TargetHealth?.State === 'healthy')
    const waiting = health.find(({ TargetHealth }) => undecided.includes(TargetHealth?.State ?? ''))
    if (!healthy && (health.length === 0 || waiting !== undefined)) {
      const why = waiting === undefined ? 'no target is registered yet' : `${nameOf(waiting)} is ${reasonOf(waiting)}`
      return { state: 'pending', owner: 'other', why }
    }
    return { state: 'ready', owner: 'other', facts: { targetGroupArn } }
  },

  async check({ aws, facts: { targetGroupArn } }) {
    const health = await healthOf(aws, targetGroupArn)
    const healthy = health.filter(({ TargetHealth }) => TargetHealth?.State === 'healthy')
    const check = 'Targets answer'
    // With no healthy target at all a Network Load Balancer sends to every target ("Target group health", NLB guide).
    const open =
      healthy.length === 0 ? '; none is healthy, so the load balancer fails open and calls may still pass' : ''
    return health.map((one) => {
      if (healthy.includes(one)) return { check, verdict: 'ok', evidence: `${nameOf(one)} is healthy` }
      const evidence = `${nameOf(one)} is ${reasonOf(one)}${open}`
      if (one.TargetHealth?.State === 'initial') {
        return { check, verdict: 'unproved', evidence, hint: 'Verify again in a minute.' }
      }
      return { check, verdict: 'failed', evidence, hint: hintFor(one.TargetHealth?.Reason) }
    })
  },
})

async function healthOf(aws: Aws, TargetGroupArn: string): Promise<TargetHealthDescription[]> {
  const { TargetHealthDescriptions: all = [] } = await aws.elbv2(new DescribeTargetHealthCommand({ TargetGroupArn }))
  return all.filter(({ TargetHealth }) => TargetHealth?.State !== 'draining')
}

const nameOf = ({ Target }: TargetHealthDescription): string => `${Target?.Id}:${Target?.Port}`

const reasonOf = ({ TargetHealth: health }: TargetHealthDescription): string =>
  [health?.State ?? 'unknown', [health?.Reason, health?.Description].filter(Boolean).join(', ')]
    .filter((part) => part !== '')
    .join(': ')

/** What each of AWS's reasons asks for (TargetHealth.Reason, ELBv2 API reference). */
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
