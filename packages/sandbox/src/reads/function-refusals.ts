import { AwsError } from '../state/aws-error.ts'

/** Lambda's errors (Lambda API reference, common to its operations). */
export const invalidParameter = (message: string): AwsError =>
  new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' })

export const notFound = (message: string): AwsError =>
  new AwsError('ResourceNotFoundException', message, 404, { Type: 'User' })

export const conflict = (message: string): AwsError =>
  new AwsError('ResourceConflictException', message, 409, { Type: 'User' })
