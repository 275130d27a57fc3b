import type { Clock } from '../state/clock.ts'
import type { Service } from '../services/service.ts'
import { AwsError } from '../state/aws-error.ts'

/** A token bucket: how many requests at once, and how many more each second. */
export interface Bucket {
  capacity: number
  /** Tokens per second. */
  refill: number
}

const none: Record<string, Bucket> = {}

const per = (requests: number, seconds: number): Bucket => ({ capacity: requests, refill: requests / seconds })

/**
 * AWS's request limits per account and region. API Gateway: "Amazon API Gateway quotas and important notes", April 2026;
 * its bursts beside the total are assumed to equal the rate. EC2: "Request throttling for the Amazon EC2 API". ELB:
 * "Request throttling for the Elastic Load Balancing API". Route 53, which knows no Regions: "Quotas", developer guide.
 */
export const quotas = {
  apigateway: {
    total: { capacity: 40, refill: 10 },
    operations: {
      CreateResource: per(5, 1),
      DeleteResource: per(5, 1),
      GetResources: per(5, 2),
      CreateDeployment: per(1, 5),
      CreateRestApi: per(1, 3),
      ImportRestApi: per(1, 3),
      PutRestApi: per(1, 1),
      DeleteRestApi: per(1, 30),
      UpdateAccount: per(1, 20),
    },
  },
  ec2: {
    mutating: { capacity: 50, refill: 5 },
    nonMutating: { capacity: 100, refill: 20 },
    unfilteredDescribe: { capacity: 50, refill: 10 },
    operations: {
      CreateVpcEndpoint: { capacity: 4, refill: 0.3 },
      ModifyVpcEndpoint: { capacity: 4, refill: 0.3 },
      DeleteVpcEndpoints: { capacity: 4, refill: 0.3 },
      CreateVpcEndpointServiceConfiguration: { capacity: 10, refill: 1 },
      ModifyVpcEndpointServiceConfiguration: { capacity: 10, refill: 1 },
      DeleteVpcEndpointServiceConfigurations: { capacity: 10, refill: 1 },
      AcceptVpcEndpointConnections: { capacity: 10, refill: 1 },
      RejectVpcEndpointConnections: { capacity: 10, refill: 1 },
      CreateTags: { capacity: 100, refill: 10 },
    },
  },
  elasticloadbalancing: {
    total: { capacity: 40, refill: 10 },
    mutating: { capacity: 20, refill: 3 },
    operations: {
      CreateLoadBalancer: { capacity: 10, refill: 0.2 },
      SetSubnets: { capacity: 10, refill: 0.2 },
      RegisterTargets: { capacity: 20, refill: 4 },
      DeregisterTargets: { capacity: 20, refill: 4 },
    },
  },
  // "Lambda quotas": all requests but these two and invocations together; bursts are assumed to equal the rate.
  lambda: { total: per(15, 1), operations: { GetFunction: per(100, 1), GetPolicy: per(15, 1) } },
  route53: { total: per(5, 1), operations: none },
} as const

interface Request {
  service: Service
  operation: string
  account: string
  region: string
  /** Whether a Describe names neither ids nor filters. */
  unfiltered: boolean
}

const reads = /^(Describe|Get|List)/

/** The buckets that a request draws from, by name. */
function bucketsOf({ service, operation, unfiltered }: Request): [string, Bucket][] {
  const ownOf = (operations: Record<string, Bucket>): [string, Bucket][] => {
    const own = operations[operation]
    return own ? [[operation, own]] : []
  }
  if (service.id === 'apigateway') {
    return [['total', quotas.apigateway.total], ...ownOf(quotas.apigateway.operations)]
  }
  if (service.id === 'ec2') {
    const own = ownOf(quotas.ec2.operations)
    if (own.length > 0) return own
    if (!reads.test(operation)) return [[operation, quotas.ec2.mutating]]
    return [[operation, unfiltered ? quotas.ec2.unfilteredDescribe : quotas.ec2.nonMutating]]
  }
  if (service.id === 'elasticloadbalancing') {
    const total: [string, Bucket] = ['total', quotas.elasticloadbalancing.total]
    const own = ownOf(quotas.elasticloadbalancing.operations)
    if (own.length > 0 || reads.test(operation)) return [total, ...own]
    return [total, ['mutating', quotas.elasticloadbalancing.mutating]]
  }
  if (service.id === 'lambda') {
    const own = ownOf(quotas.lambda.operations)
    return own.length > 0 || operation === 'Invoke' ? own : [['total', quotas.lambda.total]]
  }
  return service.id === 'route53' ? [['total', quotas.route53.total]] : []
}

/**
 * Counts requests against the quotas, on the sandbox's clock. EC2's buckets are per operation; API Gateway and ELB have
 * shared ones besides.
 *
 * @returns a function that throws the service's throttling error when a bucket is empty.
 */
export function makeThrottle(clock: Clock): (request: Request) => void {
  const levels = new Map<string, { tokens: number; at: number }>()
  return (request) => {
    const now = clock.now()
    const region = request.service.id === 'route53' ? 'aws-global' : request.region
    const drawn = bucketsOf(request).map(([name, bucket]) => {
      const key = [request.account, region, request.service.id, name, bucket.capacity].join(':')
      const last = levels.get(key) ?? { tokens: bucket.capacity, at: now }
      const tokens = Math.min(bucket.capacity, last.tokens + ((now - last.at) / 1000) * bucket.refill)
      levels.set(key, { tokens, at: now })
      return { key, tokens, bucket }
    })
    const empty = drawn.find(({ tokens }) => tokens < 1 - 1e-9)
    if (empty) throw throttled(request.service, Math.ceil((1 - empty.tokens) / empty.bucket.refill))
    for (const { key, tokens } of drawn) levels.set(key, { tokens: tokens - 1, at: now })
  }
}

/** The error of an exceeded rate in the service's own words. */
export function throttled(service: Service, retryAfterSeconds = 1): AwsError {
  if (service.id === 'apigateway') {
    return new AwsError('TooManyRequestsException', 'Too Many Requests', 429, { retryAfterSeconds })
  }
  if (service.id === 'lambda') {
    return new AwsError('TooManyRequestsException', 'Rate exceeded', 429, { Type: 'User', retryAfterSeconds })
  }
  if (service.id === 'ec2') return new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503)
  return new AwsError('Throttling', 'Rate exceeded', 400)
}
