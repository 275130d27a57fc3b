import type {
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput,
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupAttributesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../protocol/operation.ts'
import { patterns, readAttributes, showPairs, targetGroup } from './lookup.ts'
import type { TargetGroup } from './state.ts'

const { flag } = patterns
const countOrOff = /^(off|[1-9]\d*)$/

/** Attributes of TCP target groups with their defaults and what they may be (API_TargetGroupAttribute). */
const attributes: Record<string, readonly [value: string, rule: RegExp]> = {
  'deregistration_delay.timeout_seconds': ['300', /^([0-9]|[1-9]\d{1,2}|[12]\d{3}|3[0-5]\d{2}|3600)$/],
  'deregistration_delay.connection_termination.enabled': ['false', flag],
  'preserve_client_ip.enabled': ['false', flag],
  'proxy_protocol_v2.enabled': ['false', flag],
  'stickiness.enabled': ['false', flag],
  'stickiness.type': ['source_ip', /^source_ip$/],
  'load_balancing.cross_zone.enabled': [
    'use_load_balancer_configuration',
    /^(true|false|use_load_balancer_configuration)$/,
  ],
  'target_group_health.dns_failover.minimum_healthy_targets.count': ['1', countOrOff],
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': ['off', countOrOff],
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': ['1', countOrOff],
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': ['off', countOrOff],
  'target_health_state.unhealthy.connection_termination.enabled': ['true', flag],
  'target_health_state.unhealthy.draining_interval_seconds': ['0', /^\d+$/],
}

/** Client IPs are preserved by default unless targets are addresses (section 12.5: "off for ip targets with TCP"). */
export const defaultTargetGroupAttributes = (type: TargetGroup['targetType']): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(attributes).map(([key, [value]]) => [key, value])),
  'preserve_client_ip.enabled': String(type !== 'ip'),
})

/** What is stored, which may be less than all for a group that was there from the start, over the defaults. */
const withDefaults = ({ targetType, attributes }: TargetGroup): Record<string, string> => ({
  ...defaultTargetGroupAttributes(targetType),
  ...attributes,
})

export const targetGroupAttributeOperations = {
  DescribeTargetGroupAttributes: operation<DescribeTargetGroupAttributesInput, DescribeTargetGroupAttributesOutput>()(
    ['TargetGroupArn'],
    ({ TargetGroupArn }, call) => ({ Attributes: showPairs(withDefaults(targetGroup(call, TargetGroupArn))) }),
  ),

  ModifyTargetGroupAttributes: operation<ModifyTargetGroupAttributesInput, ModifyTargetGroupAttributesOutput>()(
    ['TargetGroupArn', 'Attributes'],
    ({ TargetGroupArn, Attributes }, call) => {
      const found = targetGroup(call, TargetGroupArn)
      const rules = Object.entries(attributes).map(([key, [, rule]]) => [key, rule] as const)
      Object.assign(found.attributes, readAttributes(Attributes, Object.fromEntries(rules)))
      return { Attributes: showPairs(withDefaults(found)) }
    },
  ),
}
