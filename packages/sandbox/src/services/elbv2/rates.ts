import { type Bucket, isRead, ownBucket, type Rates } from '../rates.ts'

/** "Request throttling for the Elastic Load Balancing API". */
const operations: Record<string, Bucket> = {
  CreateLoadBalancer: { capacity: 10, refill: 0.2 },
  SetSubnets: { capacity: 10, refill: 0.2 },
  RegisterTargets: { capacity: 20, refill: 4 },
  DeregisterTargets: { capacity: 20, refill: 4 },
}

export const rates: Rates = {
  bucketsOf: ({ operation }) => {
    const total: [string, Bucket] = ['total', { capacity: 40, refill: 10 }]
    const own = ownBucket(operations, operation)
    if (own.length > 0 || isRead(operation)) return [total, ...own]
    return [total, ['mutating', { capacity: 20, refill: 3 }]]
  },
}
