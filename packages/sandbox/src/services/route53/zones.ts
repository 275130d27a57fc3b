import type {
  CreateHostedZoneRequest,
  CreateHostedZoneResponse,
  DeleteHostedZoneRequest,
  DeleteHostedZoneResponse,
  GetChangeRequest,
  GetDNSSECRequest,
  GetDNSSECResponse,
  GetChangeResponse,
  GetHostedZoneRequest,
  GetHostedZoneResponse,
  UpdateHostedZoneCommentRequest,
  UpdateHostedZoneCommentResponse,
} from '@aws-sdk/client-route-53'
import { operation, type Call } from '../operation.ts'
import { newId } from '../../state/world.ts'
import { associationOf } from './associations.ts'
import { domainName, isDomainName } from '../../reads/domain-names.ts'
import { bareId, getHostedZone, invalid, isPrivate, showChange, startChange } from './lookup.ts'
import type { HostedZone, RecordSet } from '../../state/route53.ts'
import { AwsError } from '../../state/aws-error.ts'
import { onChange, onZone, withVpc, onNoZone } from './required-permissions.ts'

/** The name servers of a private zone are no real servers: its VPCs' resolvers answer for them. */
const nameServers = (zone: Pick<HostedZone, 'zoneId' | 'vpcs'>): string[] => {
  const number = zone.vpcs.length > 0 ? 0 : parseInt(zone.zoneId.slice(1, 4), 16) % 512
  const set = String(number % 64).padStart(2, '0')
  return [
    `ns-${number}.awsdns-${set}.com`,
    `ns-${number + 512}.awsdns-${set}.net`,
    `ns-${number + 1024}.awsdns-${set}.org`,
    `ns-${number + 1536}.awsdns-${set}.co.uk`,
  ]
}

/** The two record sets that every zone has from the beginning ("NS and SOA records", Route 53 developer guide). */
function firstRecords(zone: HostedZone, servedFrom: number): RecordSet[] {
  const values = nameServers(zone).map((name) => `${name}.`)
  const authority = `${values[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`
  return [
    { name: zone.name, type: 'NS', ttl: 172_800, values, servedFrom },
    { name: zone.name, type: 'SOA', ttl: 900, values: [authority], servedFrom },
  ]
}

export const showZone = (zone: HostedZone) => ({
  Id: `/hostedzone/${zone.zoneId}`,
  Name: zone.name,
  CallerReference: zone.callerReference,
  Config: { ...(zone.comment !== '' && { Comment: zone.comment }), PrivateZone: isPrivate(zone) },
  ResourceRecordSetCount: zone.records.length,
})

const showVpc = ({ region, vpcId }: HostedZone['vpcs'][number]) => ({
  // The SDK lists the Regions that it knows; any other is one as well.
  VPCRegion: region as 'us-east-1',
  VPCId: vpcId,
})

/** Only a public zone shows its delegation set. */
const delegation = (zone: HostedZone) => (isPrivate(zone) ? {} : { DelegationSet: { NameServers: nameServers(zone) } })

function createZone(call: Call, request: CreateHostedZoneRequest): HostedZone {
  const { world, account, now } = call
  const name = domainName(request.Name ?? '')
  if (!isDomainName(name)) throw new AwsError('InvalidDomainName', `${request.Name} is not a valid domain name`)
  const reference = `${account}:${request.CallerReference}`
  // Assumed: a reference is used up for good. "You must use a unique CallerReference string every time".
  if (world.route53.callerReferences[reference] !== undefined) {
    const message = 'A hosted zone has already been created with the specified caller reference.'
    throw new AwsError('HostedZoneAlreadyExists', message)
  }
  if (request.HostedZoneConfig?.PrivateZone === true && request.VPC === undefined) {
    throw invalid(
      "When you're creating a private hosted zone (when you specify true for PrivateZone), you must also specify values for VPCId and VPCRegion.",
    )
  }
  const zoneId = newId(world, 'Z', 20).toUpperCase()
  const zone: HostedZone = {
    zoneId,
    account,
    createdAt: now,
    name,
    callerReference: request.CallerReference ?? '',
    comment: request.HostedZoneConfig?.Comment ?? '',
    vpcs: request.VPC === undefined ? [] : [associationOf(call, name, request.VPC)],
    records: [],
    tags: {},
  }
  zone.records = firstRecords(zone, now)
  world.route53.zones[zoneId] = zone
  world.route53.callerReferences[reference] = zoneId
  return zone
}

export const zoneOperations = {
  CreateHostedZone: operation<CreateHostedZoneRequest, CreateHostedZoneResponse>()(
    ['Name', 'VPC', 'CallerReference', 'HostedZoneConfig'],
    withVpc(onNoZone),
    (request, call) => {
      const zone = createZone(call, request)
      const [vpc] = zone.vpcs
      return {
        HostedZone: showZone(zone),
        ChangeInfo: showChange(startChange(call), call.now),
        // The model asks for a delegation set, which a private zone does not have.
        DelegationSet: delegation(zone).DelegationSet,
        Location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${zone.zoneId}`,
        ...(vpc && { VPC: showVpc(vpc) }),
      }
    },
  ),

  GetHostedZone: operation<GetHostedZoneRequest, GetHostedZoneResponse>()(['Id'], onZone, ({ Id }, call) => {
    const zone = getHostedZone(call, Id)
    return {
      HostedZone: showZone(zone),
      ...delegation(zone),
      ...(isPrivate(zone) && { VPCs: zone.vpcs.map(showVpc) }),
    }
  }),

  UpdateHostedZoneComment: operation<UpdateHostedZoneCommentRequest, UpdateHostedZoneCommentResponse>()(
    ['Id', 'Comment'],
    onZone,
    ({ Id, Comment = '' }, call) => {
      const zone = getHostedZone(call, Id)
      zone.comment = Comment
      return { HostedZone: showZone(zone) }
    },
  ),

  DeleteHostedZone: operation<DeleteHostedZoneRequest, DeleteHostedZoneResponse>()(['Id'], onZone, ({ Id }, call) => {
    const zone = getHostedZone(call, Id)
    if (zone.records.some(({ name, type }) => name !== zone.name || !['NS', 'SOA'].includes(type))) {
      const message = 'The specified hosted zone contains non-required resource record sets and so cannot be deleted.'
      throw new AwsError('HostedZoneNotEmpty', message)
    }
    delete call.world.route53.zones[zone.zoneId]
    return { ChangeInfo: showChange(startChange(call), call.now) }
  }),

  /** Zones are never signed here. Private ones cannot be (code and text as Terraform's provider knows them). */
  GetDNSSEC: operation<GetDNSSECRequest, GetDNSSECResponse>()(['HostedZoneId'], onZone, ({ HostedZoneId }, call) => {
    if (isPrivate(getHostedZone(call, HostedZoneId))) {
      throw new AwsError('InvalidArgument', 'Operation is unsupported for private hosted zones.')
    }
    return { Status: { ServeSignature: 'NOT_SIGNING' }, KeySigningKeys: [] }
  }),

  GetChange: operation<GetChangeRequest, GetChangeResponse>()(
    ['Id'],
    onChange,
    ({ Id = '' }, { world, account, now }) => {
      const change = world.route53.changes[bareId(Id)]
      if (change?.account !== account) {
        throw new AwsError('NoSuchChange', `Could not find resource with ID: ${bareId(Id)}`)
      }
      return { ChangeInfo: showChange(change, now) }
    },
  ),
}
