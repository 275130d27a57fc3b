import { ownOf } from '../../reads/own-resources.ts'
import { AwsError } from '../../state/aws-error.ts'
import { X509Certificate } from 'node:crypto'

import type {
  CreateTrustStoreInput,
  CreateTrustStoreOutput,
  DeleteTrustStoreInput,
  DescribeTrustStoreAssociationsInput,
  DescribeTrustStoreAssociationsOutput,
  DescribeTrustStoresInput,
  DescribeTrustStoresOutput,
  ModifyTrustStoreInput,
  ModifyTrustStoreOutput,
  TrustStore as ShownTrustStore,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { durations } from '../../state/durations.ts'
import { type Call, operation, all } from '../operation.ts'
import { newId } from '../../state/world.ts'
import { checkName, isVisible, page, readTags, getTrustStore } from './lookup.ts'
import type { Listener, TrustStore } from '../../state/elbv2.ts'
import { onThe, readsBundle, makes, newNames } from './required-permissions.ts'

/**
 * "Quotas for your Application Load Balancers": trust stores per account, certificates in each, size of each of them.
 */
const most = 20
const mostCertificates = 25
const largest = 16 * 1024

const sourceMembers = [
  'CaCertificatesBundleS3Bucket',
  'CaCertificatesBundleS3Key',
  'CaCertificatesBundleS3ObjectVersion',
] as const

export const trustStoreOperations = {
  CreateTrustStore: operation<CreateTrustStoreInput, CreateTrustStoreOutput>()(
    ['Name', 'Tags', ...sourceMembers],
    all(makes(newNames.trustStore), readsBundle),
    ({ Name: name = '', Tags, ...source }, call) => {
      checkName('Trust store', name)
      const own = ownOf(call, call.world.elbv2.trustStores)
      // Unlike the other creations, this one knows no second time (API_CreateTrustStore, errors).
      if (own.some((one) => one.name === name))
        throw new AwsError('DuplicateTrustStoreName', `A trust store with the name '${name}' already exists`)
      if (own.length >= most)
        throw new AwsError('TooManyTrustStores', 'The maximum number of trust stores has been reached')
      const { account, region, now } = call
      const made: TrustStore = {
        name,
        ...readBundle(call, source),
        arn: `arn:aws:elasticloadbalancing:${region}:${account}:truststore/${name}/${newId(call.world, '', 16)}`,
        account,
        region,
        createdAt: now,
        readyAt: now + durations.trustStoreActive,
        revocations: [],
        tags: readTags(Tags),
      }
      call.world.elbv2.trustStores[made.arn] = made
      return { TrustStores: [show(call, made)] }
    },
  ),

  DescribeTrustStores: operation<DescribeTrustStoresInput, DescribeTrustStoresOutput>()(
    ['TrustStoreArns', 'Names', 'Marker', 'PageSize'],
    '*',
    ({ TrustStoreArns, Names, Marker, PageSize }, call) => {
      const [shown, NextMarker] = page(selected(call, TrustStoreArns, Names), Marker, PageSize)
      return { TrustStores: shown.map((one) => show(call, one)), NextMarker }
    },
  ),

  ModifyTrustStore: operation<ModifyTrustStoreInput, ModifyTrustStoreOutput>()(
    ['TrustStoreArn', ...sourceMembers],
    all(onThe('TrustStoreArn'), readsBundle),
    ({ TrustStoreArn, ...source }, call) => {
      const found = getTrustStore(call, TrustStoreArn)
      Object.assign(found, readBundle(call, source))
      return { TrustStores: [show(call, found)] }
    },
  ),

  DeleteTrustStore: operation<DeleteTrustStoreInput, object>()(
    ['TrustStoreArn'],
    onThe('TrustStoreArn'),
    ({ TrustStoreArn }, call) => {
      const found = getTrustStore(call, TrustStoreArn)
      if (listenersOf(call, found).length > 0)
        throw new AwsError('TrustStoreInUse', `Trust store '${found.arn}' is currently in use by a listener`)
      delete call.world.elbv2.trustStores[found.arn]
      return {}
    },
  ),

  DescribeTrustStoreAssociations: operation<
    DescribeTrustStoreAssociationsInput,
    DescribeTrustStoreAssociationsOutput
  >()(['TrustStoreArn', 'Marker', 'PageSize'], '*', ({ TrustStoreArn, Marker, PageSize }, call) => {
    const balancers = listenersOf(call, getTrustStore(call, TrustStoreArn)).map((one) => one.loadBalancerArn)
    const [shown, NextMarker] = page([...new Set(balancers)], Marker, PageSize)
    return { TrustStoreAssociations: shown.map((ResourceArn) => ({ ResourceArn })), NextMarker }
  }),
}

const listenersOf = ({ world }: Call, { arn }: TrustStore): Listener[] =>
  Object.values(world.elbv2.listeners).filter((one) => one.mutualAuthentication?.trustStoreArn === arn)

function selected(call: Call, arns: string[] | undefined, names: string[] | undefined): TrustStore[] {
  const own = ownOf(call, call.world.elbv2.trustStores)
  if (arns?.length) return arns.map((arn) => getTrustStore(call, arn))
  if (!names?.length) return own
  return names.map((name) => {
    const found = own.find((one) => one.name === name && isVisible(one, call.now))
    if (!found) throw new AwsError('TrustStoreNotFound', `Trust stores '[${names.join(', ')}]' not found`)
    return found
  })
}

type Source = Pick<CreateTrustStoreInput, (typeof sourceMembers)[number]>

/** Reads the bundle from S3 there and then: what becomes of the object later does not show (ModifyTrustStore). */
function readBundle(call: Call, source: Source): Pick<TrustStore, 'bundle' | 'certificates'> {
  const { CaCertificatesBundleS3Bucket: bucket, CaCertificatesBundleS3Key: key } = source
  const object = call.world.s3.objects[`${bucket}/${key}`]
  const version = source.CaCertificatesBundleS3ObjectVersion
  if (!object || (version !== undefined && version !== object.version))
    throw new AwsError(
      'CaCertificatesBundleNotFound',
      `The CA certificates bundle 's3://${bucket}/${key}' does not exist`,
    )
  const invalidBundle = (why: string) =>
    new AwsError(
      'InvalidCaCertificatesBundle',
      `The CA certificates bundle 's3://${bucket}/${key}' is not valid: ${why}`,
    )
  const certificates = object.body.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  // Nothing but certificates and comments ("Mutual authentication with TLS", ALB guide).
  const rest = certificates.reduce((text, one) => text.replace(one, ''), object.body)
  if (/^(?!#).*\S/m.test(rest)) throw invalidBundle('it has text outside of certificates and comments')
  if (/\n[ \t]*\r?\n/.test(object.body.trimEnd())) throw invalidBundle('it has blank lines')
  if (certificates.length === 0) throw invalidBundle('it has no certificates')
  if (certificates.length > mostCertificates) throw invalidBundle(`it has more than ${mostCertificates} certificates`)
  if (certificates.some((one) => one.length > largest)) throw invalidBundle('a certificate is larger than 16 KB')
  if (!certificates.every(isAuthority)) throw invalidBundle('it has a certificate that is no certificate authority')
  return { bundle: `${certificates.join('\n')}\n`, certificates: certificates.length }
}

/** Assumed: ELB refuses all others. */
function isAuthority(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca
  } catch {
    return false
  }
}

const show = (call: Call, one: TrustStore): ShownTrustStore => ({
  Name: one.name,
  TrustStoreArn: one.arn,
  Status: one.readyAt > call.now ? 'CREATING' : 'ACTIVE',
  NumberOfCaCertificates: one.certificates,
  TotalRevokedEntries: one.revocations.reduce((sum, { entries }) => sum + entries, 0),
})
