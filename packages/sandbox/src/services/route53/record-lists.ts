import type {
  ListResourceRecordSetsRequest,
  ListResourceRecordSetsResponse,
  ResourceRecordSet,
  RRType,
} from '@aws-sdk/client-route-53'
import { operation } from '../operation.ts'
import { byLabels, domainName } from '../../reads/domain-names.ts'
import { getHostedZone, invalid, page } from './lookup.ts'
import type { RecordSet } from '../../state/route53.ts'
import { onZone } from './required-permissions.ts'

const show = ({ name, type, ttl, values, alias }: RecordSet): ResourceRecordSet => ({
  Name: name,
  // Requests are checked for these types.
  Type: type as RRType,
  ...(ttl !== undefined && { TTL: ttl }),
  ...(alias === undefined && { ResourceRecords: values.map((Value) => ({ Value })) }),
  ...(alias && {
    AliasTarget: {
      HostedZoneId: alias.zoneId,
      DNSName: alias.dnsName,
      EvaluateTargetHealth: alias.evaluateTargetHealth,
    },
  }),
})

export const recordListOperations = {
  /** In the order of the names' labels from the right, then of the types. */
  ListResourceRecordSets: operation<ListResourceRecordSetsRequest, ListResourceRecordSetsResponse>()(
    ['HostedZoneId', 'StartRecordName', 'StartRecordType', 'MaxItems'],
    onZone,
    ({ HostedZoneId, StartRecordName, StartRecordType, MaxItems }, call) => {
      const { records } = getHostedZone(call, HostedZoneId)
      if (StartRecordType !== undefined && StartRecordName === undefined) {
        throw invalid('The input is not valid: StartRecordType needs a StartRecordName.')
      }
      const start = StartRecordName === undefined ? undefined : domainName(StartRecordName)
      const isIn = ({ name, type }: RecordSet): boolean => {
        const order = start === undefined ? 1 : byLabels(name, start)
        return order > 0 || (order === 0 && (StartRecordType === undefined || type >= StartRecordType))
      }
      const sorted = records.toSorted((a, b) => byLabels(a.name, b.name) || (a.type < b.type ? -1 : 1))
      const { items, next } = page(sorted.filter(isIn), 0, MaxItems, 300)
      return {
        ResourceRecordSets: items.map(show),
        IsTruncated: next !== undefined,
        MaxItems: MaxItems ?? 300,
        ...(next && { NextRecordName: next.name, NextRecordType: show(next).Type }),
      }
    },
  ),
}
