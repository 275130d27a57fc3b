import type { Service } from '../services/service.ts'
import type { RatedRequest } from '../services/rates.ts'
import { AwsError } from '../state/aws-error.ts'
import type { Clock } from '../state/clock.ts'

interface Request extends RatedRequest {
  service: Service
  account: string
  region: string
}

/**
 * Counts requests against the rates of their services, per account and Region, on the sandbox's clock. A refused
 * request draws from no bucket.
 *
 * @returns a function that throws the service's throttling error when a bucket is empty.
 */
export function makeThrottle(clock: Clock): (request: Request) => void {
  const levels = new Map<string, { tokens: number; at: number }>()
  return (request) => {
    const now = clock.now()
    const { service, account } = request
    const region = service.rates?.global === true ? 'aws-global' : request.region
    const drawn = (service.rates?.bucketsOf(request) ?? []).map(([name, bucket]) => {
      const key = [account, region, service.id, name, bucket.capacity].join(':')
      const last = levels.get(key) ?? { tokens: bucket.capacity, at: now }
      const tokens = Math.min(bucket.capacity, last.tokens + ((now - last.at) / 1000) * bucket.refill)
      levels.set(key, { tokens, at: now })
      return { key, tokens, bucket }
    })
    const empty = drawn.find(({ tokens }) => tokens < 1 - 1e-9)
    if (empty) throw throttled(service, Math.ceil((1 - empty.tokens) / empty.bucket.refill))
    for (const { key, tokens } of drawn) levels.set(key, { tokens: tokens - 1, at: now })
  }
}

/** The error of an exceeded rate in the service's own words. */
export const throttled = ({ rates }: Service, retryAfterSeconds = 1): AwsError =>
  rates?.refusal?.(retryAfterSeconds) ?? new AwsError('Throttling', 'Rate exceeded', 400)
