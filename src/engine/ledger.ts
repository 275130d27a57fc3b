import { z } from 'zod'

/**
 * What the ledger holds of one node: enough to look at it and to destroy it without the config file. `intended` is
 * written before a create, `made` after it, `ready` once it was seen so, `going` before a destroy.
 */
export const entrySchema = z.strictObject({
  key: z.string(),
  step: z.string(),
  /** The article's step number. */
  article: z.string(),
  /** Name of the account in the config. */
  account: z.string(),
  inputs: z.record(z.string(), z.unknown()),
  /** Keys of the entries it refers to. */
  dependsOn: z.array(z.string()),
  /** Integrations that use it; it goes when the last of them goes. */
  usedBy: z.array(z.string()),
  origin: z.enum(['created', 'adopted']),
  status: z.enum(['intended', 'made', 'ready', 'going']),
  /** Idempotency token of the create. */
  token: z.string().optional(),
  generation: z.int(),
  /** A newer generation has taken its place; it is removed when nothing points at it any more. */
  superseded: z.boolean().optional(),
  facts: z.record(z.string(), z.unknown()).optional(),
  /** ISO time of the last change. */
  at: z.string(),
})

export type LedgerEntry = z.infer<typeof entrySchema>

/** The memory of what was made. `put` and `remove` resolve when the change has reached the disk. */
export interface Ledger {
  readonly deployment: string
  entries(): readonly LedgerEntry[]
  get(key: string): LedgerEntry | undefined
  put(entry: LedgerEntry): Promise<void>
  remove(key: string): Promise<void>
}
