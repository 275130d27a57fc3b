import { AwsError } from '../../state/aws-error.ts'
import type {
  AddTrustStoreRevocationsInput,
  AddTrustStoreRevocationsOutput,
  DescribeTrustStoreRevocationsInput,
  DescribeTrustStoreRevocationsOutput,
  RemoveTrustStoreRevocationsInput,
  RevocationContent,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { messageOf } from '../../state/errors.ts'
import { type Call, operation, all } from '../operation.ts'
import { countRevoked } from '../../reads/revocation-list.ts'
import { page, getTrustStore } from './lookup.ts'
import type { Revocation, TrustStore } from '../../state/elbv2.ts'
import { onThe, readsRevocations } from './required-permissions.ts'

/** "Quotas for your Application Load Balancers": lists and entries in one trust store. */
const mostLists = 30
const mostEntries = 500_000

export const trustStoreRevocationOperations = {
  AddTrustStoreRevocations: operation<AddTrustStoreRevocationsInput, AddTrustStoreRevocationsOutput>()(
    ['TrustStoreArn', 'RevocationContents'],
    all(onThe('TrustStoreArn'), readsRevocations),
    ({ TrustStoreArn, RevocationContents = [] }, call) => {
      const store = getTrustStore(call, TrustStoreArn)
      const first = Math.max(0, ...store.revocations.map(({ revocationId }) => revocationId)) + 1
      const added = RevocationContents.map((content, index) => ({
        revocationId: first + index,
        ...readContent(call, content),
      }))
      const all = [...store.revocations, ...added]
      if (all.length > mostLists || all.reduce((sum, { entries }) => sum + entries, 0) > mostEntries) {
        const message = `The trust store '${store.arn}' cannot have more revocations`
        throw new AwsError('TooManyTrustStoreRevocationEntries', message)
      }
      store.revocations = all
      return { TrustStoreRevocations: added.map((one) => show(store, one)) }
    },
  ),

  DescribeTrustStoreRevocations: operation<DescribeTrustStoreRevocationsInput, DescribeTrustStoreRevocationsOutput>()(
    ['TrustStoreArn', 'RevocationIds', 'Marker', 'PageSize'],
    '*',
    ({ TrustStoreArn, RevocationIds, Marker, PageSize }, call) => {
      const store = getTrustStore(call, TrustStoreArn)
      const chosen = RevocationIds?.length ? RevocationIds.map((id) => byId(store, id)) : store.revocations
      const [shown, NextMarker] = page(chosen, Marker, PageSize)
      return { TrustStoreRevocations: shown.map((one) => show(store, one)), NextMarker }
    },
  ),

  RemoveTrustStoreRevocations: operation<RemoveTrustStoreRevocationsInput, object>()(
    ['TrustStoreArn', 'RevocationIds'],
    onThe('TrustStoreArn'),
    ({ TrustStoreArn, RevocationIds = [] }, call) => {
      const store = getTrustStore(call, TrustStoreArn)
      const gone = RevocationIds.map((id) => byId(store, id))
      store.revocations = store.revocations.filter((one) => !gone.includes(one))
      return {}
    },
  ),
}

function byId(store: TrustStore, id: number): Revocation {
  const found = store.revocations.find(({ revocationId }) => revocationId === id)
  if (!found) throw new AwsError('RevocationIdNotFound', `Revocation '${id}' of trust store '${store.arn}' not found`)
  return found
}

function readContent(call: Call, content: RevocationContent): Pick<Revocation, 'list' | 'entries'> {
  const { S3Bucket, S3Key, S3ObjectVersion, RevocationType = 'CRL' } = content
  const place = `s3://${S3Bucket}/${S3Key}`
  const object = call.world.s3.objects[`${S3Bucket}/${S3Key}`]
  if (!object || (S3ObjectVersion !== undefined && S3ObjectVersion !== object.version))
    throw new AwsError('RevocationContentNotFound', `The revocation file '${place}' does not exist`)
  if (RevocationType !== 'CRL')
    throw new AwsError('InvalidRevocationContent', `Revocation type '${RevocationType}' is not valid`)
  try {
    return { list: object.body, entries: countRevoked(object.body) }
  } catch (thrown) {
    throw new AwsError('InvalidRevocationContent', `The revocation file '${place}' is not valid: ${messageOf(thrown)}`)
  }
}

const show = ({ arn }: TrustStore, { revocationId, entries }: Revocation) => ({
  TrustStoreArn: arn,
  RevocationId: revocationId,
  RevocationType: 'CRL' as const,
  NumberOfRevokedEntries: entries,
})
