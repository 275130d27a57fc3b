import {
  AddTagsCommand,
  AddTrustStoreRevocationsCommand,
  CreateTrustStoreCommand,
  DeleteTrustStoreCommand,
  DescribeTrustStoreRevocationsCommand,
  ModifyTrustStoreCommand,
  RemoveTrustStoreRevocationsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { allPages } from '../aws/batcher.ts'
import { tagList } from '../aws/tags.ts'
import { type Drift, differs, minutes, seconds } from '../engine/step.ts'
import { hasCode, PrivlinkError } from '../errors.ts'
import { given, ownerOf, seek, stateOf, unlessLagging } from './shared/ownership.ts'
import { during, owned, requested } from '../aws/permissions/conditions.ts'
import { type Action, describe, permission, when } from '../aws/permissions/permission.ts'
import { elb, storedObjects } from '../aws/permissions/resources.ts'

/** An object in S3: the newest version unless one is named. */
export interface StoredObject {
  bucket: string
  key: string
  version?: string | undefined
  /** Tells when it has changed in its place, as AWS does not. */
  fingerprint?: string | undefined
}

interface Inputs {
  /** The certificates of the authorities: PEM. */
  bundle: StoredObject
  /** The certificates that they have revoked: PEM. */
  revocations?: StoredObject | undefined
}

/** AWS does not tell what a trust store was read from: these tags do, by a hash. */
const bundleTag = 'privlink:bundle'
const revocationsTag = 'privlink:revocations'

/**
 * ELB reads the objects in our name: assumed. With a version, S3 asks for another action (Service Authorization
 * Reference).
 */
const reading = permission('ReadTrust', ['s3:GetObject', 's3:GetObjectVersion'], storedObjects)

/**
 * The clients whose certificates get in: authorities from a bundle in S3, and the certificates that they have revoked.
 * ELB reads both once, in the caller's name, so that a change shows only after ModifyTrustStore ("Mutual authentication
 * with TLS", ALB guide).
 */
export const trustStore = defineStep<Inputs>()({
  id: 'trust-store',
  title: 'Trust store of the clients',
  names: ({ bundle, revocations }) => ({ storedObjects: [bundle, revocations].flatMap(pathIn) }),
  facts: z.object({ trustStoreArn: z.string() }),
  permissions: {
    read: [
      describe(
        'elasticloadbalancing:DescribeTrustStores',
        'elasticloadbalancing:DescribeTags',
        'elasticloadbalancing:DescribeTrustStoreRevocations',
      ),
    ],
    create: [
      permission('MakeTrustStores', ['elasticloadbalancing:CreateTrustStore'], elb('truststore/PREFIX*/*'), requested),
      permission(
        'TagTrustStores',
        ['elasticloadbalancing:AddTags'],
        elb('truststore/PREFIX*/*'),
        during('elasticloadbalancing:CreateAction', 'CreateTrustStore'),
      ),
      reading,
    ],
    update: [
      permission(
        'OwnTrustStores',
        [
          'elasticloadbalancing:ModifyTrustStore',
          'elasticloadbalancing:AddTags',
          'elasticloadbalancing:AddTrustStoreRevocations',
          'elasticloadbalancing:RemoveTrustStoreRevocations',
        ],
        elb('truststore/PREFIX*/*'),
        owned,
      ),
      reading,
    ],
    delete: [
      permission('OwnTrustStores', ['elasticloadbalancing:DeleteTrustStore'], elb('truststore/PREFIX*/*'), owned),
    ],
  },
  unneeded: ({ bundle, revocations }): Action[] => {
    const versioned = [bundle, revocations].map((one) => (isObject(one) ? one.version !== undefined : undefined))
    return [
      ...when(revocations === undefined, 'elasticloadbalancing:AddTrustStoreRevocations'),
      ...when(!versioned.includes(false), 's3:GetObject'),
      ...when(!versioned.includes(true), 's3:GetObjectVersion'),
    ]
  },
  patience: { upTo: minutes(5), every: seconds(3) },

  async read(sight) {
    const { aws, inputs, known, identity } = sight
    const store = await seek(sight, known?.trustStoreArn, {
      byId: (arn) => aws.reads.trustStores({ arn }),
      byName: () => aws.reads.trustStores({ name: identity.name }),
    })
    if (store === undefined) return { state: 'absent' }
    const owner = ownerOf(identity, store.tags)
    const trustStoreArn = given(store.TrustStoreArn, 'the ARN of the trust store')
    const state = stateOf(store.Status)
    if (state !== 'active') {
      return { state: 'pending', owner, why: `the trust store is ${state}`, facts: { trustStoreArn } }
    }
    return {
      state: 'ready',
      owner,
      facts: { trustStoreArn },
      drift: inputs.bundle === undefined ? [] : await driftOf(aws, trustStoreArn, store.tags, inputs),
    }
  },

  async create({ aws, inputs, identity }) {
    const { TrustStores: [store] = [] } = await aws.elbv2(
      new CreateTrustStoreCommand({
        Name: identity.name,
        ...sourceOf(inputs.bundle),
        Tags: tagList({ ...identity.tags, [bundleTag]: hashOf(inputs.bundle) }),
      }),
    )
    return { trustStoreArn: given(store?.TrustStoreArn, 'the ARN of the trust store') }
  },

  async update({ aws, inputs, facts: { trustStoreArn: TrustStoreArn }, drift }) {
    const { bundle, revocations } = inputs
    if (drift.some(({ field }) => field === 'bundle')) {
      await aws.elbv2(new ModifyTrustStoreCommand({ TrustStoreArn, ...sourceOf(bundle) }))
      await remember(aws, TrustStoreArn, bundleTag, hashOf(bundle))
    }
    if (drift.some(({ field }) => field === 'revocations')) await renewList(aws, TrustStoreArn, revocations)
  },

  async delete({ aws, known }) {
    await aws.elbv2(new DeleteTrustStoreCommand({ TrustStoreArn: known.trustStoreArn }))
  },
})

const isObject = (value: unknown): value is StoredObject => typeof value === 'object' && value !== null

const pathIn = (value: unknown): string[] => (isObject(value) ? [`${value.bucket}/${value.key}`] : [])

const sourceOf = ({ bucket, key, version }: StoredObject) => ({
  CaCertificatesBundleS3Bucket: bucket,
  CaCertificatesBundleS3Key: key,
  ...(version !== undefined && { CaCertificatesBundleS3ObjectVersion: version }),
})

/** Short enough for a tag, whatever the key is. */
const hashOf = ({ bucket, key, version, fingerprint }: StoredObject): string =>
  createHash('sha256')
    .update(JSON.stringify([bucket, key, version, fingerprint]))
    .digest('hex')
    .slice(0, 32)

const remember = (aws: Aws, arn: string, tag: string, value: string): Promise<unknown> =>
  aws.elbv2(new AddTagsCommand({ ResourceArns: [arn], Tags: tagList({ [tag]: value }) }))

async function driftOf(
  aws: Aws,
  trustStoreArn: string,
  tags: Record<string, string>,
  { bundle, revocations }: Partial<Inputs>,
): Promise<Drift[]> {
  const lists = await unlessLagging(revocationIdsOf(aws, trustStoreArn), 'trust store')
  const task = taskFor(lists, tags[revocationsTag], revocations)
  return [
    ...differs('bundle', tags[bundleTag], bundle && hashOf(bundle)),
    ...differs('revocations', task.do === 'nothing' ? 'as wanted' : 'others', 'as wanted'),
  ]
}

/** The next action about the lists, of which AWS tells no more than their numbers. */
type Task = { do: 'nothing' | 'begin' | 'add' } | { do: 'remove'; ids: number[] }

/**
 * The tag says what is to be read, and which lists were there before that: any other came of it. So every call gets
 * further, wherever the last run ended: the tag is written, the new list added, then the others removed, so that nobody
 * who was revoked gets in meanwhile.
 */
function taskFor(lists: readonly number[], tag: string | undefined, wanted: StoredObject | undefined): Task {
  if (wanted === undefined) return lists.length === 0 ? { do: 'nothing' } : { do: 'remove', ids: [...lists] }
  const [hash, before = ''] = (tag ?? '').split(':')
  const old = before.split('.').filter((id) => id !== '')
  const [ours] = lists.filter((id) => !old.includes(String(id)))
  if (hash !== hashOf(wanted)) return { do: 'begin' }
  if (ours === undefined) return { do: old.join() === lists.join() ? 'add' : 'begin' }
  const ids = lists.filter((id) => id !== ours)
  return ids.length === 0 ? { do: 'nothing' } : { do: 'remove', ids }
}

/**
 * @throws PrivlinkError NotYet where the answer to an addition was lost: the next look tells whether there is another.
 */
async function renewList(aws: Aws, TrustStoreArn: string, wanted: StoredObject | undefined): Promise<void> {
  const [store] = await aws.reads.trustStores({ arn: TrustStoreArn })
  const before = await revocationIdsOf(aws, TrustStoreArn)
  let tag = store?.tags[revocationsTag]
  if (wanted !== undefined && taskFor(before, tag, wanted).do === 'begin') {
    tag = `${hashOf(wanted)}:${before.join('.')}`
    await remember(aws, TrustStoreArn, revocationsTag, tag)
  }
  const isMissing = wanted !== undefined && taskFor(before, tag, wanted).do === 'add'
  if (isMissing) await addList(aws, TrustStoreArn, wanted)
  const task = taskFor(isMissing ? await revocationIdsOf(aws, TrustStoreArn) : before, tag, wanted)
  if (task.do !== 'remove') return
  await aws.elbv2(new RemoveTrustStoreRevocationsCommand({ TrustStoreArn, RevocationIds: task.ids }))
}

async function addList(aws: Aws, TrustStoreArn: string, { bucket, key, version }: StoredObject): Promise<void> {
  const content = { S3Bucket: bucket, S3Key: key, RevocationType: 'CRL' as const }
  const RevocationContents = [{ ...content, ...(version !== undefined && { S3ObjectVersion: version }) }]
  try {
    await aws.elbv2(new AddTrustStoreRevocationsCommand({ TrustStoreArn, RevocationContents }))
  } catch (thrown) {
    if (!hasCode(thrown, 'AnswerLost')) throw thrown
    throw new PrivlinkError('NotYet', 'the answer to the addition of a revocation list was lost', { cause: thrown })
  }
}

async function revocationIdsOf(aws: Aws, TrustStoreArn: string): Promise<number[]> {
  const lists = await allPages(async (Marker) => {
    const { TrustStoreRevocations, NextMarker } = await aws.elbv2(
      new DescribeTrustStoreRevocationsCommand({ TrustStoreArn, ...(Marker !== undefined && { Marker }) }),
    )
    return { rows: TrustStoreRevocations, next: NextMarker }
  })
  return lists.flatMap(({ RevocationId }) => RevocationId ?? []).toSorted((a, b) => a - b)
}
