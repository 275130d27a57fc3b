import type { CreateTargetGroupInput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { invalid } from './lookup.ts'
import type { HealthCheck } from './state.ts'

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
 * Reads a health check, over what there was before. Defaults and ranges: "Health checks for Network Load Balancer target
 * groups" and API_CreateTargetGroup. That a check by TCP takes neither path nor matcher is so; the texts are assumed.
 */
export function readHealthCheck(input: Input, before?: HealthCheck): HealthCheck {
  const protocol = input.HealthCheckProtocol ?? before?.protocol ?? 'TCP'
  if (protocol !== 'TCP' && protocol !== 'HTTP' && protocol !== 'HTTPS')
    throw invalid(`Health check protocol '${protocol}' is not supported for target groups with protocol TCP`)
  if (input.HealthCheckEnabled === false) throw invalid('Health checks cannot be disabled for this type of target')
  const same = before?.protocol === protocol ? before : undefined
  const check: HealthCheck = {
    enabled: true,
    protocol,
    port: input.HealthCheckPort ?? before?.port ?? 'traffic-port',
    intervalSeconds: input.HealthCheckIntervalSeconds ?? before?.intervalSeconds ?? 30,
    timeoutSeconds: input.HealthCheckTimeoutSeconds ?? same?.timeoutSeconds ?? (protocol === 'HTTP' ? 6 : 10),
    healthyThreshold: input.HealthyThresholdCount ?? before?.healthyThreshold ?? 5,
    unhealthyThreshold: input.UnhealthyThresholdCount ?? before?.unhealthyThreshold ?? 2,
  }
  if (protocol === 'TCP') {
    if (input.HealthCheckPath !== undefined)
      throw invalid('Health check path cannot be specified for health checks by TCP')
    if (input.Matcher !== undefined) throw invalid('A matcher cannot be specified for health checks by TCP')
  } else {
    check.path = input.HealthCheckPath ?? same?.path ?? '/'
    check.matcher = input.Matcher?.HttpCode ?? same?.matcher ?? '200-399'
  }
  validate(check)
  return check
}

function validate(check: HealthCheck): void {
  within('Health check interval', check.intervalSeconds, 5, 300)
  within('Health check timeout', check.timeoutSeconds, 2, 120)
  within('Healthy threshold count', check.healthyThreshold, 2, 10)
  within('Unhealthy threshold count', check.unhealthyThreshold, 2, 10)
  if (check.timeoutSeconds > check.intervalSeconds)
    throw invalid('Health check timeout must be smaller than or equal to the interval')
  if (check.port !== 'traffic-port') within('Health check port', Number(check.port), 1, 65_535)
  if (check.path !== undefined && !check.path.startsWith('/'))
    throw invalid(`Health check path '${check.path}' must begin with a '/' character`)
  if (check.matcher !== undefined && !/^\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*$/.test(check.matcher))
    throw invalid(`Health check matcher HTTP code '${check.matcher}' must be within '200-599' inclusive`)
}

function within(what: string, value: number, least: number, most: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= most))
    throw invalid(`${what} '${value}' must be between '${least}' and '${most}' inclusive`)
}
