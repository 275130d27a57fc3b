import type {
  GetHostedZoneCountRequest,
  GetHostedZoneCountResponse,
  ListHostedZonesByNameRequest,
  ListHostedZonesByNameResponse,
  ListHostedZonesByVPCRequest,
  ListHostedZonesByVPCResponse,
  ListHostedZonesRequest,
  ListHostedZonesResponse,
} from '@aws-sdk/client-route-53'
import { pageFrom } from '../pages.ts'
import { operation, type Call } from '../operation.ts'
import { exists } from '../../state/world.ts'
import { byLabels, domainName } from '../../reads/domain-names.ts'
import { bareId, invalid, isPrivate, page, zonesOf } from './lookup.ts'
import { showZone } from './zones.ts'
import { AwsError } from '../../state/aws-error.ts'
import { privateNames } from '../../reads/endpoints.ts'
import { zonesOfVpc } from '../../reads/hosted-zones.ts'
import { withVpc, onNoZone } from './required-permissions.ts'

/** The zones that EC2 keeps for endpoints with private names in a VPC: that they carry this owner is assumed. */
const zonesOfEndpoints = ({ world, now }: Call, vpcId: string) =>
  Object.values(world.ec2.endpoints)
    .filter((endpoint) => endpoint.vpcId === vpcId && exists(endpoint, now))
    .flatMap((endpoint) =>
      [...new Set(privateNames(world, endpoint).map((name) => domainName(name.replace(/^\*\./, ''))))].map((Name) => ({
        HostedZoneId: `Z${endpoint.endpointId.slice(5, 18).toUpperCase()}`,
        Name,
        Owner: { OwningService: 'vpce.amazonaws.com' },
      })),
    )

export const zoneListOperations = {
  ListHostedZones: operation<ListHostedZonesRequest, ListHostedZonesResponse>()(
    ['Marker', 'MaxItems', 'HostedZoneType'],
    '*',
    ({ Marker, MaxItems, HostedZoneType }, call) => {
      const all = zonesOf(call).filter((zone) => HostedZoneType === undefined || isPrivate(zone))
      const from = Marker === undefined ? 0 : all.findIndex(({ zoneId }) => zoneId === bareId(Marker))
      if (from < 0) throw new AwsError('NoSuchHostedZone', `No hosted zone found with ID: ${Marker}`)
      const { items, next } = page(all, from, MaxItems)
      return {
        HostedZones: items.map(showZone),
        Marker,
        IsTruncated: next !== undefined,
        ...(next && { NextMarker: next.zoneId }),
        MaxItems: MaxItems ?? 100,
      }
    },
  ),

  ListHostedZonesByName: operation<ListHostedZonesByNameRequest, ListHostedZonesByNameResponse>()(
    ['DNSName', 'HostedZoneId', 'MaxItems'],
    '*',
    ({ DNSName, HostedZoneId, MaxItems }, call) => {
      const sorted = zonesOf(call).toSorted((a, b) => byLabels(a.name, b.name) || (a.zoneId < b.zoneId ? -1 : 1))
      const start = DNSName === undefined ? undefined : domainName(DNSName)
      const begins = ({ name, zoneId }: (typeof sorted)[number]): boolean => {
        const order = start === undefined ? 1 : byLabels(name, start)
        return order > 0 || (order === 0 && (HostedZoneId === undefined || zoneId >= bareId(HostedZoneId)))
      }
      const { items, next } = page(sorted.filter(begins), 0, MaxItems)
      return {
        HostedZones: items.map(showZone),
        ...(start !== undefined && { DNSName: start }),
        ...(HostedZoneId !== undefined && { HostedZoneId }),
        IsTruncated: next !== undefined,
        ...(next && { NextDNSName: next.name, NextHostedZoneId: next.zoneId }),
        MaxItems: MaxItems ?? 100,
      }
    },
  ),

  /** All zones of a VPC, whoever made them. That another account's VPC is refused like this is assumed. */
  ListHostedZonesByVPC: operation<ListHostedZonesByVPCRequest, ListHostedZonesByVPCResponse>()(
    ['VPCId', 'VPCRegion', 'MaxItems', 'NextToken'],
    withVpc(onNoZone),
    ({ VPCId = '', VPCRegion, MaxItems, NextToken }, call) => {
      const vpc = call.world.ec2.vpcs[VPCId]
      if (vpc?.account !== call.account || vpc.region !== VPCRegion) {
        throw invalid(`The VPC: ${VPCId} in region ${VPCRegion} that you provided is not valid.`)
      }
      const own = zonesOfVpc(call.world.route53.zones, VPCId).map((zone) => ({
        HostedZoneId: zone.zoneId,
        Name: zone.name,
        Owner: { OwningAccount: zone.account },
      }))
      const all = [...own, ...zonesOfEndpoints(call, VPCId)]
      const refuse = () => new AwsError('InvalidPaginationToken', 'The pagination token is not valid.')
      const { items, next } = pageFrom(all, NextToken, Math.min(MaxItems ?? 100, 100), refuse)
      return {
        HostedZoneSummaries: items,
        MaxItems: MaxItems ?? 100,
        ...(next !== undefined && { NextToken: next }),
      }
    },
  ),

  GetHostedZoneCount: operation<GetHostedZoneCountRequest, GetHostedZoneCountResponse>()([], '*', (_, call) => ({
    HostedZoneCount: zonesOf(call).length,
  })),
}
