import type { z } from 'zod'

/** How long to wait, and how often to look, in ms. */
interface Patience {
  upTo: number
  every: number
}

export const seconds = (n: number): number => n * 1000
export const minutes = (n: number): number => n * 60_000

/** A difference between what is and what the config wants. Setup does an `update`; a `replace` needs the user's leave. */
export interface Drift {
  field: string
  was: unknown
  want: unknown
  fix: 'update' | 'replace'
}

/**
 * What a look at the world found. `owner` says whose it is: `ours` by tag, or by its name inside a thing that is ours.
 * `pending` also stands for what is on its way out; then it is `going`. `broken` will never be ready: `replace` says that a new one would
 * help, `ask` that somebody has to decide.
 */
export type Observation<F> =
  | { state: 'absent' }
  | { state: 'pending'; owner: Ownership; why: string; deleting?: boolean | undefined; facts?: F | undefined }
  | { state: 'ready'; owner: Ownership; facts: F; drift?: Drift[] | undefined; warning?: Warning | undefined }
  | {
      state: 'broken'
      owner: Ownership
      why: string
      fix: 'replace' | 'ask'
      hint?: string | undefined
      /** It broke for lack of a permission: a new one would too, until somebody grants it. */
      denied?: boolean | undefined
      /** A new one would break in the same way, until somebody has done something about the cause. */
      lasting?: boolean | undefined
      facts?: F | undefined
    }

export type Ownership = 'ours' | 'other'

/** What people should know before it happens, from a gate that lets it happen. */
export interface Warning {
  message: string
  hint: string
}

/** The marks by which a node knows its own thing again. The same in every run over the same config. */
export interface Identity {
  deployment: string
  /** The node's key. */
  node: string
  /** Counts replacements; part of the name, so that old and new can stand side by side. */
  generation: number
  /** A name of at most 32 characters, the strictest limit (ELBv2), shortened with a stable hash. */
  name: string
  tags: Readonly<Record<string, string>>
  /** Whether these tags are this node's. */
  matches(tags: Readonly<Record<string, string | undefined>>): boolean
}

export type Verdict = 'ok' | 'failed' | 'unproved' | 'skipped'

/** The result of a check. */
export interface Finding {
  check: string
  verdict: Verdict
  /** Where on the way the request ended, if it did not arrive. */
  hop?: string | undefined
  evidence?: string | undefined
  hint?: string | undefined
}

/** What every hand and eye of a step is given. `aws` is the account's door to the cloud. */
export interface ReadInput<Aws, I, F, Probe> {
  aws: Aws
  /** What is known of the inputs: all of them, except in a plan, where an upstream thing may not exist yet. */
  inputs: Partial<I>
  /** Facts from the ledger, of a thing that may be gone by now. */
  known: F | undefined
  identity: Identity
  /** The id of somebody's thing that the config names for this node. */
  adopt: string | undefined
  probe: Probe
}

/** IAM actions by what they are for; a hand is only used after a look. */
export interface Actions {
  /** To find it, and for the looks that its hands take again. */
  look: readonly string[]
  /** To create it with its tags, and what AWS asks of whoever does. */
  make?: readonly string[]
  mend?: readonly string[]
  remove?: readonly string[]
  /** For its check, beyond finding it. */
  check?: readonly string[]
}

/** All of them, each once. */
export const allActions = ({ look, make = [], mend = [], remove = [], check = [] }: Actions): string[] => [
  ...new Set([...look, ...make, ...mend, ...remove, ...check]),
]

export interface Step<Aws, I extends object, F extends object, Probe = unknown> {
  /** The file's name. */
  id: string
  title: string
  /** The first one names the thing: by it, one thing is told from another. */
  facts: z.ZodType<F> & { shape: Record<keyof F & string, unknown> }
  /** IAM actions that the role needs for it. */
  actions: Actions
  /** Those of them that it never needs with inputs that the config gives like this; others are still references. */
  spares?(inputs: Readonly<Record<string, unknown>>): readonly string[]
  patience: Patience
  /** A membership in something else: what was there before is used and left, without being named in the config. */
  relation?: true
  /** Inputs that unite when several integrations share the node; all others must agree. */
  mergedInputs?: readonly (keyof I & string)[]
  /** The only eye. Never mutates. */
  read(sight: ReadInput<Aws, I, F, Probe>): Promise<Observation<F>>
  /** Makes one thing in one call, tagged in the same call. `token` is the same for every try of the same intent. */
  create?(hand: { aws: Aws; inputs: I; identity: Identity; token: string }): Promise<F>
  /** Brings a drifted thing back. */
  update?(hand: { aws: Aws; inputs: I; facts: F; drift: readonly Drift[]; identity: Identity }): Promise<void>
  /** One call. Never sleeps, retries or swallows. Without it, the thing goes with the one that holds it. */
  delete?(hand: { aws: Aws; known: F; inputs: Partial<I>; identity: Identity }): Promise<void>
  /**
   * What it leaves behind for a while after it has gone, as a sentence: what it was made with stays until that has gone too.
   * Nothing if there is nothing left.
   */
  leftovers?(look: { aws: Aws; known: F | undefined; inputs: Partial<I> }): Promise<string | undefined>
  /** Findings for verify, beyond being ready and without drift. */
  check?(look: { aws: Aws; inputs: I; facts: F; probe: Probe }): Promise<Finding[]>
  /** Its check is the proof of the whole: setup ends with it too. */
  proof?: true
}

/** A step whose types are erased, as the engine's loops see it. */
export type AnyStep<Aws, Probe = unknown> = Step<Aws, Record<string, unknown>, Record<string, unknown>, Probe>

/** Binds `defineStep` to the kind of door and probe that steps get. Inputs are named, everything else is inferred. */
export const stepsWith =
  <Aws, Probe>() =>
  <I extends object>() =>
  <F extends object>(step: Step<Aws, I, F, Probe>): Step<Aws, I, F, Probe> =>
    step

/** Drift of one field, unless it is as wanted or what is wanted is not yet known. */
export const differs = (field: string, was: unknown, want: unknown, fix: Drift['fix'] = 'update'): Drift[] =>
  want === undefined || same(was, want) ? [] : [{ field, was, want, fix }]

/** Equal content; the order of lists does not count, since AWS keeps sets. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b)
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${entries
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)
    .sort()
    .join()}}`
}
