import type { Owned, Tags } from '../../owned.ts'

export interface LambdaFunction extends Owned {
  arn: string
  name: string
  tags: Tags
}

export interface LambdaState {
  /** By ARN. */
  functions: Record<string, LambdaFunction>
}
