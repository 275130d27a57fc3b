import type {
  CreateFunctionRequest,
  DeleteFunctionRequest,
  DeleteFunctionResponse,
  FunctionConfiguration,
  GetFunctionCodeSigningConfigRequest,
  GetFunctionConfigurationRequest,
  GetFunctionRequest,
  GetFunctionResponse,
  ListFunctionsRequest,
  ListFunctionsResponse,
  ListVersionsByFunctionRequest,
  ListVersionsByFunctionResponse,
} from '@aws-sdk/client-lambda'
import { randomUUID } from 'node:crypto'
import { durations } from '../../state/durations.ts'
import { pageFrom } from '../pages.ts'
import { type Call, operation, all } from '../operation.ts'
import { describeFunction } from './describe-function.ts'
import { checkRole } from './execution-role.ts'
import { attachInterfaces, readVpc, releaseUnused } from './function-network.ts'
import { arnIn, getFunction, functionsOf, stateOf } from '../../reads/functions.ts'
import { readPackage } from '../../network/functions/package.ts'
import { conflict, invalidParameter } from '../../reads/function-refusals.ts'
import { readSettings, settingNames } from './settings.ts'
import type { LambdaFunction } from '../../state/lambda.ts'
import { readTags } from './tags.ts'
import { AwsError } from '../../state/aws-error.ts'
import { onFunction, tagsFunction, passesSettings } from './required-permissions.ts'

/** CreateFunction's defaults (Lambda API reference). */
const defaults = {
  runtime: '',
  handler: '',
  description: '',
  timeout: 3,
  memorySize: 128,
  ephemeralStorage: 512,
  environment: {},
  tracing: 'PassThrough',
} as const

export const functionOperations = {
  CreateFunction: operation<CreateFunctionRequest, FunctionConfiguration>()(
    ['FunctionName', 'Role', 'Code', 'PackageType', 'Publish', 'VpcConfig', 'Architectures', 'Tags', ...settingNames],
    all(onFunction(), tagsFunction, passesSettings),
    (input, call) => {
      const arn = arnIn(call, input.FunctionName)
      const name = arn.slice(arn.lastIndexOf(':') + 1)
      if (input.Publish === true) throw invalidParameter('The sandbox does not model versions: Publish must be false.')
      if ((input.PackageType ?? 'Zip') !== 'Zip') throw invalidParameter('The sandbox does not model images.')
      const settings = readSettings(input, defaults)
      const { ZipFile: zip, ...elsewhere } = input.Code ?? {}
      if (zip === undefined || Object.values(elsewhere).some((value) => value !== undefined)) {
        throw invalidParameter('The sandbox takes code by ZipFile only.')
      }
      readPackage(zip)
      const vpc = readVpc(call, input.VpcConfig)
      checkRole(call, input.Role ?? '', vpc !== undefined)
      // Lambda's own words.
      if (call.world.lambda.functions[arn] !== undefined) throw conflict(`Function already exist: ${name}`)
      const { account, region, now } = call
      const made: LambdaFunction = {
        ...settings,
        arn,
        name,
        account,
        region,
        createdAt: now,
        modifiedAt: now,
        roleArn: input.Role ?? '',
        architectures: [...(input.Architectures ?? ['x86_64'])],
        zip: Buffer.from(zip).toString('base64'),
        revisionId: randomUUID(),
        activeAt: now + durations.functionReady,
        updatedAt: now,
        policy: {},
        tags: readTags(input.Tags),
        ...(vpc && { vpc }),
      }
      call.world.lambda.functions[arn] = made
      settle(call, made)
      return describeFunction(made, now)
    },
  ),

  GetFunction: operation<GetFunctionRequest, GetFunctionResponse>()(
    ['FunctionName', 'Qualifier'],
    onFunction(),
    (input, call) => {
      const one = getFunction(call, input.FunctionName, input.Qualifier)
      // "Lambda returns tag data only if you have explicit allow permissions for lambda:ListTags."
      const why = call.denial?.({ action: 'lambda:ListTags', resource: one.arn, tags: one.tags })
      return {
        Configuration: describeFunction(one, call.now),
        // Deviation: the answer lacks the URL at which AWS offers the code for ten minutes.
        Code: { RepositoryType: 'S3' },
        ...(why === undefined && Object.keys(one.tags).length > 0 && { Tags: one.tags }),
        ...(why !== undefined && { TagsError: { ErrorCode: 'AccessDeniedException', Message: why } }),
      }
    },
  ),

  GetFunctionConfiguration: operation<GetFunctionConfigurationRequest, FunctionConfiguration>()(
    ['FunctionName', 'Qualifier'],
    onFunction(),
    (input, call) => describeFunction(getFunction(call, input.FunctionName, input.Qualifier), call.now),
  ),

  GetFunctionCodeSigningConfig: operation<GetFunctionCodeSigningConfigRequest, object>()(
    ['FunctionName'],
    onFunction(),
    ({ FunctionName }, call) => ({ FunctionName: getFunction(call, FunctionName).name }),
  ),

  ListFunctions: operation<ListFunctionsRequest, ListFunctionsResponse>()(
    ['Marker', 'MaxItems'],
    '*',
    (input, call) => {
      const refuse = () => invalidParameter('Invalid pagination token')
      const { items, next } = pageFrom(functionsOf(call), input.Marker, input.MaxItems ?? 50, refuse)
      // "ListFunctions returns a subset of the FunctionConfiguration fields": states are not among them.
      const stateless = { State: undefined, StateReason: undefined, StateReasonCode: undefined }
      const Functions = items.map((one) => ({
        ...describeFunction(one, call.now),
        ...stateless,
        LastUpdateStatus: undefined,
      }))
      return { Functions, ...(next !== undefined && { NextMarker: next }) }
    },
  ),

  ListVersionsByFunction: operation<ListVersionsByFunctionRequest, ListVersionsByFunctionResponse>()(
    ['FunctionName', 'Marker', 'MaxItems'],
    onFunction(),
    ({ FunctionName }, call) => {
      const one = getFunction(call, FunctionName)
      return { Versions: [{ ...describeFunction(one, call.now), FunctionArn: `${one.arn}:$LATEST` }] }
    },
  ),

  DeleteFunction: operation<DeleteFunctionRequest, DeleteFunctionResponse>()(
    ['FunctionName', 'Qualifier'],
    onFunction(),
    (input, call) => {
      const one = getFunction(call, input.FunctionName, input.Qualifier)
      if (stateOf(one, call.now) === 'Active' && call.now < one.updatedAt) {
        throw conflict(`An update is in progress for resource: ${one.arn}`)
      }
      delete call.world.lambda.functions[one.arn]
      releaseUnused(call.world, call, durations.functionInterfaceGone)
      return { StatusCode: 204 }
    },
  ),
}

/** Sets up what a new function stands in; what is wrong there lets the function fail, not the call. */
function settle({ world, now }: Call, made: LambdaFunction): void {
  if (made.vpc === undefined) return
  try {
    made.activeAt = now + attachInterfaces(world, { ...made, now }, made.name, made.vpc)
  } catch (thrown) {
    made.failure = outOfAddresses(thrown)
  }
}

/**
 * The one thing that can go wrong with interfaces here.
 *
 * @throws what is something else.
 */
export function outOfAddresses(thrown: unknown): NonNullable<LambdaFunction['failure']> {
  if (!(thrown instanceof AwsError) || thrown.code !== 'InsufficientFreeAddressesInSubnet') throw thrown
  return { code: 'SubnetOutOfIPAddresses', reason: thrown.message }
}
