import type { Change as RequestedChange, ResourceRecordSet } from '@aws-sdk/client-route-53'
import { isIpv4 } from '../../reads/addresses.ts'
import { resolveName } from '../../reads/names.ts'
import type { Call } from '../operation.ts'
import { exists } from '../../state/world.ts'
import { domainName, liesIn } from '../../reads/domain-names.ts'
import { bareId, invalid } from './lookup.ts'
import type { HostedZone, RecordSet } from '../../state/route53.ts'
import { dnsEntries } from '../../reads/endpoints.ts'

const modelled = ['Name', 'Type', 'TTL', 'ResourceRecords', 'AliasTarget']
const types = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SPF', 'SRV', 'TXT']

/**
 * A record set of a request as it will be kept. Throws InvalidInput for what is wrong in itself, and for routing
 * policies, which the sandbox does not model.
 */
export function readRecord({ Action, ResourceRecordSet: set }: RequestedChange, servedFrom: number): RecordSet {
  const given: Partial<ResourceRecordSet> = set ?? {}
  const { Name = '', Type = 'A', TTL, ResourceRecords, AliasTarget } = given
  const strange = Object.entries(given).find(([name, value]) => value !== undefined && !modelled.includes(name))
  if (strange) throw invalid(`The sandbox does not model ${strange[0]} of a resource record set.`)
  if (!types.includes(Type)) throw invalid(`The sandbox does not model records of type ${Type}.`)
  const plain = TTL !== undefined && ResourceRecords !== undefined
  if (plain === (AliasTarget !== undefined) || (AliasTarget && (TTL ?? ResourceRecords) !== undefined)) {
    throw invalid(
      'Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], ' +
        `but found ${AliasTarget ? 'more than one' : 'none'} in Change with [Action=${Action}, Name=${Name}, Type=${Type}, SetIdentifier=null]`,
    )
  }
  const name = domainName(Name)
  if (AliasTarget) {
    const alias = {
      zoneId: bareId(AliasTarget.HostedZoneId ?? ''),
      dnsName: domainName(AliasTarget.DNSName ?? ''),
      evaluateTargetHealth: AliasTarget.EvaluateTargetHealth ?? false,
    }
    return { name, type: Type, values: [], alias, servedFrom }
  }
  const values = (ResourceRecords ?? []).map(({ Value = '' }) => Value)
  return { name, type: Type, ttl: TTL ?? 0, values, servedFrom }
}

/** Lists the problems of a new record set beside the others of its zone, in AWS's words (seen in issues). */
export function problemsOf(call: Call, zone: HostedZone, records: readonly RecordSet[], wanted: RecordSet): string[] {
  const { name, type, values, alias } = wanted
  const inZone = zone.name
  const set = `RRSet of type ${type} with DNS name ${name}`
  if (!liesIn(name, inZone)) return [`RRSet with DNS name ${name} is not permitted in zone ${inZone}`]
  if (type === 'CNAME' && name === inZone) return [`${set} is not permitted at apex in zone ${inZone}`]
  const others = records.filter((one) => one.name === name && one.type !== type)
  if (type === 'CNAME' && others.length > 0) {
    return [`${set} is not permitted as it conflicts with other records with the same DNS name in zone ${inZone}`]
  }
  if (others.some((one) => one.type === 'CNAME')) {
    return [
      `${set} is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone ${inZone}`,
    ]
  }
  if (alias) return aliasProblems(call, zone, records, wanted)
  const faults = values.flatMap((value) => faultOf(type, value) ?? [])
  const [fault] = values.length === 0 ? ['MissingRecordData (No resource records given)'] : faults
  if (fault !== undefined) return [`Invalid Resource Record: 'FATAL problem: ${fault}'`]
  return type === 'CNAME' && values.length > 1 ? [`${set} has more than one resource record`] : []
}

function faultOf(type: string, value: string): string | undefined {
  if (type === 'A' && !isIpv4(value)) {
    return `ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '${value}'`
  }
  if (type === 'TXT' && !/^("([^"\\]|\\.)*"\s*)+$/.test(value)) {
    return `InvalidCharacterString (Value should be enclosed in quotation marks) encountered with '${value}'`
  }
  return undefined
}

/**
 * An alias leads to a record of its own zone, an interface endpoint or a load balancer, each of which has its own
 * hosted zone id (API_AliasTarget).
 */
function aliasProblems(
  call: Call,
  zone: HostedZone,
  records: readonly RecordSet[],
  { type, alias }: RecordSet,
): string[] {
  const { zoneId = '', dnsName = '' } = alias ?? {}
  const said = `Tried to create an alias that targets ${dnsName}, type ${type} in zone ${zoneId}, but`
  const outside = [`${said} the alias target name does not lie within the target zone`]
  const missing = [`${said} that target was not found`]
  if (zoneId === zone.zoneId) {
    if (!liesIn(dnsName, zone.name)) return outside
    return records.some((one) => one.name === dnsName && one.type === type) ? [] : missing
  }
  const { world, now } = call
  const entry = Object.values(world.ec2.endpoints)
    .filter((endpoint) => exists(endpoint, now))
    .flatMap((endpoint) => dnsEntries(world, endpoint))
    .find(({ DnsName }) => DnsName !== undefined && domainName(DnsName) === dnsName)
  if (entry !== undefined) return entry.HostedZoneId === zoneId ? [] : outside
  return resolveName(world, dnsName, now) === undefined ? missing : []
}
