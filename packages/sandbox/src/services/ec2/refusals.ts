import { AwsError } from '../../state/aws-error.ts'

/** EC2's error for a value that a parameter cannot have. */
export const invalidValue = (message: string): AwsError => new AwsError('InvalidParameterValue', message)
