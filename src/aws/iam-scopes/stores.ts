import { type IamPlace, owned, requested, type Scope } from './scope.ts'

const secrets = ({ partition, region, id, namePrefix }: IamPlace) => [
  `arn:${partition}:secretsmanager:${region}:${id}:secret:${namePrefix}*`,
]

/** Of groups by that name, and whatever is behind it: streams, or nothing ("CloudWatch Logs resources and operations"). */
const groups =
  (name: (place: IamPlace) => string) =>
  (place: IamPlace): string[] => [`arn:${place.partition}:logs:${place.region}:${place.id}:log-group:${name(place)}*`]

const ownGroups = groups(({ namePrefix }) => `/privlink/${namePrefix}`)

/** AWS Secrets Manager and Amazon CloudWatch Logs. No value is ever read. */
export const storeScopes: readonly Scope[] = [
  // Without a tag: of what is gone, one that asks for tags would say "not authorized" where the answer is "not found".
  { sid: 'LookAtSecrets', actions: ['secretsmanager:DescribeSecret'], resources: secrets, within: 'secret' },
  { sid: 'MakeSecrets', actions: ['secretsmanager:CreateSecret'], resources: secrets, condition: requested },
  {
    sid: 'MakeSecrets',
    actions: ['secretsmanager:TagResource'],
    acts: ['make'],
    resources: secrets,
    condition: requested,
  },
  {
    sid: 'OwnSecrets',
    actions: ['secretsmanager:PutSecretValue', 'secretsmanager:RestoreSecret', 'secretsmanager:DeleteSecret'],
    resources: secrets,
    condition: owned,
  },
  {
    sid: 'OwnSecrets',
    actions: ['secretsmanager:TagResource'],
    acts: ['mend'],
    resources: secrets,
    condition: owned,
  },

  {
    sid: 'LookAtLogGroups',
    actions: ['logs:DescribeLogGroups', 'logs:ListTagsForResource'],
    resources: groups(() => ''),
  },
  {
    sid: 'MakeLogGroups',
    actions: ['logs:CreateLogGroup', 'logs:TagResource'],
    resources: ownGroups,
    condition: requested,
  },
  {
    sid: 'OwnLogGroups',
    actions: ['logs:PutRetentionPolicy', 'logs:DeleteLogGroup'],
    resources: ownGroups,
    condition: owned,
  },
]
