import type { Owned } from '../state/owned.ts'
import { pageFrom } from '../services/pages.ts'
import { AwsError, type Call } from '../services/operation.ts'
import type { World } from '../state/world.ts'
import type { LogGroup, LogStream } from '../state/logs.ts'

export const invalid = (message: string): AwsError => new AwsError('InvalidParameterException', message)
const absent = (what: string): AwsError =>
  new AwsError('ResourceNotFoundException', `The specified ${what} does not exist.`)

type Place = Pick<Owned, 'account' | 'region'>

export const arnOf = ({ account, region }: Place, name: string): string =>
  `arn:aws:logs:${region}:${account}:log-group:${name}`

export const groupsOf = (world: World, { account, region }: Place): LogGroup[] =>
  Object.values(world.logs.groups).filter((group) => group.account === account && group.region === region)

/** A group by its name, or by its ARN with or without `:*`. */
export const peek = (world: World, place: Place, id = ''): LogGroup | undefined => {
  const arn = id.startsWith('arn:') ? id.replace(/:\*$/, '') : arnOf(place, id)
  return groupsOf(world, place).find((group) => group.arn === arn)
}

/** Throws ResourceNotFoundException. */
export function look({ world, ...place }: Pick<Call, 'world'> & Place, id: string | undefined): LogGroup {
  const group = peek(world, place, id)
  if (group === undefined) throw absent('log group')
  return group
}

/** Throws ResourceNotFoundException. */
export function streamIn({ streams }: LogGroup, name = ''): LogStream {
  const stream = Object.hasOwn(streams, name) ? streams[name] : undefined
  if (stream === undefined) throw absent('log stream')
  return stream
}

/** One page from a list, and what leads to the next. Throws InvalidParameterException. */
export function page<T>(things: readonly T[], token: string | undefined, limit: number) {
  const { items, next } = pageFrom(things, token, limit, () => invalid('The specified nextToken is invalid.'))
  return { shown: items, ...(next !== undefined && { nextToken: next }) }
}
