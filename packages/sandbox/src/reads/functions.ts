import type { Call } from '../services/operation.ts'
import { conflict, invalidParameter, notFound } from './function-refusals.ts'
import type { LambdaFunction } from '../state/lambda.ts'

type Where = Pick<Call, 'world' | 'account' | 'region'>

const arnOf = ({ account, region }: Pick<Call, 'account' | 'region'>, name: string): string =>
  `arn:aws:lambda:${region}:${account}:function:${name}`

/** A function's name, its ARN or a part of that: `name`, `123456789012:function:name` (FunctionName, Lambda API reference). */
const pattern =
  /^(?:(?:arn:[\w-]+:lambda:(?<region>[\w-]+):)?(?<account>\d{12}):function:)?(?<name>[\w-]{1,64})(?::(?<qualifier>[\w$-]+))?$/

/**
 * The ARN that a request means.
 *
 * @throws AwsError for what is no name, and for versions and aliases, of which there are none.
 */
export function arnIn(call: Pick<Call, 'account' | 'region'>, text: string | undefined, qualifier?: string): string {
  const parts = pattern.exec(text ?? '')?.groups
  const name = parts?.['name']
  if (name === undefined) {
    throw invalidParameter(
      `1 validation error detected: Value '${text ?? ''}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern`,
    )
  }
  const place = { account: parts?.['account'] ?? call.account, region: parts?.['region'] ?? call.region }
  const version = qualifier ?? parts?.['qualifier'] ?? '$LATEST'
  if (version !== '$LATEST') throw notFound(`Function not found: ${arnOf(place, name)}:${version}`)
  return arnOf(place, name)
}

/**
 * A function of the caller's account and Region.
 *
 * @throws AwsError ResourceNotFoundException
 */
export function findFunction(call: Where, text: string | undefined, qualifier?: string): LambdaFunction {
  const arn = arnIn(call, text, qualifier)
  const found = call.world.lambda.functions[arn]
  // That strangers get the same answer as for what is not there is a deviation: nothing is shared across accounts here.
  if (found === undefined || found.account !== call.account || found.region !== call.region) {
    throw notFound(`Function not found: ${arn}`)
  }
  return found
}

export const functionsOf = ({ world, account, region }: Where): LambdaFunction[] =>
  Object.values(world.lambda.functions).filter((one) => one.account === account && one.region === region)

/** `Pending` until everything around the function is set up ("Lambda function states"). */
export function stateOf(one: LambdaFunction, now: number): 'Pending' | 'Active' | 'Failed' {
  if (now < one.activeAt) return 'Pending'
  return one.failure === undefined ? 'Active' : 'Failed'
}

/**
 * Refuses what cannot be done while the function is being made or changed.
 *
 * @throws AwsError ResourceConflictException
 */
export function checkSettled(one: LambdaFunction, now: number): void {
  const state = stateOf(one, now)
  if (state === 'Pending') throw conflict(notNow(`The function is currently in the following state: ${state}`))
  if (now < one.updatedAt) throw conflict(notNow(`An update is in progress for resource: ${one.arn}`))
}

/** As AWS's users report it (terraform-provider-aws, aws-cli issues). */
export const notNow = (why: string): string => `The operation cannot be performed at this time. ${why}`
