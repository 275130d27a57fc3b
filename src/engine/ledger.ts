import * as z from 'zod'

/**
 * The ledger's entry of one node: enough to read and to delete it without the config file. The engine writes `intended`
 * before a create, `made` after it, `ready` once it has observed it so, `going` before a delete.
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
  /** A newer generation has taken its place; setup removes this one when nothing points at it any more. */
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
