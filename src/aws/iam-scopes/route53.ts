import type { Condition, IamPlace, Scope } from './scope.ts'

const zones = ({ partition }: IamPlace): string[] => [`arn:${partition}:route53:::hostedzone/*`]

/** "Using IAM policy conditions for fine-grained access control", Route 53 guide. */
const ofVpcs = ({ vpcIds, region }: IamPlace): Condition => ({
  'ForAllValues:StringEquals': { 'route53:VPCs': vpcIds.map((id) => `VPCId=${id},VPCRegion=${region}`) },
})

const ofRecords =
  (...actions: string[]) =>
  ({ recordNames = [] }: IamPlace): Condition => ({
    'ForAllValues:StringEquals': {
      'route53:ChangeResourceRecordSetsRecordTypes': ['A'],
      'route53:ChangeResourceRecordSetsActions': actions,
      ...(recordNames.length > 0 && { 'route53:ChangeResourceRecordSetsNormalizedRecordNames': [...recordNames] }),
    },
  })

/**
 * Amazon Route 53. A zone cannot be told by its tags, so what is done to one is allowed on all of the account. Whoever names
 * a VPC must be allowed to see it as well, in the VPC's own Region: assumed.
 */
export const route53Scopes: readonly Scope[] = [
  {
    sid: 'LookAtZones',
    actions: ['route53:GetHostedZone', 'route53:ListTagsForResource', 'route53:ListResourceRecordSets'],
    resources: zones,
  },
  { sid: 'FindZones', actions: ['route53:ListHostedZonesByName'], resources: () => ['*'] },
  { sid: 'FindZonesOfVpcs', actions: ['route53:ListHostedZonesByVPC'], resources: () => ['*'], condition: ofVpcs },
  {
    sid: 'LookAtChanges',
    actions: ['route53:GetChange'],
    resources: ({ partition }) => [`arn:${partition}:route53:::change/*`],
  },
  {
    sid: 'MakeZones',
    actions: ['route53:CreateHostedZone'],
    resources: () => ['*'],
    // A public zone would name no VPC at all.
    condition: (place) => ({ ...ofVpcs(place), Null: { 'route53:VPCs': 'false' } }),
  },
  {
    sid: 'OwnZones',
    actions: ['route53:ChangeTagsForResource', 'route53:DeleteHostedZone'],
    steps: ['hosted-zone'],
    resources: zones,
  },
  {
    sid: 'WriteRecords',
    actions: ['route53:ChangeResourceRecordSets'],
    steps: ['dns-record'],
    acts: ['make', 'mend'],
    resources: zones,
    condition: ofRecords('CREATE', 'UPSERT'),
  },
  {
    sid: 'RemoveRecords',
    actions: ['route53:ChangeResourceRecordSets'],
    steps: ['dns-record'],
    acts: ['remove'],
    resources: zones,
    condition: ofRecords('DELETE'),
  },
]
