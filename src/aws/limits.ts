/** A token bucket: how many requests at once, and how many more per second. */
export interface Bucket {
  capacity: number
  /** Tokens per second. */
  refill: number
}

export type ServiceName =
  | 'ec2'
  | 'elbv2'
  | 'apigateway'
  | 'iam'
  | 'lambda'
  | 'ecs'
  | 'secretsmanager'
  | 'logs'
  | 'route53'
  | 'sts'

/** AWS's limits of one service, per account and Region. */
export interface ServiceLimits {
  /** Drawn from by every operation beside its own. */
  total?: Bucket
  operations: Readonly<Record<string, Bucket>>
  /** For mutating operations without a bucket of their own. `each` says that each of them has its own such bucket. */
  mutating?: Bucket & { each: boolean }
  /** The same for Describe, Get and List. */
  reading?: Bucket & { each: boolean }
}

export type Limits = Readonly<Record<ServiceName, ServiceLimits>>

const per = (requests: number, seconds: number): Bucket => ({ capacity: requests, refill: requests / seconds })

/**
 * The request rates that AWS allows. API Gateway: "Amazon API Gateway quotas and important notes", April 2026, none of
 * which can be raised; that an operation may use up its allowance at once is assumed. EC2: "Request throttling for the
 * Amazon EC2 API", where each action has a bucket of its own. ELB: "Request throttling for the Elastic Load Balancing
 * API"; that mutating actions share one bucket is assumed. STS publishes none.
 */
export const limits: Limits = {
  apigateway: {
    total: { capacity: 40, refill: 10 },
    operations: {
      CreateResource: per(5, 1),
      DeleteResource: per(5, 1),
      GetResources: per(5, 2),
      CreateDeployment: per(1, 5),
      // Regional and private APIs; an edge API takes 30 s.
      CreateRestApi: per(1, 3),
      ImportRestApi: per(1, 3),
      PutRestApi: per(1, 1),
      DeleteRestApi: per(1, 30),
      UpdateAccount: per(1, 20),
    },
  },
  ec2: {
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
    mutating: { capacity: 50, refill: 5, each: true },
    // Filtered describes; privlink makes no others.
    reading: { capacity: 100, refill: 20, each: true },
  },
  elbv2: {
    total: { capacity: 40, refill: 10 },
    operations: {
      CreateLoadBalancer: { capacity: 10, refill: 0.2 },
      SetSubnets: { capacity: 10, refill: 0.2 },
      RegisterTargets: { capacity: 20, refill: 4 },
      DeregisterTargets: { capacity: 20, refill: 4 },
    },
    mutating: { capacity: 20, refill: 3, each: false },
  },
  // These services publish no limits that privlink could reach, but for Route 53 ("Quotas", Route 53 developer guide).
  iam: { operations: {} },
  // "Lambda quotas": these are not among the 15 requests per second, of which reading and mutating ones share here by
  // halves.
  lambda: {
    operations: { GetFunction: per(100, 1), GetPolicy: per(15, 1), Invoke: per(1000, 1) },
    mutating: { ...per(7, 1), each: false },
    reading: { ...per(8, 1), each: false },
  },
  ecs: { operations: {} },
  secretsmanager: { operations: {} },
  logs: { operations: {} },
  route53: { total: per(5, 1), operations: {} },
  sts: { operations: {} },
}

/** Operations that change nothing, by name. */
export const isReading = (operation: string): boolean => /^(Describe|Get|List)/.test(operation)

/** The buckets that an operation draws from, by name; those named `total` and `mutating` are shared with others. */
export function bucketsFor(
  { total, operations, mutating, reading }: ServiceLimits,
  operation: string,
): [string, Bucket][] {
  const buckets: [string, Bucket][] = total ? [['total', total]] : []
  const own = operations[operation]
  if (own) return [...buckets, [operation, own]]
  const kind = isReading(operation) ? reading : mutating
  if (!kind) return buckets
  return [...buckets, [kind.each ? operation : isReading(operation) ? 'reading' : 'mutating', kind]]
}
