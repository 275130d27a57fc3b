import { durations } from '../../state/durations.ts'
import type { Call } from '../operation.ts'
import { newId } from '../../state/world.ts'
import type { Change, HostedZone } from '../../state/route53.ts'
import { AwsError } from '../../state/aws-error.ts'

/** An id as AWS takes it: with `/hostedzone/` or `/change/` before it, or without. */
export const bareId = (id: string): string => id.replace(/^\/?(hostedzone|change)\//, '')

export const invalid = (message: string): AwsError => new AwsError('InvalidInput', message)

/** Route 53 is global: a zone belongs to an account in no Region. */
export const zonesOf = ({ world, account }: Call): HostedZone[] =>
  Object.values(world.route53.zones).filter((zone) => zone.account === account)

/** Throws NoSuchHostedZone, also for another account's. */
export function getHostedZone(call: Call, id = ''): HostedZone {
  const zone = call.world.route53.zones[bareId(id)]
  if (zone?.account === call.account) return zone
  throw new AwsError('NoSuchHostedZone', `No hosted zone found with ID: ${bareId(id)}`)
}

export const isPrivate = ({ vpcs }: HostedZone): boolean => vpcs.length > 0

/** Writes down that something changes, which name servers answer with a while later. */
export function startChange({ world, account, now }: Call, comment?: string): Change {
  const changeId = newId(world, 'C', 20).toUpperCase()
  const insyncAt = now + durations.dnsInSync
  const change = { changeId, account, submittedAt: now, insyncAt, ...(comment && { comment }) }
  world.route53.changes[changeId] = change
  return change
}

export const showChange = ({ changeId, submittedAt, insyncAt, comment }: Change, now: number) => ({
  Id: `/change/${changeId}`,
  Status: now < insyncAt ? ('PENDING' as const) : ('INSYNC' as const),
  SubmittedAt: new Date(submittedAt),
  ...(comment !== undefined && { Comment: comment }),
})

/** A page of a list. `from` is its first item's index; AWS's pages have at most `largest` items. */
export function page<T>(items: readonly T[], from: number, size: number | undefined, largest = 100) {
  const end = from + Math.min(size ?? largest, largest)
  return { items: items.slice(from, end), next: items[end] }
}
