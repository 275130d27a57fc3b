import type { World } from '../state/world.ts'
import type { Listener, TargetGroup } from '../state/elbv2.ts'

/** The listeners that send traffic to a target group, by their default action or by one of their rules. */
export const listenersUsing = (world: World, { arn }: Pick<TargetGroup, 'arn'>): Listener[] => {
  const byRule = new Set(
    Object.values(world.elbv2.rules).flatMap((rule) => (rule.targetGroupArn === arn ? rule.listenerArn : [])),
  )
  return Object.values(world.elbv2.listeners).filter((one) => one.targetGroupArn === arn || byRule.has(one.arn))
}
