import { AwsError } from '../../state/aws-error.ts'
import { toPairs } from '../tags.ts'
import type {
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput,
  ModifyLoadBalancerAttributesInput,
  ModifyLoadBalancerAttributesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../operation.ts'
import { isVisible, getLoadBalancer, patterns, readAttributes } from './lookup.ts'
import type { LoadBalancer } from '../../state/elbv2.ts'
import { onThe } from './required-permissions.ts'

const { flag, text, count } = patterns

/** Attributes with their defaults and what they may be (API_LoadBalancerAttribute). */
const common = {
  'deletion_protection.enabled': ['false', flag],
  'load_balancing.cross_zone.enabled': ['false', flag],
  'access_logs.s3.enabled': ['false', flag],
  'access_logs.s3.bucket': ['', text],
  'access_logs.s3.prefix': ['', text],
  'ipv6.deny_all_igw_traffic': ['false', flag],
  'zonal_shift.config.enabled': ['false', flag],
} as const satisfies Attributes

const byType: Record<LoadBalancer['type'], Attributes> = {
  network: {
    ...common,
    'dns_record.client_routing_policy': [
      'any_availability_zone',
      /^(any_availability_zone|availability_zone_affinity|partial_availability_zone_affinity)$/,
    ],
    'secondary_ips.auto_assigned.per_subnet': ['0', count],
  },
  application: {
    ...common,
    'load_balancing.cross_zone.enabled': ['true', /^true$/],
    'idle_timeout.timeout_seconds': ['60', /^([1-9]\d{0,2}|[1-3]\d{3}|4000)$/],
    'client_keep_alive.seconds': ['3600', count],
    'connection_logs.s3.enabled': ['false', flag],
    'connection_logs.s3.bucket': ['', text],
    'connection_logs.s3.prefix': ['', text],
    'routing.http.desync_mitigation_mode': ['defensive', /^(monitor|defensive|strictest)$/],
    'routing.http.drop_invalid_header_fields.enabled': ['false', flag],
    'routing.http.preserve_host_header.enabled': ['false', flag],
    'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': ['false', flag],
    'routing.http.xff_client_port.enabled': ['false', flag],
    'routing.http.xff_header_processing.mode': ['append', /^(append|preserve|remove)$/],
    'routing.http2.enabled': ['true', flag],
    'waf.fail_open.enabled': ['false', flag],
  },
}

type Attributes = Record<string, readonly [value: string, rule: RegExp]>

export const defaultAttributes = (type: LoadBalancer['type']): Record<string, string> =>
  Object.fromEntries(Object.entries(byType[type]).map(([key, [value]]) => [key, value]))

/** Completes the stored attributes by the defaults: a seeded load balancer may have few. */
const withDefaults = ({ type, attributes }: LoadBalancer): Record<string, string> => ({
  ...defaultAttributes(type),
  ...attributes,
})

export const loadBalancerAttributeOperations = {
  DescribeLoadBalancerAttributes: operation<
    DescribeLoadBalancerAttributesInput,
    DescribeLoadBalancerAttributesOutput
  >()(['LoadBalancerArn'], '*', ({ LoadBalancerArn }, call) => {
    const found = getLoadBalancer(call, LoadBalancerArn)
    if (!isVisible(found, call.now))
      throw new AwsError('LoadBalancerNotFound', `Load balancer '${LoadBalancerArn}' not found`)
    return { Attributes: toPairs(withDefaults(found)) }
  }),

  ModifyLoadBalancerAttributes: operation<ModifyLoadBalancerAttributesInput, ModifyLoadBalancerAttributesOutput>()(
    ['LoadBalancerArn', 'Attributes'],
    onThe('LoadBalancerArn'),
    ({ LoadBalancerArn, Attributes }, call) => {
      const found = getLoadBalancer(call, LoadBalancerArn)
      const rules = Object.entries(byType[found.type]).map(([key, [, rule]]) => [key, rule] as const)
      Object.assign(found.attributes, readAttributes(Attributes, Object.fromEntries(rules)))
      return { Attributes: toPairs(withDefaults(found)) }
    },
  ),
}
