import type {
  FunctionConfiguration,
  UpdateFunctionCodeRequest,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda'
import { randomUUID } from 'node:crypto'
import { durations } from '../../state/durations.ts'
import { type Call, operation, all } from '../operation.ts'
import { describeFunction } from './describe-function.ts'
import { checkRole } from './execution-role.ts'
import { attachInterfaces, readVpc, releaseUnused } from './function-network.ts'
import { outOfAddresses } from './functions.ts'
import { checkSettled, getFunction } from '../../reads/functions.ts'
import { readPackage } from '../../network/functions/package.ts'
import { invalidParameter } from '../../reads/function-refusals.ts'
import { readSettings, settingNames } from './settings.ts'
import type { LambdaFunction } from '../../state/lambda.ts'
import { AwsError } from '../../state/aws-error.ts'
import { onFunction, passesSettings } from './required-permissions.ts'

export const updateOperations = {
  UpdateFunctionCode: operation<UpdateFunctionCodeRequest, FunctionConfiguration>()(
    ['FunctionName', 'ZipFile', 'Publish', 'DryRun', 'RevisionId', 'Architectures'],
    onFunction(),
    (input, call) => {
      const one = forUpdate(call, input.FunctionName, input.RevisionId)
      if (input.Publish === true) throw invalidParameter('The sandbox does not model versions: Publish must be false.')
      if (input.ZipFile === undefined) throw invalidParameter('The sandbox takes code by ZipFile only.')
      readPackage(input.ZipFile)
      if (input.DryRun === true) return describeFunction(one, call.now)
      one.zip = Buffer.from(input.ZipFile).toString('base64')
      if (input.Architectures) one.architectures = [...input.Architectures]
      return updated(call, one, durations.functionReady)
    },
  ),

  UpdateFunctionConfiguration: operation<UpdateFunctionConfigurationRequest, FunctionConfiguration>()(
    ['FunctionName', 'Role', 'VpcConfig', 'RevisionId', ...settingNames],
    all(onFunction(), passesSettings),
    (input, call) => {
      const one = forUpdate(call, input.FunctionName, input.RevisionId)
      const settings = readSettings(input, one)
      const vpc = input.VpcConfig === undefined ? one.vpc : readVpc(call, input.VpcConfig)
      const roleArn = input.Role ?? one.roleArn
      if (input.Role !== undefined || input.VpcConfig !== undefined) checkRole(call, roleArn, vpc !== undefined)
      if (input.VpcConfig === undefined) {
        Object.assign(one, settings, { roleArn })
        return updated(call, one, durations.functionReady)
      }
      try {
        const took = vpc === undefined ? durations.functionReady : attachInterfaces(call.world, call, one.name, vpc)
        Object.assign(one, settings, { roleArn })
        delete one.vpc
        if (vpc !== undefined) one.vpc = vpc
        releaseUnused(call.world, call, durations.functionInterfaceReleased)
        return updated(call, one, took)
      } catch (thrown) {
        one.updateFailure = outOfAddresses(thrown)
        // Releases the interfaces in those subnets that had addresses left.
        releaseUnused(call.world, call, durations.functionInterfaceReleased)
        one.updatedAt = call.now + durations.functionReady
        return describeFunction(one, call.now)
      }
    },
  ),
}

/** @throws AwsError ResourceConflictException, PreconditionFailedException */
function forUpdate(call: Call, name: string | undefined, revisionId: string | undefined): LambdaFunction {
  const one = getFunction(call, name)
  checkSettled(one, call.now)
  if (revisionId !== undefined && revisionId !== one.revisionId) {
    const message =
      'The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to retrieve the latest RevisionId'
    throw new AwsError('PreconditionFailedException', message, 412, { Type: 'User' })
  }
  return one
}

function updated({ now }: Call, one: LambdaFunction, took: number): FunctionConfiguration {
  one.modifiedAt = now
  one.updatedAt = now + took
  one.revisionId = randomUUID()
  delete one.updateFailure
  return describeFunction(one, now)
}
