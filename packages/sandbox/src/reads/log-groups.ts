import { ownOf } from './own-resources.ts'
import type { AccountWorld } from '../state/call-context.ts'
import type { World } from '../state/world.ts'
import type { LogGroup, LogStream } from '../state/logs.ts'
import { AwsError } from '../state/aws-error.ts'
import type { AccountRegion } from '../state/resource.ts'

export const invalid = (message: string): AwsError => new AwsError('InvalidParameterException', message)
const absent = (what: string): AwsError =>
  new AwsError('ResourceNotFoundException', `The specified ${what} does not exist.`)

export const arnOf = ({ account, region }: AccountRegion, name: string): string =>
  `arn:aws:logs:${region}:${account}:log-group:${name}`

export const groupsOf = (world: World, place: AccountRegion): LogGroup[] => ownOf(place, world.logs.groups)

/** A group by its name, or by its ARN with or without `:*`. */
export const findGroup = (world: World, place: AccountRegion, id = ''): LogGroup | undefined => {
  const arn = id.startsWith('arn:') ? id.replace(/:\*$/, '') : arnOf(place, id)
  return groupsOf(world, place).find((group) => group.arn === arn)
}

/** Throws ResourceNotFoundException. */
export function getGroup({ world, ...place }: AccountWorld, id: string | undefined): LogGroup {
  const group = findGroup(world, place, id)
  if (group === undefined) throw absent('log group')
  return group
}

/** Throws ResourceNotFoundException. */
export function streamIn({ streams }: LogGroup, name = ''): LogStream {
  const stream = Object.hasOwn(streams, name) ? streams[name] : undefined
  if (stream === undefined) throw absent('log stream')
  return stream
}
