import { readFile } from 'node:fs/promises'
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  type DescribeSecretResponse,
  PutSecretValueCommand,
  RestoreSecretCommand,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { isFailure, unlessMissing } from '../aws/failures.ts'
import { tagList, tagMap } from '../aws/tags.ts'
import { differs, type Identity, minutes, seconds } from '../engine/step.ts'
import { exits, messageOf, PrivlinkError } from '../errors.ts'
import { given, ownerOf, seek } from './shared/ownership.ts'
import { owned, requested } from '../aws/permissions/conditions.ts'
import { permission } from '../aws/permissions/permission.ts'
import { secrets } from '../aws/permissions/resources.ts'

interface Inputs {
  /** Absolute path of what it holds, and what tells that this has changed: of public parts only. Neither if adopted. */
  file?: string
  fingerprint?: string
  purpose: string
}

export const fingerprintTag = 'privlink:fingerprint'

/**
 * A secret from a file of the operator's, which is read only to be sent: its content is never read back, nor kept. A
 * tag, set after the value, tells when the file has changed, so that a death in between is drift.
 *
 * It is deleted without a recovery window, which would keep its name for a week (DeleteSecret, Secrets Manager API
 * reference) and so the next setup from making it again; the operator still has the file.
 */
export const secret = defineStep<Inputs>()({
  id: 'secret',
  title: 'Secret of the proxy',
  facts: z.object({ secretArn: z.string(), fingerprint: z.string() }),
  permissions: {
    read: [
      // Without a tag: of a secret that is gone, AWS would answer "not authorized" instead of "not found".
      permission('LookAtSecrets', ['secretsmanager:DescribeSecret'], secrets, undefined, 'itself'),
    ],
    create: [
      permission('MakeSecrets', ['secretsmanager:CreateSecret', 'secretsmanager:TagResource'], secrets, requested),
    ],
    update: [
      permission(
        'OwnSecrets',
        ['secretsmanager:PutSecretValue', 'secretsmanager:TagResource', 'secretsmanager:RestoreSecret'],
        secrets,
        owned,
      ),
    ],
    delete: [permission('OwnSecrets', ['secretsmanager:DeleteSecret'], secrets, owned)],
  },
  patience: { upTo: minutes(2), every: seconds(3) },

  async read(sight) {
    const { aws, adopt, inputs, known, identity } = sight
    const found = await seek(sight, known?.secretArn, {
      byId: (id) => describe(aws, id),
      byName: () => describe(aws, nameOf(identity)),
    })
    if (found === undefined) return { state: 'absent' }
    const tags = tagMap(found.Tags)
    const owner = ownerOf(identity, tags)
    const isGivenUp = found.DeletedDate !== undefined
    if (isGivenUp && adopt !== undefined) throw givenUp(aws, found, exits.usage)
    // Another's secret on its way out holds no more than the name, which CreateSecret refuses.
    if (isGivenUp && owner === 'other') return { state: 'absent' }
    return {
      state: 'ready',
      owner,
      facts: factsOf(found),
      drift: [
        ...differs('deletion', isGivenUp ? 'scheduled' : 'none', 'none'),
        ...differs('fingerprint', tags[fingerprintTag], adopt === undefined ? inputs.fingerprint : undefined),
      ],
    }
  },

  async create({ aws, inputs: { fingerprint = '', file, purpose }, identity, token }) {
    const SecretString = await contentOf(file)
    const tags = { ...identity.tags, [fingerprintTag]: fingerprint }
    const Name = nameOf(identity)
    try {
      const made = await aws.secretsmanager(
        new CreateSecretCommand({
          Name,
          Description: purpose,
          SecretString,
          ClientRequestToken: token,
          Tags: tagList(tags),
        }),
      )
      return { secretArn: given(made.ARN, 'the ARN of the secret'), fingerprint }
    } catch (thrown) {
      if (isFailure(thrown, 'NotYet') && isScheduled(thrown)) throw await nameTaken(aws, Name, identity)
      throw thrown
    }
  },

  async update({ aws, inputs: { fingerprint = '', file }, facts: { secretArn: SecretId }, drift }) {
    const differs = (name: string) => drift.some(({ field }) => field === name)
    if (differs('deletion')) await aws.secretsmanager(new RestoreSecretCommand({ SecretId }))
    if (!differs('fingerprint')) return
    await aws.secretsmanager(new PutSecretValueCommand({ SecretId, SecretString: await contentOf(file) }))
    await aws.secretsmanager(new TagResourceCommand({ SecretId, Tags: tagList({ [fingerprintTag]: fingerprint }) }))
  },

  async delete({ aws, known: { secretArn } }) {
    await aws.secretsmanager(new DeleteSecretCommand({ SecretId: secretArn, ForceDeleteWithoutRecovery: true }))
  },
})

/**
 * A secret's name must not end in a hyphen and six characters, or its ARN could be taken for one without its suffix
 * (CreateSecret, API reference).
 */
const nameOf = ({ name }: Identity): string => `${name}.secret`

async function describe(aws: Aws, SecretId: string): Promise<DescribeSecretResponse[]> {
  const found = await unlessMissing(aws.secretsmanager(new DescribeSecretCommand({ SecretId })))
  return found === undefined ? [] : [found]
}

/** The version of an adopted secret takes the fingerprint's place: it changes whenever the value does. */
function factsOf({ ARN, Tags, VersionIdsToStages = {} }: DescribeSecretResponse) {
  const current = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes('AWSCURRENT'))
  return {
    secretArn: given(ARN, 'the ARN of the secret'),
    fingerprint: tagMap(Tags)[fingerprintTag] ?? current?.[0] ?? '',
  }
}

async function contentOf(file = ''): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    throw new PrivlinkError('FileUnreadable', `${file} cannot be read: ${messageOf(thrown)}`, {
      exit: exits.usage,
      hint: 'Put the file back, or correct its path in the config.',
    })
  }
}

const isScheduled = (thrown: unknown): boolean => /scheduled for deletion|was deleted/i.test(messageOf(thrown))

/** Why a name is not free: for a moment after a deletion, or until the recovery window of another's secret ends. */
async function nameTaken(aws: Aws, name: string, identity: Identity): Promise<PrivlinkError> {
  const [found] = await describe(aws, name)
  if (found === undefined || ownerOf(identity, tagMap(found.Tags)) === 'ours') {
    return new PrivlinkError('NotYet', `the name ${name} is not free yet`)
  }
  return givenUp(aws, found, exits.failed)
}

function givenUp(
  aws: Aws,
  { Name = '', DeletedDate }: DescribeSecretResponse,
  exit: (typeof exits)['usage' | 'failed'],
): PrivlinkError {
  const until = DeletedDate?.toISOString().slice(0, 10)
  return new PrivlinkError(
    'SecretScheduledForDeletion',
    `the secret ${Name} in account ${aws.name} is scheduled for deletion on ${until}, and privlink did not make it`,
    {
      exit,
      hint:
        exit === exits.usage
          ? `Restore it with "aws secretsmanager restore-secret --secret-id ${Name}", or name another one in the config.`
          : `Free its name with "aws secretsmanager delete-secret --force-delete-without-recovery --secret-id ${Name}" if nobody needs it, or rename the deployment.`,
    },
  )
}
