import { byKey, toPairs, withoutKeys } from '../tags.ts'
import type {
  CreateSecretRequest,
  CreateSecretResponse,
  DescribeSecretRequest,
  DescribeSecretResponse,
  GetResourcePolicyRequest,
  GetResourcePolicyResponse,
  ListSecretsRequest,
  ListSecretsResponse,
  TagResourceRequest,
  UntagResourceRequest,
  UpdateSecretRequest,
  UpdateSecretResponse,
} from '@aws-sdk/client-secrets-manager'
import { pageFrom } from '../pages.ts'
import { operation, type Call } from '../operation.ts'
import { exists, newId } from '../../state/world.ts'
import { checkTags } from './tags.ts'
import { selectSecrets } from './secret-filters.ts'
import type { Secret } from '../../state/secretsmanager.ts'
import { addVersion, tokenIn, valueIn } from './versions.ts'
import { AwsError } from '../../state/aws-error.ts'
import { invalidParameter, invalidRequest, getSecret, getActiveSecret, secretsOf } from '../../reads/secrets.ts'
import { onSecret, createsSecret } from './required-permissions.ts'

/** Letters, digits and `/_+=.@-` (CreateSecret). */
function checkName(name: string): void {
  if (/^[\w/+=.@-]{1,512}$/.test(name)) return
  throw new AwsError(
    'ValidationException',
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  )
}

/**
 * Throws ResourceExistsException, or InvalidRequestException while a deleted secret still has the name; the same
 * request with the same token is answered by what it made.
 */
function sameAsBefore(call: Call, request: CreateSecretRequest, token: string): Secret | undefined {
  const present = secretsOf(call.world, call).find(({ name }) => name === request.Name)
  if (present === undefined) return undefined
  if (present.forced === true) {
    throw invalidRequest("You can't perform this operation on the secret because it was deleted.")
  }
  if (present.deletedAt !== undefined) {
    throw invalidRequest(
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    )
  }
  const value = valueIn(request)
  if (value !== undefined && present.versions[token] !== undefined) {
    addVersion(present, { token, value, stages: [], now: call.now })
    return present
  }
  throw new AwsError(
    'ResourceExistsException',
    `The operation failed because the secret ${present.name} already exists.`,
  )
}

function create(call: Call, { Name: name = '', Description, Tags }: CreateSecretRequest): Secret {
  const { world, account, region, now } = call
  const { secrets } = world.secretsmanager
  for (const [arn, one] of Object.entries(secrets)) if (!exists(one, now)) delete secrets[arn]
  const secret: Secret = {
    // The suffix keeps a later secret of the same name apart from this one (CreateSecret).
    arn: `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${newId(world, '', 6)}`,
    name,
    account,
    region,
    createdAt: now,
    changedAt: now,
    versions: {},
    tags: checkTags(byKey(Tags)),
    ...(Description !== undefined && { description: Description }),
  }
  secrets[secret.arn] = secret
  return secret
}

const describe = (secret: Secret): DescribeSecretResponse => ({
  ARN: secret.arn,
  Name: secret.name,
  ...(secret.description !== undefined && { Description: secret.description }),
  CreatedDate: new Date(secret.createdAt),
  LastChangedDate: new Date(secret.changedAt),
  ...(secret.deletedAt !== undefined && { DeletedDate: new Date(secret.goneAt ?? secret.deletedAt) }),
  Tags: toPairs(secret.tags),
})

const stagesOf = ({ versions }: Secret): Record<string, string[]> | undefined => {
  const stages = Object.values(versions).map(({ versionId, stages }) => [versionId, stages] as const)
  return stages.length === 0 ? undefined : Object.fromEntries(stages)
}

export const secretOperations = {
  CreateSecret: operation<CreateSecretRequest, CreateSecretResponse>()(
    [
      'Name',
      'ClientRequestToken',
      'Description',
      'SecretString',
      'SecretBinary',
      'Tags',
      'ForceOverwriteReplicaSecret',
    ],
    createsSecret,
    (request, call) => {
      checkName(request.Name ?? '')
      const token = tokenIn(request)
      const value = valueIn(request)
      const secret = sameAsBefore(call, request, token) ?? create(call, request)
      const version = value && addVersion(secret, { token, value, stages: ['AWSCURRENT'], now: call.now })
      return { ARN: secret.arn, Name: secret.name, VersionId: version?.versionId }
    },
  ),

  DescribeSecret: operation<DescribeSecretRequest, DescribeSecretResponse>()(
    ['SecretId'],
    onSecret,
    ({ SecretId }, call) => {
      const secret = getSecret(call, SecretId)
      return { ...describe(secret), VersionIdsToStages: stagesOf(secret) }
    },
  ),

  ListSecrets: operation<ListSecretsRequest, ListSecretsResponse>()(
    ['Filters', 'IncludePlannedDeletion', 'MaxResults', 'NextToken', 'SortOrder'],
    '*',
    (request, { world, ...call }) => {
      const shown = secretsOf(world, call).filter(
        ({ forced, deletedAt }) =>
          forced !== true && (request.IncludePlannedDeletion === true || deletedAt === undefined),
      )
      // Newest first unless asked otherwise: assumed.
      const found = selectSecrets(shown, request.Filters).toSorted((a, b) => b.createdAt - a.createdAt)
      const ordered = request.SortOrder === 'asc' ? found.toReversed() : found
      const { items, next } = pageFrom(
        ordered,
        request.NextToken,
        request.MaxResults ?? 100,
        () => new AwsError('InvalidNextTokenException', 'The NextToken value is invalid.'),
      )
      return {
        SecretList: items.map((secret) => ({ ...describe(secret), SecretVersionsToStages: stagesOf(secret) })),
        ...(next !== undefined && { NextToken: next }),
      }
    },
  ),

  UpdateSecret: operation<UpdateSecretRequest, UpdateSecretResponse>()(
    ['SecretId', 'ClientRequestToken', 'Description', 'SecretString', 'SecretBinary'],
    onSecret,
    (request, call) => {
      const secret = getActiveSecret(call, request.SecretId)
      const token = tokenIn(request)
      const value = valueIn(request)
      if (request.Description !== undefined) secret.description = request.Description
      secret.changedAt = call.now
      const version = value && addVersion(secret, { token, value, stages: ['AWSCURRENT'], now: call.now })
      return { ARN: secret.arn, Name: secret.name, VersionId: version?.versionId }
    },
  ),

  /** Resource policies of secrets are outside the sandbox: there are none. */
  GetResourcePolicy: operation<GetResourcePolicyRequest, GetResourcePolicyResponse>()(
    ['SecretId'],
    onSecret,
    ({ SecretId }, call) => {
      const { arn, name } = getSecret(call, SecretId)
      return { ARN: arn, Name: name }
    },
  ),

  TagResource: operation<TagResourceRequest, object>()(['SecretId', 'Tags'], onSecret, ({ SecretId, Tags }, call) => {
    const secret = getActiveSecret(call, SecretId)
    secret.tags = checkTags({ ...secret.tags, ...byKey(Tags) })
    return {}
  }),

  UntagResource: operation<UntagResourceRequest, object>()(
    ['SecretId', 'TagKeys'],
    onSecret,
    ({ SecretId, TagKeys }, call) => {
      if (TagKeys === undefined || TagKeys.length === 0) throw invalidParameter('You must provide tag keys')
      const secret = getActiveSecret(call, SecretId)
      secret.tags = withoutKeys(secret.tags, TagKeys)
      return {}
    },
  ),
}
