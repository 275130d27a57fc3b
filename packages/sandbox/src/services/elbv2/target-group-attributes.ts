import { toPairs } from '../tags.ts'
import type {
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput,
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupAttributesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../operation.ts'
import { invalid, patterns, readAttributes, getTargetGroup } from './lookup.ts'
import type { TargetGroup } from '../../state/elbv2.ts'
import { onThe } from './required-permissions.ts'

const { flag } = patterns
const countOrOff = /^(off|[1-9]\d*)$/

/** Attributes of both kinds. */
const healthAttributes: Record<string, readonly [value: string, rule: RegExp]> = {
  'target_group_health.dns_failover.minimum_healthy_targets.count': ['1', countOrOff],
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': ['off', countOrOff],
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': ['1', countOrOff],
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': ['off', countOrOff],
}

/** Attributes of TCP target groups, with their defaults and patterns (API_TargetGroupAttribute). */
const ofTcp: Record<string, readonly [value: string, rule: RegExp]> = {
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
  ...healthAttributes,
  'target_health_state.unhealthy.connection_termination.enabled': ['true', flag],
  'target_health_state.unhealthy.draining_interval_seconds': ['0', /^\d+$/],
}

/** Attributes of HTTP and HTTPS target groups. */
const ofHttp: typeof ofTcp = {
  'deregistration_delay.timeout_seconds': ['300', /^([0-9]|[1-9]\d{1,2}|[12]\d{3}|3[0-5]\d{2}|3600)$/],
  'slow_start.duration_seconds': ['0', /^(0|[3-9]\d|[1-8]\d{2}|900)$/],
  'load_balancing.algorithm.type': ['round_robin', /^(round_robin|least_outstanding_requests|weighted_random)$/],
  'load_balancing.cross_zone.enabled': [
    'use_load_balancer_configuration',
    /^(true|false|use_load_balancer_configuration)$/,
  ],
  'load_balancing.algorithm.anomaly_mitigation': ['off', /^(on|off)$/],
  'stickiness.enabled': ['false', flag],
  'stickiness.type': ['lb_cookie', /^(lb_cookie|app_cookie)$/],
  'stickiness.lb_cookie.duration_seconds': ['86400', /^[1-9]\d{0,5}$/],
  'stickiness.app_cookie.duration_seconds': ['86400', /^[1-9]\d{0,5}$/],
  'stickiness.app_cookie.cookie_name': ['', /^[\w.-]*$/],
  ...healthAttributes,
}

type Kind = Pick<TargetGroup, 'protocol' | 'targetType'>

const attributesOf = ({ protocol }: Kind) => (protocol === 'TCP' ? ofTcp : ofHttp)

/** Client IPs are preserved by default unless targets are addresses (section 12.5: "off for ip targets with TCP"). */
export const defaultTargetGroupAttributes = (group: Kind): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(attributesOf(group)).map(([key, [value]]) => [key, value])),
  ...(group.protocol === 'TCP' && { 'preserve_client_ip.enabled': String(group.targetType !== 'ip') }),
})

/** Completes the stored attributes by the defaults: a seeded group may have few. */
const withDefaults = (group: TargetGroup): Record<string, string> => ({
  ...defaultTargetGroupAttributes(group),
  ...group.attributes,
})

export const targetGroupAttributeOperations = {
  DescribeTargetGroupAttributes: operation<DescribeTargetGroupAttributesInput, DescribeTargetGroupAttributesOutput>()(
    ['TargetGroupArn'],
    '*',
    ({ TargetGroupArn }, call) => ({ Attributes: toPairs(withDefaults(getTargetGroup(call, TargetGroupArn))) }),
  ),

  ModifyTargetGroupAttributes: operation<ModifyTargetGroupAttributesInput, ModifyTargetGroupAttributesOutput>()(
    ['TargetGroupArn', 'Attributes'],
    onThe('TargetGroupArn'),
    ({ TargetGroupArn, Attributes }, call) => {
      const found = getTargetGroup(call, TargetGroupArn)
      // "Use an Application Load Balancer as a target", NLB guide: the defaults are all there is. The text is assumed.
      if (found.targetType === 'alb') throw invalid('The attributes of target groups of type alb cannot be modified')
      const rules = Object.entries(attributesOf(found)).map(([key, [, rule]]) => [key, rule] as const)
      Object.assign(found.attributes, readAttributes(Attributes, Object.fromEntries(rules)))
      return { Attributes: toPairs(withDefaults(found)) }
    },
  ),
}
