import type { World } from './world.ts'
import type { AccountRegion } from './resource.ts'

/** The account, Region and time of a call. */
export interface CallContext extends AccountRegion {
  /** Sandbox time in ms since the epoch. */
  now: number
}

/** Where an account's resources of a Region can be looked up. */
export interface AccountWorld extends AccountRegion {
  world: World
}
