import type * as z from 'zod'

/** How long to wait, and how often to read, in ms. */
interface Patience {
  upTo: number
  every: number
}

export const seconds = (n: number): number => n * 1000
export const minutes = (n: number): number => n * 60_000

/**
 * A difference between what is and what the config wants. Setup does an `update`; a `replace` needs the user's leave.
 */
export interface Drift {
  field: string
  was: unknown
  want: unknown
  fix: 'update' | 'replace'
}

/**
 * The result of a read. `owner` says whose the thing is: `ours` by tag, or by its name inside a thing that is ours.
 * `pending` also stands for a thing that is on its way out; then it is `deleting`. A `broken` thing will never be
 * ready: `replace` says that a new one would help, `ask` that the user has to decide.
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
      /** It broke for lack of a permission: a new one would break too, until the permission is granted. */
      denied?: boolean | undefined
      /** A new one would break in the same way, until the user has removed the cause. */
      lasting?: boolean | undefined
      facts?: F | undefined
    }

export type Ownership = 'ours' | 'other'

/** A gate lets the run go on, but people should know this before it does. */
export interface Warning {
  message: string
  hint: string
}

/** The name and tags by which a node recognises its own thing. They are the same in every run over the same config. */
export interface Identity {
  deployment: string
  /** The node's key. */
  node: string
  /** Counts replacements. It is part of the name, so that old and new can stand side by side. */
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

/** The arguments of a step's `read`. `aws` holds the clients of the node's account. */
export interface ReadInput<Aws, I, F, Probe> {
  aws: Aws
  /** The inputs that are known: all of them, except in a plan, where an upstream thing may not exist yet. */
  inputs: Partial<I>
  /** Facts from the ledger, of a thing that may be gone by now. */
  known: F | undefined
  identity: Identity
  /** The id of an existing thing that the config names for this node. */
  adopt: string | undefined
  probe: Probe
}

export interface Step<Aws, I extends object, F extends object, Probe = unknown> {
  /** The file's name. */
  id: string
  title: string
  /** The first fact is the thing's id: it tells one thing from another. */
  facts: z.ZodType<F> & { shape: Record<keyof F & string, unknown> }
  patience: Patience
  /** A membership in something else: one that was there before is used and left, without being named in the config. */
  relation?: true
  /** Inputs that are merged when several integrations share the node; all others must agree. */
  mergedInputs?: readonly (keyof I & string)[]
  /** Observes the thing. It never changes anything. */
  read(sight: ReadInput<Aws, I, F, Probe>): Promise<Observation<F>>
  /** Makes one thing in one call, tagged in the same call. `token` is the same for every try of the same intent. */
  create?(input: { aws: Aws; inputs: I; identity: Identity; token: string }): Promise<F>
  /** Brings the drifted fields of a thing back. */
  update?(input: { aws: Aws; inputs: I; facts: F; drift: readonly Drift[]; identity: Identity }): Promise<void>
  /**
   * One call: it never sleeps, retries or swallows an error. A step without `delete` goes with the thing that holds it.
   */
  delete?(input: { aws: Aws; known: F; inputs: Partial<I>; identity: Identity }): Promise<void>
  /**
   * Says in a sentence what the thing leaves behind for a while after it has gone. The things that it was made with
   * stay until the leftovers have gone too. Undefined if nothing is left.
   */
  leftovers?(input: { aws: Aws; known: F | undefined; inputs: Partial<I> }): Promise<string | undefined>
  /** Findings for verify, beyond being ready and without drift. */
  check?(input: { aws: Aws; inputs: I; facts: F; probe: Probe }): Promise<Finding[]>
  /** Its check is the proof of the whole: setup ends with it too. */
  proof?: true
}

/** A step with its types erased, as the engine's loops see it. */
export type AnyStep<Aws, Probe = unknown> = Step<Aws, Record<string, unknown>, Record<string, unknown>, Probe>

/** Drift of one field: none if the field is as wanted, or if the wanted value is not yet known. */
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
