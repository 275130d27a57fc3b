import * as z from 'zod'
import { entrySchema } from '../engine/ledger.ts'

/** How an account was reached when the ledger was written: enough to reach it again without the config file. */
const ledgerAccountSchema = z.strictObject({
  /** Twelve digits. */
  id: z.string(),
  region: z.string(),
  roleArn: z.string().optional(),
  externalId: z.string().optional(),
})

export type LedgerAccount = z.infer<typeof ledgerAccountSchema>

/** The ledger file, version 1. Holds no secrets: an external id is none (IAM user guide, "confused deputy"). */
export const ledgerSchema = z.strictObject({
  version: z.literal(1),
  deployment: z.string(),
  /** By name in the config. */
  accounts: z.record(z.string(), ledgerAccountSchema),
  /** By node key, in the order in which they were made. */
  entries: z.record(z.string(), entrySchema),
})

export type LedgerContent = z.infer<typeof ledgerSchema>
