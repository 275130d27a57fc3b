import * as z from 'zod'
import type { EngineEvent } from '../engine/events.ts'

const place = {
  /** Key of the node. */
  node: z.string(),
  title: z.string(),
  /** Name of the account in the config. */
  account: z.string(),
  /** The article's step number. */
  article: z.string(),
}

const drift = z
  .array(z.object({ field: z.string(), was: z.unknown(), want: z.unknown(), fix: z.enum(['mend', 'replace']) }))
  .readonly()

const progress = z.object({
  event: z.literal('progress'),
  phase: z.enum([
    'looking',
    'creating',
    'waiting',
    'mending',
    'replacing',
    'deleting',
    'ready',
    'gone',
    'kept',
    'failed',
    'skipped',
  ]),
  detail: z.string().optional(),
  ...place,
})

const change = z.object({
  event: z.literal('change'),
  action: z.enum(['+', '~', '-/+', '-', '=', '<=']),
  drift: drift.optional(),
  knownAfter: z.array(z.string()).readonly().optional(),
  ...place,
})

const finding = z.object({
  event: z.literal('finding'),
  integrations: z.array(z.string()).readonly(),
  check: z.string(),
  verdict: z.enum(['ok', 'failed', 'unproved', 'skipped']),
  hop: z.string().optional(),
  evidence: z.string().optional(),
  hint: z.string().optional(),
  ...place,
})

const error = z.object({
  event: z.literal('error'),
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  ...z.object(place).partial().shape,
})

const warning = z.object({ event: z.literal('warning'), message: z.string(), hint: z.string().optional() })

const entry = z.object({
  event: z.literal('entry'),
  node: z.string(),
  step: z.string(),
  article: z.string(),
  account: z.string(),
  origin: z.enum(['created', 'adopted']),
  status: z.enum(['intended', 'made', 'ready', 'going']),
  usedBy: z.array(z.string()).readonly(),
  /** False when the config no longer asks for it, absent when there is no config at hand. */
  wanted: z.boolean().optional(),
  facts: z.record(z.string(), z.unknown()).optional(),
})

const listening = z.object({ event: z.literal('listening'), url: z.string() })

const summary = z.object({
  event: z.literal('summary'),
  command: z.string(),
  ok: z.boolean(),
  exit: z.int(),
  created: z.int(),
  changed: z.int(),
  deleted: z.int(),
  failed: z.int(),
  skipped: z.int(),
  /** Seconds of the run's own clock: in a rehearsal, of the sandbox's. */
  seconds: z.number(),
})

/** One line of `--json`. The last is always a summary. */
export const jsonEventSchema = z.discriminatedUnion('event', [
  progress,
  change,
  finding,
  error,
  warning,
  entry,
  listening,
  summary,
])

export type JsonEvent = z.infer<typeof jsonEventSchema>

/** One entry of the ledger, as `status` reports it. */
export type EntryEvent = z.infer<typeof entry>

/** An event of the engine as `--json` tells it: readers know an update by the word `mend`. */
export function jsonEventOf(event: EngineEvent): JsonEvent {
  if (event.event !== 'change') return event
  const { drift, ...rest } = event
  if (drift === undefined) return rest
  const words = { update: 'mend', replace: 'replace' } as const
  return { ...rest, drift: drift.map(({ fix, ...difference }) => ({ ...difference, fix: words[fix] })) }
}

/** One event as a line of newline-delimited JSON. */
export const jsonLine = (event: JsonEvent): string => `${JSON.stringify(event)}\n`
