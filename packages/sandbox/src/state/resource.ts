/** The members that every resource of the sandbox has. Times are ms since the epoch, in sandbox time. */
export interface ResourceBase extends AccountRegion {
  createdAt: number
}

export type Tags = Record<string, string>

/** An account's part of a Region, where most resources are. */
export interface AccountRegion {
  account: string
  region: string
}
