import type { ResourceBase, Tags } from './resource.ts'
import { resources } from './table.ts'

/** The VPC of a function. Without one, the function reaches the internet only. */
export interface FunctionVpc {
  vpcId: string
  subnetIds: string[]
  groupIds: string[]
}

/** Why a function cannot run, or why a change of it did not take effect. */
interface Failure {
  code: 'SubnetOutOfIPAddresses'
  reason: string
}

/** A function's only version, `$LATEST`. */
export interface LambdaFunction extends ResourceBase {
  arn: string
  name: string
  /** Such as `nodejs22.x`. */
  runtime: string
  handler: string
  roleArn: string
  description: string
  /** Seconds. */
  timeout: number
  memorySize: number
  environment: Record<string, string>
  architectures: ('x86_64' | 'arm64')[]
  ephemeralStorage: number
  tracing: 'Active' | 'PassThrough'
  /** The deployment package, base64. */
  zip: string
  vpc?: FunctionVpc
  /** ms since the epoch. */
  modifiedAt: number
  revisionId: string
  /** When `Pending` ends. */
  activeAt: number
  /** When the last update's `InProgress` ends. */
  updatedAt: number
  failure?: Failure
  updateFailure?: Failure
  /** Statements of the resource policy by id, each JSON. */
  policy: Record<string, string>
  tags: Tags
}

/** By ARN. */
export const lambdaTables = { functions: resources<LambdaFunction>('function') }
