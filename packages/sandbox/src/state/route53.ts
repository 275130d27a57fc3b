import type { Tags } from './resource.ts'
import { bookkeeping, resources } from './table.ts'

/** A resource of AWS that a record stands for. */
interface AliasTarget {
  zoneId: string
  /** With the dot at its end. */
  dnsName: string
  evaluateTargetHealth: boolean
}

export interface RecordSet {
  /** Lower case, with the dot at its end; `*` is `\052`. */
  name: string
  type: string
  ttl?: number
  /** None if it is an alias. */
  values: string[]
  alias?: AliasTarget
  /** Resolvers answer with it from then on. */
  servedFrom: number
}

export interface ZoneVpc {
  vpcId: string
  region: string
  /** The VPC's resolver knows the zone from then on. */
  servedFrom: number
}

export interface HostedZone {
  /** Without `/hostedzone/`. */
  zoneId: string
  account: string
  createdAt: number
  /** With the dot at its end. */
  name: string
  callerReference: string
  comment: string
  /** The VPCs of a private zone, one at least; a public zone has none. */
  vpcs: ZoneVpc[]
  records: RecordSet[]
  tags: Tags
}

/** A change is `PENDING` until `insyncAt`. */
export interface Change {
  /** Without `/change/`. */
  changeId: string
  account: string
  submittedAt: number
  insyncAt: number
  comment?: string
}

export const route53Tables = {
  /** By id. */
  zones: resources<HostedZone>('hosted-zone', {
    parts: ({ vpcs, records }, id) => [
      ...vpcs.map(({ vpcId }) => `association ${id} ${vpcId}`),
      ...records.map(({ name, type, values, alias }) =>
        `record ${id} ${type} ${name} ${[...values, ...(alias ? [alias.dnsName] : [])].join(' ')}`.trimEnd(),
      ),
    ],
    marks: (holder) => [{ holder, member: 'comment' }],
  }),
  /** By id. */
  changes: bookkeeping<Change>('A change only tells how far it has spread.'),
  /** By account and caller reference: the id of the zone that it made. */
  callerReferences: bookkeeping<string>('A caller reference is used up for good, whatever becomes of its zone.'),
}
