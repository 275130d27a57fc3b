import {
  ChangeTagsForResourceCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  type GetHostedZoneResponse,
  type HostedZone,
  ListHostedZonesByNameCommand,
  ListHostedZonesByVPCCommand,
  ListTagsForResourceCommand,
  type VPCRegion,
} from '@aws-sdk/client-route-53'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { unlessMissing } from '../aws/failures.ts'
import { allPages } from '../aws/batcher.ts'
import { tagKeys, tagList, tagMap } from '../aws/tags.ts'
import { type Drift, differs, type Identity, minutes, seconds } from '../engine/step.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { liesIn, plainName } from './shared/domain-name.ts'
import { given, ownerOf, seek } from './shared/ownership.ts'
import { ofVpcs } from '../aws/permissions/conditions.ts'
import { describe, everything, permission } from '../aws/permissions/permission.ts'
import { hostedZones, zoneChanges } from '../aws/permissions/resources.ts'

interface Inputs {
  /** Without the dot at its end. */
  name: string
  vpcId: string
}

type Zone = HostedZone & { vpcIds: string[]; tags: Record<string, string> }

/**
 * A private hosted zone of one VPC, which answers alone for its name there. CreateHostedZone takes no tags, so its
 * comment carries the marks until they are tags too. Route 53 is the same in every Region; its VPCs are not.
 */
export const hostedZone = defineStep<Inputs>()({
  id: 'hosted-zone',
  title: 'Private hosted zone',
  // The change is only known until it is in sync.
  facts: z.object({ zoneId: z.string(), changeId: z.string().optional() }),
  permissions: {
    read: [
      permission('LookAtZones', ['route53:GetHostedZone', 'route53:ListTagsForResource'], hostedZones),
      permission('FindZones', ['route53:ListHostedZonesByName'], everything),
      permission('FindZonesOfVpcs', ['route53:ListHostedZonesByVPC'], everything, ofVpcs),
      permission('LookAtChanges', ['route53:GetChange'], zoneChanges),
      describe('ec2:DescribeVpcs'),
    ],
    create: [
      // A public zone would name no VPC at all.
      permission('MakeZones', ['route53:CreateHostedZone'], everything, (scope) => ({
        ...ofVpcs(scope),
        Null: { 'route53:VPCs': 'false' },
      })),
      // A zone cannot be told by its tags: assumed.
      permission('OwnZones', ['route53:ChangeTagsForResource'], hostedZones),
      describe('ec2:DescribeVpcs'),
    ],
    update: [permission('OwnZones', ['route53:ChangeTagsForResource'], hostedZones)],
    delete: [permission('OwnZones', ['route53:DeleteHostedZone'], hostedZones)],
  },
  // "Changes generally propagate within 60 seconds" (API_ChangeResourceRecordSets).
  patience: { upTo: minutes(10), every: seconds(5) },

  async read(sight) {
    const { aws, adopt, inputs, known, identity } = sight
    const zone = await seek(sight, known?.zoneId, {
      byId: (id) => zoneById(aws, id),
      byMark: async () => (await zonesNamed(aws, inputs.name)).filter((one) => isMarked(identity, one)),
    })
    if (zone === undefined) {
      await refuseRivals(aws, inputs, identity)
      return { state: 'absent' }
    }
    const facts = { zoneId: given(zone.Id, 'the id of the hosted zone').replace('/hostedzone/', '') }
    const owner = isMarked(identity, zone) ? 'ours' : ownerOf(identity, zone.tags)
    if (known?.changeId !== undefined && !(await isInSync(aws, known.changeId))) {
      return { state: 'pending', owner, why: `${facts.zoneId} spreads`, facts: { ...facts, changeId: known.changeId } }
    }
    return { state: 'ready', owner, facts, drift: driftOf(zone, inputs, adopt === undefined ? identity : undefined) }
  },

  async create({ aws, inputs, identity, token }) {
    const { HostedZone: zone, ChangeInfo: change } = await aws.route53(
      new CreateHostedZoneCommand({
        Name: inputs.name,
        VPC: { VPCId: inputs.vpcId, VPCRegion: regionOf(aws) },
        CallerReference: token,
        HostedZoneConfig: { Comment: commentOf(identity), PrivateZone: true },
      }),
    )
    const zoneId = given(zone?.Id, 'the id of the hosted zone').replace('/hostedzone/', '')
    return { zoneId, ...(change?.Id !== undefined && { changeId: change.Id }) }
  },

  async update({ aws, facts: { zoneId }, identity }) {
    const AddTags = tagList(identity.tags)
    await aws.route53(new ChangeTagsForResourceCommand({ ResourceType: 'hostedzone', ResourceId: zoneId, AddTags }))
  },

  async delete({ aws, known: { zoneId } }) {
    await aws.route53(new DeleteHostedZoneCommand({ Id: zoneId }))
  },
})

/** The SDK lists the Regions that it knows; any other is one as well. */
const regionOf = ({ region }: Aws): VPCRegion => region as VPCRegion

/** The marks in the form of a comment. */
const commentOf = ({ deployment, node, generation }: Identity): string =>
  Object.entries({
    [tagKeys.deployment]: deployment,
    [tagKeys.node]: node,
    ...(generation > 0 && { [tagKeys.generation]: generation }),
  })
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')

function isMarked(identity: Identity, { Config, tags }: Zone): boolean {
  const pairs = (Config?.Comment ?? '').split(' ').map((pair) => pair.split('='))
  return identity.matches(tags) || identity.matches(Object.fromEntries(pairs))
}

/** In an adopted zone, the name may also be a record. */
function driftOf(zone: Zone, { name, vpcId }: Partial<Inputs>, identity: Identity | undefined): Drift[] {
  const was = plainName(zone.Name)
  const fits = identity === undefined && name !== undefined && liesIn(name, was)
  const missing = Object.entries(identity?.tags ?? {}).some(([key, value]) => zone.tags[key] !== value)
  return [
    ...(fits ? [] : differs('name', was, name, 'replace')),
    ...(vpcId === undefined || zone.vpcIds.includes(vpcId) ? [] : differs('vpcId', zone.vpcIds, vpcId, 'replace')),
    ...(missing ? differs('tags', zone.tags, identity?.tags) : []),
  ]
}

async function zoneById(aws: Aws, id: string): Promise<Zone[]> {
  const answer = await unlessMissing(aws.route53(new GetHostedZoneCommand({ Id: id })))
  if (answer?.HostedZone === undefined) return []
  const ask = new ListTagsForResourceCommand({ ResourceType: 'hostedzone', ResourceId: id })
  const tagged = await unlessMissing(aws.route53(ask))
  return [{ ...answer.HostedZone, vpcIds: vpcIdsOf(answer), tags: tagMap(tagged?.ResourceTagSet?.Tags) }]
}

const vpcIdsOf = ({ VPCs = [] }: GetHostedZoneResponse): string[] => VPCs.flatMap(({ VPCId }) => VPCId ?? [])

/** The account's private zones of a name: the list begins with them. */
async function zonesNamed(aws: Aws, name: string | undefined): Promise<Zone[]> {
  if (name === undefined) return []
  const zones = await allPages(async (next) => {
    const start = next === undefined ? {} : { HostedZoneId: next }
    const page = await aws.route53(new ListHostedZonesByNameCommand({ DNSName: name, ...start }))
    const more = page.NextDNSName !== undefined && plainName(page.NextDNSName) === name
    return { rows: page.HostedZones, next: more ? page.NextHostedZoneId : undefined }
  })
  const named = zones.filter(({ Name, Config }) => plainName(Name) === name && Config?.PrivateZone === true)
  return (await Promise.all(named.map(({ Id = '' }) => zoneById(aws, Id.replace('/hostedzone/', ''))))).flat()
}

async function isInSync(aws: Aws, changeId: string): Promise<boolean> {
  const answer = await unlessMissing(aws.route53(new GetChangeCommand({ Id: changeId })))
  return answer?.ChangeInfo?.Status !== 'PENDING'
}

/**
 * A VPC has one private zone of a name, and the one with the longest name answers alone ("Considerations when working
 * with a private hosted zone", Route 53 guide): a second one is impossible, and one inside another hides what that one
 * has.
 */
async function refuseRivals(aws: Aws, { name, vpcId }: Partial<Inputs>, identity: Identity): Promise<void> {
  if (name === undefined || vpcId === undefined) return
  const rival = (await zonesOfVpc(aws, vpcId)).find((zone) => liesIn(name, zone.name))
  if (rival === undefined) return
  const taken = rival.name === name
  throw new PrivlinkError(
    'ZoneTaken',
    taken
      ? `${vpcId} has a private hosted zone ${name} already: ${rival.zoneId} of ${rival.owner}`
      : `${vpcId} has the private hosted zone ${rival.zoneId} for ${rival.name}: a zone ${name} would hide what it says below that name`,
    {
      exit: exits.usage,
      hint: `Have the name written into it with "adopt: { ${identity.node}: ${rival.zoneId} }" in the config, or set names: none.`,
    },
  )
}

/** A private hosted zone that a VPC's resolver asks, whoever made it. */
export interface ZoneOfVpc {
  zoneId: string
  name: string
  /** An account's id, or a service such as `vpce.amazonaws.com`. */
  owner: string
}

/** All private zones of a VPC in the account and Region (API_ListHostedZonesByVPC). */
export const zonesOfVpc = async (aws: Aws, vpcId: string): Promise<ZoneOfVpc[]> => {
  const rows = await allPages(async (next) => {
    const start = next === undefined ? {} : { NextToken: next }
    const ask = new ListHostedZonesByVPCCommand({ VPCId: vpcId, VPCRegion: regionOf(aws), ...start })
    const page = await aws.route53(ask)
    return { rows: page.HostedZoneSummaries, next: page.NextToken }
  })
  return rows.map(({ HostedZoneId = '', Name, Owner }) => ({
    zoneId: HostedZoneId,
    name: plainName(Name),
    owner: Owner?.OwningAccount ?? Owner?.OwningService ?? 'somebody',
  }))
}
