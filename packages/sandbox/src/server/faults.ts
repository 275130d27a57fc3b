import * as z from 'zod'

import { SandboxError } from '../state/errors.ts'

/**
 * Something that goes wrong on purpose. `operation` is a name such as `CreateVpcEndpoint`, or `ec2:DescribeTags` where
 * two services share it. `lost-*` closes the connection without an answer, before or after the operation took effect.
 */
const fault = z
  .strictObject({
    operation: z.string().min(1),
    account: z.string().optional(),
    /** Which call of the operation since the faults were set, from 1. Without `nth` and `every`: the first. */
    nth: z.int().min(1).optional(),
    every: z.boolean().optional(),
    kind: z.enum(['lost-before', 'lost-after', 'throttled', 'denied', 'delayed', 'error']),
    /** Sandbox milliseconds of a delay. */
    ms: z.number().min(0).optional(),
    /** The error's wire code, HTTP status and message. */
    code: z.string().optional(),
    status: z.int().min(400).max(599).optional(),
    message: z.string().optional(),
  })
  .refine((fault) => fault.kind !== 'delayed' || fault.ms !== undefined, 'a delayed fault needs ms')
  .refine((fault) => fault.kind !== 'error' || fault.code !== undefined, 'an error fault needs a code')

export type Fault = z.infer<typeof fault>

/**
 * Reads a list of faults.
 *
 * @throws SandboxError naming the first thing that is wrong.
 */
export function readFaults(data: unknown): Fault[] {
  const read = z.array(fault).safeParse(data)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new SandboxError('InvalidFaults', `faults: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a list'}`)
}

export interface Faults {
  /** Replaces the faults and begins to count anew. */
  set(faults: readonly Fault[]): void
  /** Counts a call, and says which fault strikes it, if any. */
  strike(call: { service: string; operation: string; account: string }): Fault | undefined
}

export function makeFaults(initial: readonly Fault[] = []): Faults {
  let armed = initial.map((fault) => ({ fault, seen: 0 }))
  return {
    set: (faults) => {
      armed = faults.map((fault) => ({ fault, seen: 0 }))
    },
    strike: (call) => {
      const matching = armed.filter(({ fault }) => matches(fault, call))
      for (const entry of matching) entry.seen += 1
      return matching.find(({ fault, seen }) => fault.every === true || seen === (fault.nth ?? 1))?.fault
    },
  }
}

const matches = (fault: Fault, call: { service: string; operation: string; account: string }): boolean =>
  [call.operation, `${call.service}:${call.operation}`].includes(fault.operation) &&
  (fault.account === undefined || fault.account === call.account)
