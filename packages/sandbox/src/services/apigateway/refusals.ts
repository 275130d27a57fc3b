import { AwsError } from '../../state/aws-error.ts'

/**
 * API Gateway's errors (botocore model apigateway/2015-07-09): the status of each is the model's.
 */
export const badRequest = (message: string): AwsError => new AwsError('BadRequestException', message, 400)

export const notFound = (message: string): AwsError => new AwsError('NotFoundException', message, 404)

export const conflict = (message: string): AwsError => new AwsError('ConflictException', message, 409)

/** A quota is reached. The SDKs take it for throttling and try again, as they do on AWS. */
export const limitExceeded = (message: string): AwsError =>
  new AwsError('LimitExceededException', message, 429, { retryAfterSeconds: '60' })

/** A parameter mapping that names what is not declared, in AWS's words as its users report them. */
export const invalidMapping = (parameter: string) =>
  badRequest(
    `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: ${parameter}]`,
  )
