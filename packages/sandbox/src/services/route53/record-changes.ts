import type { ChangeResourceRecordSetsRequest, ChangeResourceRecordSetsResponse } from '@aws-sdk/client-route-53'
import { durations } from '../../state/durations.ts'
import { operation, type Call } from '../operation.ts'
import { getHostedZone, invalid, showChange, startChange } from './lookup.ts'
import { problemsOf, readRecord } from './record-checks.ts'
import type { HostedZone, RecordSet } from '../../state/route53.ts'
import { AwsError } from '../../state/aws-error.ts'
import { changesRecords } from './required-permissions.ts'

const isAt = (wanted: RecordSet) => (one: RecordSet) => one.name === wanted.name && one.type === wanted.type

/** Whether a DELETE says all that is there: "you must specify the same values" (API_ChangeResourceRecordSets). */
function isSame(a: RecordSet, b: RecordSet): boolean {
  const content = ({ ttl, values, alias }: RecordSet): string => JSON.stringify([ttl, values.toSorted(), alias])
  return content(a) === content(b)
}

/** One change to the records, or what AWS has against it. */
function change(
  call: Call,
  zone: HostedZone,
  { records, action, wanted }: { records: RecordSet[]; action: string; wanted: RecordSet },
): { records: RecordSet[]; problems: string[] } {
  const refuse = (...problems: string[]) => ({ records, problems })
  const present = records.find(isAt(wanted))
  const said = `resource record set [name='${wanted.name}', type='${wanted.type}']`
  const others = records.filter((one) => one !== present)
  if (action === 'DELETE') {
    if (present === undefined) return refuse(`Tried to delete ${said} but it was not found`)
    if (!isSame(present, wanted)) {
      return refuse(`Tried to delete ${said} but the values provided do not match the current values`)
    }
    if (wanted.name === zone.name && ['NS', 'SOA'].includes(wanted.type)) {
      const rule = wanted.type === 'SOA' ? 'exactly one SOA record' : 'at least one NS record for the zone itself'
      return refuse(`A HostedZone must contain ${rule}.`)
    }
    return { records: others, problems: [] }
  }
  if (action === 'CREATE' && present !== undefined) return refuse(`Tried to create ${said} but it already exists`)
  const problems = problemsOf(call, zone, others, wanted)
  return problems.length > 0 ? refuse(...problems) : { records: [...others, wanted], problems }
}

export const recordChangeOperations = {
  /** All changes of a batch, or none. What is deleted is no longer answered with at once: assumed. */
  ChangeResourceRecordSets: operation<ChangeResourceRecordSetsRequest, ChangeResourceRecordSetsResponse>()(
    ['HostedZoneId', 'ChangeBatch'],
    changesRecords,
    ({ HostedZoneId, ChangeBatch }, call) => {
      const zone = getHostedZone(call, HostedZoneId)
      const requested = ChangeBatch?.Changes ?? []
      if (requested.length === 0)
        throw invalid(
          "1 validation error detected: Value at 'changeBatch.changes' failed to satisfy constraint: Member must have length greater than or equal to 1",
        )
      if (requested.length > 1000)
        throw new AwsError('InvalidChangeBatch', '[Number of records limit of 1000 exceeded.]')
      const servedFrom = call.now + durations.dnsInSync
      const problems: string[] = []
      let { records } = zone
      for (const one of requested) {
        const wanted = readRecord(one, servedFrom)
        const changed = change(call, zone, { records, action: one.Action ?? '', wanted })
        problems.push(...changed.problems)
        records = changed.records
      }
      if (problems.length > 0) throw new AwsError('InvalidChangeBatch', `[${problems.join(', ')}]`)
      zone.records = records
      return { ChangeInfo: showChange(startChange(call, ChangeBatch?.Comment), call.now) }
    },
  ),
}
