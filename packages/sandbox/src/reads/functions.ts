import { isOwn, ownOf } from './own-resources.ts'
import { conflict, invalidParameter, notFound } from './function-refusals.ts'
import type { LambdaFunction, FunctionVpc } from '../state/lambda.ts'
import { exists, type World } from '../state/world.ts'
import type { CallContext, AccountWorld } from '../state/call-context.ts'
import type { AccountRegion } from '../state/resource.ts'

const arnOf = ({ account, region }: AccountRegion, name: string): string =>
  `arn:aws:lambda:${region}:${account}:function:${name}`

/**
 * A function's name, its ARN or a part of that: `name`, `123456789012:function:name` (FunctionName, Lambda API
 * reference).
 */
const pattern =
  /^(?:(?:arn:[\w-]+:lambda:(?<region>[\w-]+):)?(?<account>\d{12}):function:)?(?<name>[\w-]{1,64})(?::(?<qualifier>[\w$-]+))?$/

/**
 * The ARN that a request means.
 *
 * @throws AwsError for what is no name, and for versions and aliases, of which there are none.
 */
export function arnIn(call: AccountRegion, text: string | undefined, qualifier?: string): string {
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
export function getFunction(call: AccountWorld, text: string | undefined, qualifier?: string): LambdaFunction {
  const arn = arnIn(call, text, qualifier)
  const found = call.world.lambda.functions[arn]
  // Deviation: a function of another account is not found, since functions are not shared across accounts here.
  if (!isOwn(call, found)) {
    throw notFound(`Function not found: ${arn}`)
  }
  return found
}

export const functionsOf = (call: AccountWorld): LambdaFunction[] => ownOf(call, call.world.lambda.functions)

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

/** AWS's users report this text (terraform-provider-aws, aws-cli issues). */
export const notNow = (why: string): string => `The operation cannot be performed at this time. ${why}`

export const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.toSorted().join() === other.toSorted().join()

/** The interfaces of functions with these groups: one in each subnet, which all such functions of the account share. */
export function interfacesFor(world: World, { account, region }: CallContext, vpc: FunctionVpc, now: number) {
  return Object.values(world.ec2.networkInterfaces).filter(
    (one) =>
      one.interfaceType === 'lambda' &&
      one.account === account &&
      one.region === region &&
      vpc.subnetIds.includes(one.subnetId) &&
      isSame(one.groupIds, vpc.groupIds) &&
      exists(one, now),
  )
}

/** A function as the source of connections: the first of its interfaces, or an address on the internet. */
export function sourceOfFunction(world: World, one: LambdaFunction, now: number) {
  if (one.vpc === undefined) return { ip: internetAddress, groupIds: [] }
  const [first] = interfacesFor(world, { ...one, now }, one.vpc, now)
  if (first === undefined) throw invalidParameter(`${one.name} has no network interface`)
  const { privateIp: ip, groupIds, vpcId, subnetId } = first
  return { ip, groupIds, vpcId, subnetId }
}

/** Somewhere on the internet; documentation block of RFC 5737. */
const internetAddress = '203.0.113.20'
