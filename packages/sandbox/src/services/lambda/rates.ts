import { AwsError } from '../../state/aws-error.ts'
import { type Bucket, ownBucket, per, type Rates } from '../rates.ts'

/** "Lambda quotas": all requests but these two and invocations together; bursts are assumed to equal the rate. */
const operations: Record<string, Bucket> = { GetFunction: per(100, 1), GetPolicy: per(15, 1) }

export const rates: Rates = {
  bucketsOf: ({ operation }) => {
    const own = ownBucket(operations, operation)
    return own.length > 0 || operation === 'Invoke' ? own : [['total', per(15, 1)]]
  },
  refusal: (retryAfterSeconds) =>
    new AwsError('TooManyRequestsException', 'Rate exceeded', 429, { Type: 'User', retryAfterSeconds }),
}
