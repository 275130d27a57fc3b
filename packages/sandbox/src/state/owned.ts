/** What every thing of the sandbox has. Times are ms since the epoch, in sandbox time. */
export interface Owned {
  account: string
  region: string
  createdAt: number
}

export type Tags = Record<string, string>
