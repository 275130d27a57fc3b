import type { Architecture, FunctionConfiguration, Runtime } from '@aws-sdk/client-lambda'
import { createHash } from 'node:crypto'
import { stateOf } from '../../reads/functions.ts'
import type { LambdaFunction } from '../../state/lambda.ts'

/** `2026-01-01T00:00:00.000+0000` */
const stamp = (ms: number): string => new Date(ms).toISOString().replace('Z', '+0000')

/** A function as Lambda tells of it (FunctionConfiguration, Lambda API reference). */
export function describeFunction(one: LambdaFunction, now: number): FunctionConfiguration {
  const zip = Buffer.from(one.zip, 'base64')
  return {
    FunctionName: one.name,
    FunctionArn: one.arn,
    // Only what the sandbox can run has been taken.
    Runtime: one.runtime as Runtime,
    Role: one.roleArn,
    Handler: one.handler,
    CodeSize: zip.length,
    CodeSha256: createHash('sha256').update(zip).digest('base64'),
    Description: one.description,
    Timeout: one.timeout,
    MemorySize: one.memorySize,
    LastModified: stamp(one.modifiedAt),
    Version: '$LATEST',
    VpcConfig: vpcOf(one),
    ...(Object.keys(one.environment).length > 0 && { Environment: { Variables: one.environment } }),
    TracingConfig: { Mode: one.tracing },
    RevisionId: one.revisionId,
    ...states(one, now),
    PackageType: 'Zip',
    Architectures: one.architectures satisfies Architecture[],
    EphemeralStorage: { Size: one.ephemeralStorage },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${one.name}` },
  }
}

const vpcOf = ({ vpc }: LambdaFunction): NonNullable<FunctionConfiguration['VpcConfig']> =>
  vpc === undefined
    ? { SubnetIds: [], SecurityGroupIds: [], VpcId: '', Ipv6AllowedForDualStack: false }
    : { SubnetIds: vpc.subnetIds, SecurityGroupIds: vpc.groupIds, VpcId: vpc.vpcId, Ipv6AllowedForDualStack: false }

function states(one: LambdaFunction, now: number): FunctionConfiguration {
  const state = stateOf(one, now)
  if (state === 'Pending') {
    return { State: state, StateReason: 'The function is being created.', StateReasonCode: 'Creating' }
  }
  if (one.failure !== undefined) {
    return { State: 'Failed', StateReason: one.failure.reason, StateReasonCode: one.failure.code }
  }
  if (now < one.updatedAt) {
    return {
      State: state,
      LastUpdateStatus: 'InProgress',
      LastUpdateStatusReason: 'The function is being updated.',
    }
  }
  if (one.updateFailure === undefined) return { State: state, LastUpdateStatus: 'Successful' }
  return {
    State: state,
    LastUpdateStatus: 'Failed',
    LastUpdateStatusReason: one.updateFailure.reason,
    LastUpdateStatusReasonCode: one.updateFailure.code,
  }
}
