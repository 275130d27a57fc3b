import type { AccountRegion } from '../state/resource.ts'

/** Whether a resource is there and the caller's, in the Region of the call: to anybody else it does not exist. */
export const isOwn = <T extends AccountRegion>(call: AccountRegion, resource: T | undefined): resource is T =>
  resource?.account === call.account && resource.region === call.region

/** What the caller's account has in the Region, oldest first. */
export const ownOf = <T extends AccountRegion>(call: AccountRegion, table: Readonly<Record<string, T>>): T[] =>
  Object.values(table).filter((resource) => isOwn(call, resource))
