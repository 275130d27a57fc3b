import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '../../../src/engine/step.ts'
import { awsEnvironment, has, run } from '../../../test/support/programs.ts'
import { rehearse } from '../../../test/support/sandbox.ts'
import { secretValue } from '../src/reads/secrets.ts'

const { sandbox, clock, clients } = await rehearse()
const { secretsmanager } = clients('111122223333')
const token = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000`
const day = minutes(24 * 60)

/** A new secret under a name of its own. */
const make = async (Name: string, SecretString = 'first') => {
  const { ARN = '' } = await secretsmanager.send(new CreateSecretCommand({ Name, SecretString }))
  return ARN
}
const valueOf = (SecretId: string, VersionStage?: string) =>
  secretsmanager.send(new GetSecretValueCommand({ SecretId, ...(VersionStage && { VersionStage }) }))

describe('a secret', () => {
  it('has an ARN with six characters behind its name, by all of which it is known', async () => {
    const arn = await make('tls/server')
    expect(arn).toMatch(/^arn:aws:secretsmanager:us-east-1:111122223333:secret:tls\/server-\w{6}$/)
    for (const id of ['tls/server', arn, arn.slice(0, -7)]) {
      expect(await valueOf(id)).toMatchObject({ ARN: arn, SecretString: 'first', VersionStages: ['AWSCURRENT'] })
    }
  })

  it('is made once for a token, and its name is taken for everybody else', async () => {
    const request = { Name: 'once', SecretString: 'a', ClientRequestToken: token('1') }
    const first = await secretsmanager.send(new CreateSecretCommand(request))
    expect(first.VersionId).toBe(token('1'))
    expect(await secretsmanager.send(new CreateSecretCommand(request))).toMatchObject({ ARN: first.ARN })
    for (const other of [{ SecretString: 'b' }, { ClientRequestToken: token('2') }]) {
      await expect(secretsmanager.send(new CreateSecretCommand({ ...request, ...other }))).rejects.toMatchObject({
        name: 'ResourceExistsException',
      })
    }
  })

  it('may be empty at first, then holds what it is given, and remembers what it held before', async () => {
    const { ARN: SecretId = '', VersionId } = await secretsmanager.send(new CreateSecretCommand({ Name: 'versions' }))
    expect(VersionId).toBeUndefined()
    await expect(valueOf(SecretId)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    const put = (SecretString: string) => secretsmanager.send(new PutSecretValueCommand({ SecretId, SecretString }))
    const [one, two] = [await put('one'), await put('two')]
    expect([(await valueOf(SecretId)).SecretString, (await valueOf(SecretId, 'AWSPREVIOUS')).SecretString]).toEqual([
      'two',
      'one',
    ])
    await secretsmanager.send(new UpdateSecretCommand({ SecretId, SecretString: 'three', Description: 'third' }))
    const { Versions = [] } = await secretsmanager.send(new ListSecretVersionIdsCommand({ SecretId }))
    expect(Versions.map(({ VersionStages }) => VersionStages).toSorted()).toEqual([['AWSCURRENT'], ['AWSPREVIOUS']])
    expect(Versions.map(({ VersionId }) => VersionId)).not.toContain(one.VersionId)
    const takeOff = { SecretId, VersionStage: 'AWSPREVIOUS', RemoveFromVersionId: two.VersionId }
    await secretsmanager.send(new UpdateSecretVersionStageCommand(takeOff))
    await expect(valueOf(SecretId, 'AWSPREVIOUS')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  it('holds bytes as well, but not both, and no more than 64 KiB', async () => {
    const SecretBinary = Uint8Array.from([0, 255, 10])
    await secretsmanager.send(new CreateSecretCommand({ Name: 'bytes', SecretBinary }))
    expect((await valueOf('bytes')).SecretBinary).toEqual(SecretBinary)
    const put = (value: object) => secretsmanager.send(new PutSecretValueCommand({ SecretId: 'bytes', ...value }))
    await expect(put({ SecretString: 'x', SecretBinary })).rejects.toMatchObject({ name: 'InvalidParameterException' })
    await put({ SecretString: 'x'.repeat(65_536) })
    await expect(put({ SecretString: 'x'.repeat(65_537) })).rejects.toMatchObject({ name: 'ValidationException' })
  })

  it('is tagged, described and listed by what its name begins with', async () => {
    const SecretId = await make('tagged/one')
    const Tags = [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ]
    await secretsmanager.send(new TagResourceCommand({ SecretId, Tags }))
    await secretsmanager.send(new UntagResourceCommand({ SecretId, TagKeys: ['a'] }))
    const described = await secretsmanager.send(new DescribeSecretCommand({ SecretId }))
    expect(described).toMatchObject({ Name: 'tagged/one', Tags: [{ Key: 'b', Value: '2' }] })
    expect(Object.values(described.VersionIdsToStages ?? {})).toEqual([['AWSCURRENT']])
    const Filters = [{ Key: 'name' as const, Values: ['tagged/'] }]
    const { SecretList = [] } = await secretsmanager.send(new ListSecretsCommand({ Filters }))
    expect(SecretList.map(({ ARN }) => ARN)).toEqual([SecretId])
  })

  it("is not there for another account, and AWS's errors come from a look too", async () => {
    await make('mine')
    const other = clients('444455556666').secretsmanager
    await expect(other.send(new DescribeSecretCommand({ SecretId: 'mine' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    })
  })
})

describe('deleting a secret', () => {
  it('keeps it, and its name, for the recovery window, in which it can be restored', async () => {
    const SecretId = await make('window')
    for (const RecoveryWindowInDays of [6, 31]) {
      await expect(
        secretsmanager.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays })),
      ).rejects.toMatchObject({ name: 'InvalidParameterException' })
    }
    await secretsmanager.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }))
    await expect(valueOf(SecretId)).rejects.toMatchObject({ name: 'InvalidRequestException' })
    await expect(make('window')).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('already scheduled for deletion'),
    })
    await secretsmanager.send(new RestoreSecretCommand({ SecretId }))
    expect((await valueOf(SecretId)).SecretString).toBe('first')
    await secretsmanager.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }))
    await clock.sleep(7 * day + 1)
    expect(await make('window')).not.toBe(SecretId)
  })

  it('without recovery takes it away at once and its name a moment later, and is quiet when repeated', async () => {
    const SecretId = await make('forced')
    const force = { SecretId, ForceDeleteWithoutRecovery: true }
    const both = { ...force, RecoveryWindowInDays: 7 }
    await expect(secretsmanager.send(new DeleteSecretCommand(both))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
    await secretsmanager.send(new DeleteSecretCommand(force))
    await secretsmanager.send(new DeleteSecretCommand(force))
    await expect(secretsmanager.send(new DescribeSecretCommand({ SecretId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    await expect(make('forced')).rejects.toMatchObject({ name: 'InvalidRequestException' })
    await clock.sleep(seconds(10))
    await make('forced')
  })

  it('without recovery also takes one that is scheduled already', async () => {
    const SecretId = await make('twice')
    await secretsmanager.send(new DeleteSecretCommand({ SecretId }))
    await secretsmanager.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }))
    await clock.sleep(seconds(10))
    await make('twice')
  })
})

it('gives a task the whole value, or the member that its reference names', async () => {
  const whole = await make('for-a-task', '{"key":"inside","list":[1]}')
  const { world } = sandbox
  const value = (reference: string) => secretValue(world, reference, clock.now())
  expect([value(whole), value(`${whole}:key::`), value(`${whole}:list::`)]).toEqual([
    '{"key":"inside","list":[1]}',
    'inside',
    '[1]',
  ])
  expect(() => value(`${whole}:other::`)).toThrow(/did not contain json key other/)
  expect(() => value(`${whole}::AWSPREVIOUS:`)).toThrow(/can't find the specified secret value/)
  expect(() => value(whole.replace('for-a-task', 'none'))).toThrow("Secrets Manager can't find the specified secret.")
})

it.skipIf(!has('aws', '--version'))('the aws CLI makes, reads and deletes a secret', async () => {
  const aws = async (...args: string[]): Promise<unknown> => {
    const env = awsEnvironment(sandbox.url, '111122223333')
    const { code, stdout, stderr } = await run(env, 'aws', 'secretsmanager', ...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return JSON.parse(stdout)
  }
  await aws('create-secret', '--name', 'by-cli', '--secret-string', 'ü')
  expect(await aws('get-secret-value', '--secret-id', 'by-cli')).toMatchObject({ SecretString: 'ü' })
  const gone = await aws('delete-secret', '--secret-id', 'by-cli', '--force-delete-without-recovery')
  expect(gone).toMatchObject({ Name: 'by-cli' })
})
