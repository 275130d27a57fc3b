import {
  AddTrustStoreRevocationsCommand,
  DeleteListenerCommand,
  DeleteTrustStoreCommand,
  DescribeTagsCommand,
  DescribeTrustStoreAssociationsCommand,
  DescribeTrustStoreRevocationsCommand,
  DescribeTrustStoresCommand,
  ModifyTrustStoreCommand,
  RemoveTrustStoreRevocationsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { beforeEach, describe, expect, it } from 'vitest'

import { durations } from '../src/state/durations.ts'
import {
  account,
  albWorld,
  makeBalancer,
  makeListener,
  makeTrustStore,
  serverName,
  verifying,
} from './support/balancing.ts'
import { makeCertificates } from '../../../test/support/certificates.ts'
import { operator, rehearse, type Rehearsal } from '../../../test/support/sandbox.ts'

const files = makeCertificates(serverName)
let rehearsal: Rehearsal
let send: ReturnType<Rehearsal['clients']>['elbv2']
beforeEach(async () => {
  rehearsal = await rehearse({ seed: albWorld(files) })
  send = rehearsal.clients(account).elbv2
})

const statusOf = async (arn: string) => {
  const { TrustStores: [store] = [] } = await send.send(new DescribeTrustStoresCommand({ TrustStoreArns: [arn] }))
  return store
}

describe('a trust store', () => {
  it('is read from S3, and active after its time', async () => {
    const arn = await makeTrustStore(send, { Tags: [{ Key: 'team', Value: 'payments' }] })
    expect(arn).toMatch(/^arn:aws:elasticloadbalancing:us-east-1:111122223333:truststore\/clients\/[0-9a-f]{16}$/)
    expect(await statusOf(arn)).toMatchObject({ Status: 'CREATING', NumberOfCaCertificates: 1, TotalRevokedEntries: 0 })
    await rehearsal.clock.sleep(durations.trustStoreActive)
    expect(await statusOf(arn)).toMatchObject({ Name: 'clients', Status: 'ACTIVE' })
    const { TagDescriptions } = await send.send(new DescribeTagsCommand({ ResourceArns: [arn] }))
    expect(TagDescriptions?.[0]?.Tags).toEqual([{ Key: 'team', Value: 'payments' }])
  })

  it.each([
    [{ CaCertificatesBundleS3Key: 'missing.pem' }, 'CaCertificatesBundleNotFoundException'],
    [{ CaCertificatesBundleS3ObjectVersion: 'v0' }, 'CaCertificatesBundleNotFoundException'],
    [{ CaCertificatesBundleS3Key: 'notes.txt' }, 'InvalidCaCertificatesBundleException'],
    [{ CaCertificatesBundleS3Key: 'clients.crl' }, 'InvalidCaCertificatesBundleException'],
    [{ Name: '-clients' }, 'ValidationError'],
  ])('is not made of %o: %s', async (over, name) => {
    const making = makeTrustStore(send, over)
    await expect(making).rejects.toMatchObject({ name })
  })

  it('takes no blank lines, comments without a #, and certificates that are no authority', async () => {
    const { objects } = rehearsal.sandbox.world.s3
    const pem = objects['trust/clients.pem']?.body ?? ''
    const leaf = rehearsal.sandbox.world.acm.certificates
    for (const body of [`${pem}\n${pem}`, `clients\n${pem}`, Object.values(leaf)[0]?.certificate ?? '']) {
      objects['trust/clients.pem'] = { body }
      await expect(makeTrustStore(send)).rejects.toMatchObject({ name: 'InvalidCaCertificatesBundleException' })
    }
    objects['trust/clients.pem'] = { body: `# clients\n${pem}# the same\n${pem}` }
    expect(await statusOf(await makeTrustStore(send))).toMatchObject({ NumberOfCaCertificates: 2 })
  })

  it('has a name of its own, for ever', async () => {
    await makeTrustStore(send)
    await expect(makeTrustStore(send)).rejects.toMatchObject({ name: 'DuplicateTrustStoreNameException' })
  })

  it('keeps what it has read until it is told to read again', async () => {
    const arn = await makeTrustStore(send)
    const { objects } = rehearsal.sandbox.world.s3
    const pem = objects['trust/clients.pem']?.body ?? ''
    objects['trust/clients.pem'] = { body: `${pem}${pem}` }
    expect(await statusOf(arn)).toMatchObject({ NumberOfCaCertificates: 1 })
    const source = { CaCertificatesBundleS3Bucket: 'trust', CaCertificatesBundleS3Key: 'clients.pem' }
    await send.send(new ModifyTrustStoreCommand({ TrustStoreArn: arn, ...source }))
    expect(await statusOf(arn)).toMatchObject({ NumberOfCaCertificates: 2 })
  })

  it('is used by a listener once it is active, which then holds it', async () => {
    const [balancer, store] = [await makeBalancer(send, 'application'), await makeTrustStore(send)]
    const early = makeListener(send, verifying(balancer, store))
    await expect(early).rejects.toMatchObject({ name: 'TrustStoreNotReadyException' })
    await rehearsal.clock.sleep(durations.trustStoreActive)
    const ListenerArn = await makeListener(send, verifying(balancer, store))
    const { TrustStoreAssociations } = await send.send(
      new DescribeTrustStoreAssociationsCommand({ TrustStoreArn: store }),
    )
    expect(TrustStoreAssociations).toEqual([{ ResourceArn: balancer }])
    const removing = new DeleteTrustStoreCommand({ TrustStoreArn: store })
    await expect(send.send(removing)).rejects.toMatchObject({ name: 'TrustStoreInUseException' })
    await send.send(new DeleteListenerCommand({ ListenerArn }))
    await send.send(removing)
    await expect(statusOf(store)).rejects.toMatchObject({ name: 'TrustStoreNotFoundException' })
  })
})

describe('a revocation list', () => {
  const list = (S3Key: string) => [{ S3Bucket: 'trust', S3Key, RevocationType: 'CRL' as const }]

  it('is counted, listed and taken away', async () => {
    const TrustStoreArn = await makeTrustStore(send)
    const RevocationContents = list('clients.crl')
    const added = await send.send(new AddTrustStoreRevocationsCommand({ TrustStoreArn, RevocationContents }))
    const told = { TrustStoreArn, RevocationId: 1, RevocationType: 'CRL', NumberOfRevokedEntries: 1 }
    expect(added.TrustStoreRevocations).toEqual([told])
    expect(await statusOf(TrustStoreArn)).toMatchObject({ TotalRevokedEntries: 1 })
    const shown = await send.send(new DescribeTrustStoreRevocationsCommand({ TrustStoreArn }))
    expect(shown.TrustStoreRevocations).toEqual([told])
    await send.send(new RemoveTrustStoreRevocationsCommand({ TrustStoreArn, RevocationIds: [1] }))
    expect(await statusOf(TrustStoreArn)).toMatchObject({ TotalRevokedEntries: 0 })
    const again = send.send(new RemoveTrustStoreRevocationsCommand({ TrustStoreArn, RevocationIds: [1] }))
    await expect(again).rejects.toMatchObject({ name: 'RevocationIdNotFoundException' })
  })

  it.each([
    ['missing.crl', 'RevocationContentNotFoundException'],
    ['notes.txt', 'InvalidRevocationContentException'],
    ['clients.pem', 'InvalidRevocationContentException'],
  ])('is not made of %s: %s', async (key, name) => {
    const TrustStoreArn = await makeTrustStore(send)
    const adding = send.send(new AddTrustStoreRevocationsCommand({ TrustStoreArn, RevocationContents: list(key) }))
    await expect(adding).rejects.toMatchObject({ name })
  })
})

describe('a caller', () => {
  const RoleArn = `arn:aws:iam::${account}:role/builder`

  async function allowed(Action: string[]) {
    const policies = [{ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] }]
    await rehearsal.sandbox.seed({ accounts: [{ id: account, roles: [{ arn: RoleArn, trusts: operator, policies }] }] })
    const { sts } = rehearsal.clients(operator)
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }))
    return rehearsal.clients({
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    }).elbv2
  }

  it('needs to read what a trust store is made of', async () => {
    const poor = await allowed(['elasticloadbalancing:*'])
    await expect(makeTrustStore(poor)).rejects.toThrow(/s3:GetObject on resource: arn:aws:s3:::trust\/clients\.pem/)
    const rich = await allowed(['elasticloadbalancing:*', 's3:GetObject'])
    const TrustStoreArn = await makeTrustStore(rich)
    const RevocationContents = [{ S3Bucket: 'trust', S3Key: 'clients.crl', S3ObjectVersion: 'v1' }]
    const adding = rich.send(new AddTrustStoreRevocationsCommand({ TrustStoreArn, RevocationContents }))
    await expect(adding).rejects.toThrow(/s3:GetObjectVersion on resource: arn:aws:s3:::trust\/clients\.crl/)
  })
})
