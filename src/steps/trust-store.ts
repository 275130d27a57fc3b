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
import { z } from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { allPages } from '../aws/loader.ts'
import { tagList } from '../aws/tags.ts'
import { type Drift, differs, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek, stateOf, unlessLagging } from './ownership.ts'

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
  /** What they have revoked: PEM. */
  revocations?: StoredObject | undefined
}

/** AWS does not tell what a trust store was read from: these tags do, by a hash. */
const bundleTag = 'privlink:bundle'
const revocationsTag = 'privlink:revocations'

/** Of what it is read from: with a version, S3 asks for another action ("Actions for S3", Service Authorization Reference). */
const reads = ['s3:GetObject', 's3:GetObjectVersion'] as const

/**
 * Whose certificates get in: authorities from a bundle in S3, and what they have revoked. ELB reads both once, in the
 * caller's name, so that a change shows only after ModifyTrustStore ("Mutual authentication with TLS", ALB guide).
 */
export const trustStore = defineStep<Inputs>()({
  id: 'trust-store',
  title: 'Trust store of the clients',
  facts: z.object({ trustStoreArn: z.string() }),
  actions: {
    look: [
      'elasticloadbalancing:DescribeTrustStores',
      'elasticloadbalancing:DescribeTags',
      'elasticloadbalancing:DescribeTrustStoreRevocations',
    ],
    make: ['elasticloadbalancing:CreateTrustStore', 'elasticloadbalancing:AddTags', ...reads],
    mend: [
      'elasticloadbalancing:ModifyTrustStore',
      'elasticloadbalancing:AddTags',
      'elasticloadbalancing:AddTrustStoreRevocations',
      'elasticloadbalancing:RemoveTrustStoreRevocations',
      ...reads,
    ],
    remove: ['elasticloadbalancing:DeleteTrustStore'],
  },
  spares: ({ bundle, revocations }) => {
    const versioned = [bundle, revocations].map((one) => (isObject(one) ? one.version !== undefined : undefined))
    return [
      ...(revocations === undefined ? ['elasticloadbalancing:AddTrustStoreRevocations'] : []),
      ...(versioned.includes(false) ? [] : ['s3:GetObject']),
      ...(versioned.includes(true) ? [] : ['s3:GetObjectVersion']),
    ]
  },
  patience: { upTo: minutes(5), every: seconds(3) },

  async find(sight) {
    const { aws, inputs, known, mark } = sight
    const store = await seek(sight, known?.trustStoreArn, {
      byId: (arn) => aws.look.trustStores({ arn }),
      byName: () => aws.look.trustStores({ name: mark.name }),
    })
    if (store === undefined) return { state: 'absent' }
    const owner = ownerOf(mark, store.tags)
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

  async create({ aws, inputs, mark }) {
    const { TrustStores: [store] = [] } = await aws.elbv2(
      new CreateTrustStoreCommand({
        Name: mark.name,
        ...sourceOf(inputs.bundle),
        Tags: tagList({ ...mark.tags, [bundleTag]: hashOf(inputs.bundle) }),
      }),
    )
    return { trustStoreArn: given(store?.TrustStoreArn, 'the ARN of the trust store') }
  },

  async mend({ aws, inputs, facts: { trustStoreArn: TrustStoreArn }, drift }) {
    const { bundle, revocations } = inputs
    const remember = (tag: string, value: string) =>
      aws.elbv2(new AddTagsCommand({ ResourceArns: [TrustStoreArn], Tags: tagList({ [tag]: value }) }))
    if (drift.some(({ field }) => field === 'bundle')) {
      await aws.elbv2(new ModifyTrustStoreCommand({ TrustStoreArn, ...sourceOf(bundle) }))
      await remember(bundleTag, hashOf(bundle))
    }
    if (!drift.some(({ field }) => field === 'revocations')) return
    const RevocationIds = await revocationIdsOf(aws, TrustStoreArn)
    // The new list first, so that nobody who was revoked gets in meanwhile.
    if (revocations !== undefined) {
      const { bucket: S3Bucket, key: S3Key, version: S3ObjectVersion } = revocations
      const RevocationContents = [{ S3Bucket, S3Key, S3ObjectVersion, RevocationType: 'CRL' as const }]
      await aws.elbv2(new AddTrustStoreRevocationsCommand({ TrustStoreArn, RevocationContents }))
    }
    if (RevocationIds.length > 0) {
      await aws.elbv2(new RemoveTrustStoreRevocationsCommand({ TrustStoreArn, RevocationIds }))
    }
    await remember(revocationsTag, hashOf(revocations))
  },

  async destroy({ aws, known }) {
    await aws.elbv2(new DeleteTrustStoreCommand({ TrustStoreArn: known.trustStoreArn }))
  },
})

const isObject = (value: unknown): value is StoredObject => typeof value === 'object' && value !== null

const sourceOf = ({ bucket, key, version }: StoredObject) => ({
  CaCertificatesBundleS3Bucket: bucket,
  CaCertificatesBundleS3Key: key,
  ...(version !== undefined && { CaCertificatesBundleS3ObjectVersion: version }),
})

/** Short enough for a tag, whatever the key is. */
const hashOf = (object: StoredObject | undefined): string =>
  object === undefined
    ? none
    : createHash('sha256')
        .update(JSON.stringify([object.bucket, object.key, object.version, object.fingerprint]))
        .digest('hex')
        .slice(0, 32)

const none = 'none'

async function driftOf(
  aws: Aws,
  trustStoreArn: string,
  tags: Record<string, string>,
  { bundle, revocations }: Partial<Inputs>,
): Promise<Drift[]> {
  const lists = await unlessLagging(revocationIdsOf(aws, trustStoreArn), 'trust store')
  const wanted = { of: hashOf(revocations), lists: revocations === undefined ? 0 : 1 }
  return [
    ...differs('bundle', tags[bundleTag], bundle && hashOf(bundle)),
    ...differs('revocations', { of: tags[revocationsTag] ?? none, lists: lists.length }, wanted),
  ]
}

async function revocationIdsOf(aws: Aws, TrustStoreArn: string): Promise<number[]> {
  const lists = await allPages(async (Marker) => {
    const { TrustStoreRevocations, NextMarker } = await aws.elbv2(
      new DescribeTrustStoreRevocationsCommand({ TrustStoreArn, ...(Marker !== undefined && { Marker }) }),
    )
    return { rows: TrustStoreRevocations, next: NextMarker }
  })
  return lists.flatMap(({ RevocationId }) => RevocationId ?? [])
}
