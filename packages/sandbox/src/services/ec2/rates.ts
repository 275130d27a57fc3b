import { AwsError } from '../../state/aws-error.ts'
import { type Bucket, isRead, ownBucket, type Rates } from '../rates.ts'

/** "Request throttling for the Amazon EC2 API": every operation has a bucket of its own. */
const operations: Record<string, Bucket> = {
  CreateVpcEndpoint: { capacity: 4, refill: 0.3 },
  ModifyVpcEndpoint: { capacity: 4, refill: 0.3 },
  DeleteVpcEndpoints: { capacity: 4, refill: 0.3 },
  CreateVpcEndpointServiceConfiguration: { capacity: 10, refill: 1 },
  ModifyVpcEndpointServiceConfiguration: { capacity: 10, refill: 1 },
  DeleteVpcEndpointServiceConfigurations: { capacity: 10, refill: 1 },
  AcceptVpcEndpointConnections: { capacity: 10, refill: 1 },
  RejectVpcEndpointConnections: { capacity: 10, refill: 1 },
  CreateTags: { capacity: 100, refill: 10 },
}

const mutating: Bucket = { capacity: 50, refill: 5 }
const nonMutating: Bucket = { capacity: 100, refill: 20 }
const unfilteredDescribe: Bucket = { capacity: 50, refill: 10 }

export const rates: Rates = {
  bucketsOf: ({ operation, unfiltered }) => {
    const own = ownBucket(operations, operation)
    if (own.length > 0) return own
    if (!isRead(operation)) return [[operation, mutating]]
    return [[operation, unfiltered ? unfilteredDescribe : nonMutating]]
  },
  refusal: () => new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503),
}
