import { AwsError } from '../../state/aws-error.ts'
import { type Bucket, ownBucket, per, type Rates } from '../rates.ts'

/**
 * "Amazon API Gateway quotas and important notes", April 2026; bursts beside the total are assumed to equal the rate.
 */
const operations: Record<string, Bucket> = {
  CreateResource: per(5, 1),
  DeleteResource: per(5, 1),
  GetResources: per(5, 2),
  CreateDeployment: per(1, 5),
  CreateRestApi: per(1, 3),
  ImportRestApi: per(1, 3),
  PutRestApi: per(1, 1),
  DeleteRestApi: per(1, 30),
  UpdateAccount: per(1, 20),
}

export const rates: Rates = {
  bucketsOf: ({ operation }) => [['total', { capacity: 40, refill: 10 }], ...ownBucket(operations, operation)],
  refusal: (retryAfterSeconds) =>
    new AwsError('TooManyRequestsException', 'Too Many Requests', 429, { retryAfterSeconds }),
}
