import type { AwsError } from '../state/aws-error.ts'

/** A token bucket: how many requests at once, and how many more each second. */
export interface Bucket {
  capacity: number
  /** Tokens per second. */
  refill: number
}

/** A request as rates see it. */
export interface RatedRequest {
  operation: string
  /** Whether a Describe names neither ids nor filters. */
  unfiltered: boolean
}

/** How often a service may be called. */
export interface Rates {
  /** The buckets that a request draws from, by name. */
  bucketsOf(request: RatedRequest): [string, Bucket][]
  /** The service's own error for an exceeded rate; the usual one, unless told. */
  refusal?(retryAfterSeconds: number): AwsError
  /** Whether all Regions share the buckets. */
  global?: boolean
}

/** As many requests at once as in `seconds`. */
export const per = (requests: number, seconds: number): Bucket => ({ capacity: requests, refill: requests / seconds })

/** The bucket of an operation of its own, if it has one. */
export const ownBucket = (operations: Record<string, Bucket>, operation: string): [string, Bucket][] => {
  const bucket = operations[operation]
  return bucket ? [[operation, bucket]] : []
}

/** Whether an operation only reads, by its name. */
export const isRead = (operation: string): boolean => /^(Describe|Get|List)/.test(operation)
