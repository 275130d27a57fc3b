import type { CreateTargetGroupInput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { invalid } from './lookup.ts'
import type { HealthCheck, TargetGroup } from '../../state/elbv2.ts'

/** The members of a request that say how targets are checked. */
export const healthCheckMembers = [
  'HealthCheckProtocol',
  'HealthCheckPort',
  'HealthCheckPath',
  'HealthCheckEnabled',
  'HealthCheckIntervalSeconds',
  'HealthCheckTimeoutSeconds',
  'HealthyThresholdCount',
  'UnhealthyThresholdCount',
  'Matcher',
] as const

type Input = Partial<Pick<CreateTargetGroupInput, (typeof healthCheckMembers)[number]>>

/**
 * Defaults by the load balancer that a group is for: "Health checks for Network Load Balancer target groups", "Health
 * checks for Application Load Balancer target groups" and API_CreateTargetGroup. That of a group of type alb is HTTP:
 * assumed.
 */
function defaultsFor({ protocol, targetType }: Group, checkedBy: string | undefined) {
  if (protocol !== 'TCP') return { protocol: 'HTTP', timeoutSeconds: 5, matcher: '200' }
  const own = checkedBy ?? (targetType === 'alb' ? 'HTTP' : 'TCP')
  return { protocol: own, timeoutSeconds: own === 'HTTP' ? 6 : 10, matcher: '200-399' }
}

type Group = Pick<TargetGroup, 'protocol' | 'targetType'>

/**
 * Reads a health check, over what there was before. That a check by TCP takes neither path nor matcher is so, as that
 * an Application Load Balancer checks by HTTP or HTTPS; the texts are assumed.
 */
export function readHealthCheck(input: Input, group: Group, before?: HealthCheck): HealthCheck {
  const defaults = defaultsFor(group, input.HealthCheckProtocol ?? before?.protocol)
  const protocol = input.HealthCheckProtocol ?? before?.protocol ?? defaults.protocol
  const allowed = group.protocol === 'TCP' && group.targetType !== 'alb' ? ['TCP', 'HTTP', 'HTTPS'] : ['HTTP', 'HTTPS']
  if (!allowed.includes(protocol)) {
    const kind = group.targetType === 'alb' ? 'of type alb' : `with protocol ${group.protocol}`
    throw invalid(`Health check protocol '${protocol}' is not supported for target groups ${kind}`)
  }
  if (input.HealthCheckEnabled === false) throw invalid('Health checks cannot be disabled for this type of target')
  const same = before?.protocol === protocol ? before : undefined
  const check: HealthCheck = {
    enabled: true,
    protocol,
    port: input.HealthCheckPort ?? before?.port ?? 'traffic-port',
    intervalSeconds: input.HealthCheckIntervalSeconds ?? before?.intervalSeconds ?? 30,
    timeoutSeconds: input.HealthCheckTimeoutSeconds ?? same?.timeoutSeconds ?? defaults.timeoutSeconds,
    healthyThreshold: input.HealthyThresholdCount ?? before?.healthyThreshold ?? 5,
    unhealthyThreshold: input.UnhealthyThresholdCount ?? before?.unhealthyThreshold ?? 2,
  }
  if (protocol === 'TCP') {
    if (input.HealthCheckPath !== undefined)
      throw invalid('Health check path cannot be specified for health checks by TCP')
    if (input.Matcher !== undefined) throw invalid('A matcher cannot be specified for health checks by TCP')
  } else {
    check.path = input.HealthCheckPath ?? same?.path ?? '/'
    check.matcher = input.Matcher?.HttpCode ?? same?.matcher ?? defaults.matcher
  }
  validate(check, group.protocol === 'TCP' ? 599 : 499)
  return check
}

/** @param highest status code that a matcher may name (API_Matcher). */
function validate(check: HealthCheck, highest: number): void {
  within('Health check interval', check.intervalSeconds, 5, 300)
  within('Health check timeout', check.timeoutSeconds, 2, 120)
  within('Healthy threshold count', check.healthyThreshold, 2, 10)
  within('Unhealthy threshold count', check.unhealthyThreshold, 2, 10)
  if (check.timeoutSeconds > check.intervalSeconds)
    throw invalid('Health check timeout must be smaller than or equal to the interval')
  if (check.port !== 'traffic-port') within('Health check port', Number(check.port), 1, 65_535)
  if (check.path !== undefined && !check.path.startsWith('/'))
    throw invalid(`Health check path '${check.path}' must begin with a '/' character`)
  if (check.matcher === undefined) return
  const codes = check.matcher.split(/[-,]/).map(Number)
  if (!/^\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*$/.test(check.matcher) || codes.some((code) => code < 200 || code > highest))
    throw invalid(`Health check matcher HTTP code '${check.matcher}' must be within '200-${highest}' inclusive`)
}

function within(what: string, value: number, least: number, most: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= most))
    throw invalid(`${what} '${value}' must be between '${least}' and '${most}' inclusive`)
}
