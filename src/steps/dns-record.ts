import {
  type Change,
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep, textsIn } from '../aws/define-step.ts'
import { unlessMissing } from '../aws/failures.ts'
import { tagMap } from '../aws/tags.ts'
import { type Drift, differs, minutes, seconds } from '../engine/step.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { plainName } from './shared/domain-name.ts'
import { given, ownerWithin } from './shared/ownership.ts'
import { ofRecords } from '../aws/permissions/conditions.ts'
import { describe, permission } from '../aws/permissions/permission.ts'
import { hostedZones, zoneChanges } from '../aws/permissions/resources.ts'

interface Inputs {
  zoneId: string
  /** Without the dot at its end. */
  name: string
  /** The interface endpoint that it leads to, in the zone's own account. */
  endpointId: string
}

/** Where an alias leads: the endpoint's name in its Region, and the hosted zone that AWS keeps it in. */
interface Target {
  dnsName: string
  zoneId: string
}

/**
 * One name that leads to an interface endpoint: an A record that is an alias of the endpoint's regional name, which
 * follows its addresses ("Values for alias records", Route 53 guide). Another record of the name is never overwritten,
 * and exactly this one is taken back.
 */
export const dnsRecord = defineStep<Inputs>()({
  id: 'dns-record',
  title: "The proxy's name in the hosted zone",
  names: ({ name }) => ({ recordNames: textsIn(name) }),
  facts: z.object({
    name: z.string(),
    zoneId: z.string(),
    /** The name that it is an alias of. */
    target: z.string(),
    /** Only known until it is in sync. */
    changeId: z.string().optional(),
  }),
  permissions: {
    read: [
      permission('LookAtZones', ['route53:ListResourceRecordSets'], hostedZones),
      permission('LookAtChanges', ['route53:GetChange'], zoneChanges),
      describe('ec2:DescribeVpcEndpoints'),
    ],
    create: [
      permission('WriteRecords', ['route53:ChangeResourceRecordSets'], hostedZones, ofRecords('CREATE', 'UPSERT')),
    ],
    update: [
      permission('WriteRecords', ['route53:ChangeResourceRecordSets'], hostedZones, ofRecords('CREATE', 'UPSERT')),
    ],
    delete: [permission('RemoveRecords', ['route53:ChangeResourceRecordSets'], hostedZones, ofRecords('DELETE'))],
  },
  patience: { upTo: minutes(10), every: seconds(5) },
  relation: true,

  async read({ aws, inputs, known, identity }) {
    const { zoneId = known?.zoneId, name = known?.name } = inputs
    if (zoneId === undefined || name === undefined) return { state: 'absent' }
    const records = await recordsOf(aws, zoneId, name)
    const [rival] = records.filter(({ Type }) => Type === 'A' || Type === 'CNAME')
    if (rival === undefined) return { state: 'absent' }
    const [endpoint] = inputs.endpointId === undefined ? [] : await aws.reads.endpoints({ id: inputs.endpointId })
    const want = endpoint?.DnsEntries?.[0]?.DnsName
    const target = plainName(rival.AliasTarget?.DNSName)
    if (rival.Type !== 'A' || target === '' || ![want, known?.target].includes(target)) {
      const taken = recordTaken(name, zoneId, rival)
      if (known === undefined && want !== undefined) throw taken
      // Ours is gone, and another record stands in its place.
      return known === undefined
        ? { state: 'absent' }
        : { state: 'broken', owner: 'other', why: taken.message, fix: 'ask', hint: taken.hint, facts: known }
    }
    const owner = known === undefined ? ownerWithin(identity, tagMap(endpoint?.Tags)) : 'ours'
    const facts = { name, zoneId, target }
    const { changeId } = known ?? {}
    if (changeId !== undefined && (await isPending(aws, changeId))) {
      return { state: 'pending', owner, why: `${name} spreads`, facts: { ...facts, changeId } }
    }
    return { state: 'ready', owner, facts, drift: driftOf(rival, want) }
  },

  async create({ aws, inputs: { zoneId, name, endpointId } }) {
    const target = await targetOf(aws, endpointId)
    const changeId = await change(aws, zoneId, 'CREATE', aliasOf(name, target))
    return { name, zoneId, target: target.dnsName, ...(changeId !== undefined && { changeId }) }
  },

  async update({ aws, inputs: { zoneId, name, endpointId } }) {
    await change(aws, zoneId, 'UPSERT', aliasOf(name, await targetOf(aws, endpointId)))
  },

  async delete({ aws, known: { zoneId, name, target } }) {
    const [record] = (await recordsOf(aws, zoneId, name)).filter(
      ({ Type, AliasTarget }) => Type === 'A' && plainName(AliasTarget?.DNSName) === target,
    )
    if (record === undefined) throw new PrivlinkError('NotFound', `${name} no longer leads to ${target}`)
    await change(aws, zoneId, 'DELETE', record)
  },
})

/** The records of a name; none where the zone is gone. */
async function recordsOf(aws: Aws, zoneId: string, name: string): Promise<ResourceRecordSet[]> {
  const look = new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, StartRecordName: name, MaxItems: 20 })
  const { ResourceRecordSets = [] } = (await unlessMissing(aws.route53(look))) ?? {}
  return ResourceRecordSets.filter(({ Name }) => plainName(Name) === name)
}

const driftOf = ({ AliasTarget }: ResourceRecordSet, want: string | undefined): Drift[] => [
  ...differs('target', plainName(AliasTarget?.DNSName), want),
  ...(want === undefined ? [] : differs('evaluateTargetHealth', AliasTarget?.EvaluateTargetHealth ?? false, false)),
]

async function targetOf(aws: Aws, endpointId: string): Promise<Target> {
  const [endpoint] = await aws.reads.endpoints({ id: endpointId })
  if (endpoint === undefined) throw new PrivlinkError('NotYet', `${endpointId} does not show yet`)
  const [entry] = endpoint.DnsEntries ?? []
  return {
    dnsName: given(entry?.DnsName, `the DNS name of ${endpointId}`),
    zoneId: given(entry?.HostedZoneId, `the hosted zone of ${endpointId}`),
  }
}

const aliasOf = (name: string, { dnsName, zoneId }: Target): ResourceRecordSet => ({
  Name: name,
  Type: 'A',
  AliasTarget: { DNSName: dnsName, HostedZoneId: zoneId, EvaluateTargetHealth: false },
})

async function change(
  aws: Aws,
  HostedZoneId: string,
  Action: NonNullable<Change['Action']>,
  ResourceRecordSet: ResourceRecordSet,
): Promise<string | undefined> {
  const ChangeBatch = { Comment: 'privlink', Changes: [{ Action, ResourceRecordSet }] }
  const { ChangeInfo } = await aws.route53(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }))
  return ChangeInfo?.Id
}

async function isPending(aws: Aws, Id: string): Promise<boolean> {
  const change = await unlessMissing(aws.route53(new GetChangeCommand({ Id })))
  return change?.ChangeInfo?.Status === 'PENDING'
}

const recordTaken = (name: string, zoneId: string, { Type, AliasTarget, ResourceRecords = [] }: ResourceRecordSet) =>
  new PrivlinkError(
    'RecordTaken',
    `${name} in ${zoneId} is ${Type} ${AliasTarget?.DNSName ?? ResourceRecords.map(({ Value }) => Value).join(' ')}, not ours`,
    {
      exit: exits.usage,
      hint: 'Remove that record if it is no longer needed, or use another name: privlink overwrites nothing.',
    },
  )
