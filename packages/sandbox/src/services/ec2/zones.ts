import { invalidValue } from './refusals.ts'
import type {
  AvailabilityZone,
  DescribeAvailabilityZonesRequest,
  DescribeAvailabilityZonesResult,
  DescribeRegionsRequest,
  DescribeRegionsResult,
} from '@aws-sdk/client-ec2'
import type { World } from '../../state/world.ts'
import { operation } from '../operation.ts'
import { select } from './filters.ts'
import type { CallContext } from '../../state/call-context.ts'
import { zoneMap } from '../../reads/zones.ts'

/** Regions that every account has without opting in. */
const regions = (
  'ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 ' +
  'eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2'
).split(' ')

function showZones(world: World, { account, region }: CallContext): AvailabilityZone[] {
  return Object.entries(zoneMap(world, account, region)).map(([ZoneName, ZoneId]) => ({
    State: 'available',
    OptInStatus: 'opt-in-not-required',
    Messages: [],
    RegionName: region,
    ZoneName,
    ZoneId,
    GroupName: `${region}-zg-1`,
    NetworkBorderGroup: region,
    ZoneType: 'availability-zone',
  }))
}

const zoneOperation = operation<DescribeAvailabilityZonesRequest, DescribeAvailabilityZonesResult>()(
  ['ZoneNames', 'ZoneIds', 'AllAvailabilityZones', 'Filters'],
  '*',
  ({ ZoneNames = [], ZoneIds = [], Filters }, { world, ...call }) => {
    const zones = showZones(world, call)
    const unknown = [
      ...ZoneNames.filter((name) => !zones.some((zone) => zone.ZoneName === name)),
      ...ZoneIds.filter((id) => !zones.some((zone) => zone.ZoneId === id)),
    ]
    if (unknown.length > 0) {
      throw invalidValue(`Invalid availability zone: [${unknown.join(', ')}]`)
    }
    const named = zones.filter(
      ({ ZoneName = '', ZoneId = '' }) =>
        (ZoneNames.length === 0 || ZoneNames.includes(ZoneName)) && (ZoneIds.length === 0 || ZoneIds.includes(ZoneId)),
    )
    return {
      AvailabilityZones: select<AvailabilityZone & { tags?: never }>(named, Filters, {
        state: (zone) => [zone.State],
        'zone-name': (zone) => [zone.ZoneName],
        'zone-id': (zone) => [zone.ZoneId],
        'zone-type': (zone) => [zone.ZoneType],
        'region-name': (zone) => [zone.RegionName],
        'group-name': (zone) => [zone.GroupName],
        'opt-in-status': (zone) => [zone.OptInStatus],
        'network-border-group': (zone) => [zone.NetworkBorderGroup],
        message: () => [],
        'parent-zone-id': () => [],
        'parent-zone-name': () => [],
      }),
    }
  },
)

const regionOperation = operation<DescribeRegionsRequest, DescribeRegionsResult>()(
  ['RegionNames', 'AllRegions', 'Filters'],
  '*',
  ({ RegionNames = [], Filters }) => {
    const unknown = RegionNames.filter((name) => !regions.includes(name))
    if (unknown.length > 0) {
      throw invalidValue(`Invalid region names: [${unknown.join(', ')}]`)
    }
    const named = regions
      .filter((name) => RegionNames.length === 0 || RegionNames.includes(name))
      .map((name) => ({ name, endpoint: `ec2.${name}.amazonaws.com` }))
    const found = select<{ name: string; endpoint: string; tags?: never }>(named, Filters, {
      'region-name': (region) => [region.name],
      endpoint: (region) => [region.endpoint],
      'opt-in-status': () => ['opt-in-not-required'],
    })
    return {
      Regions: found.map(({ name, endpoint }) => ({
        RegionName: name,
        Endpoint: endpoint,
        OptInStatus: 'opt-in-not-required',
      })),
    }
  },
)

export const zoneOperations = {
  DescribeAvailabilityZones: zoneOperation,
  DescribeRegions: regionOperation,
}
