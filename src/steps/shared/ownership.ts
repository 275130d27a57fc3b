import type { Identity, Ownership } from '../../engine/step.ts'
import { tagKeys } from '../../aws/tags.ts'
import { isFailure } from '../../aws/failures.ts'
import { exits, PrivlinkError } from '../../errors.ts'

type Tags = Readonly<Record<string, string | undefined>>

/** Says whether a thing with these tags is ours. */
export const ownerOf = (identity: Identity, tags: Tags | undefined): Ownership =>
  identity.matches(tags ?? {}) ? 'ours' : 'other'

/** Says whether a part of a thing with these tags is ours: the parts of this deployment's things are. */
export const ownerWithin = (identity: Identity, tags: Tags | undefined): Ownership =>
  tags?.[tagKeys.deployment] === identity.deployment ? 'ours' : 'other'

/**
 * The ways to find the one thing that a node stands for. Each answers with what is there, nothing if there is nothing.
 */
export interface Ways<T> {
  byId(id: string): Promise<T[]>
  /** By ownership tag. */
  byMark?: () => Promise<T[]>
  /** By deterministic name. */
  byName?: () => Promise<T[]>
  /** A thing that AWS still shows but that is no more. */
  isGone?: (thing: T) => boolean
}

/**
 * The thing that a node stands for: the one that the config names, else the one that the ledger knows, else the one
 * that carries our tags, else the one with our name.
 *
 * @throws PrivlinkError AdoptNotFound (exit 2)
 */
export async function seek<T>(
  sight: { adopt: string | undefined; identity: Identity; aws: { name: string } },
  knownId: string | undefined,
  { byId, byMark, byName, isGone = () => false }: Ways<T>,
): Promise<T | undefined> {
  const { adopt, identity, aws } = sight
  const first = async (look: Promise<T[]>) => (await look).find((thing) => !isGone(thing))
  if (adopt !== undefined) {
    const named = await first(byId(adopt))
    if (named !== undefined) return named
    throw new PrivlinkError('AdoptNotFound', `${adopt} does not exist in account ${aws.name}`, {
      exit: exits.usage,
      hint: `Correct the id that the config gives for ${identity.node}, or leave it out to have a new one made.`,
    })
  }
  return (
    (knownId === undefined ? undefined : await first(byId(knownId))) ??
    (byMark && (await first(byMark()))) ??
    (byName && (await first(byName())))
  )
}

/** The state of an AWS thing for comparing: EC2 writes `pendingAcceptance` and `Available` in mixed case. */
export const stateOf = (state: string | undefined): string => (state ?? 'unknown').toLowerCase()

/**
 * A member that AWS always answers with although its model calls it optional.
 *
 * @throws PrivlinkError AnswerIncomplete
 */
export function given<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value
  throw new PrivlinkError('AnswerIncomplete', `AWS answered without ${what}`, {
    hint: 'Run the same command again; if it stays, compare the endpoint that answers with the AWS documentation.',
  })
}

/**
 * A second read of a thing that the first one found. "Not found" means that it has just been made or is just going:
 * AWS's describes lag behind each other (DescribeLoadBalancerAttributes right after a create, autobase issue 1669).
 *
 * @throws PrivlinkError NotYet
 */
export async function unlessLagging<T>(look: Promise<T>, what: string): Promise<T> {
  try {
    return await look
  } catch (thrown) {
    if (!isFailure(thrown, 'NotFound')) throw thrown
    throw new PrivlinkError('NotYet', `the ${what} does not show everywhere yet`, { cause: thrown })
  }
}
