import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
} from '@aws-sdk/client-secrets-manager'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { Aws } from '../../src/aws/aws.ts'
import { minutes } from '../../src/engine/step.ts'
import { secret } from '../../src/steps/secret.ts'
import { gatewayId, openTestAccounts } from '../aws/test-accounts.ts'
import { secretFile } from '../support/stores-graph.ts'
import { identity, sight } from './scripted-account.ts'

const { file, remove } = secretFile('first')
afterAll(remove)

const inputs = { file, fingerprint: 'one', purpose: "The server's key" }
const token = '00000000-0000-4000-8000-000000000001'
const name = `${identity.name}.secret`

let accounts: Awaited<ReturnType<typeof openTestAccounts>>
let aws: Aws
beforeEach(async () => {
  writeFileSync(file, 'first')
  accounts = await openTestAccounts()
  aws = await accounts.accountClients('gateway')
})

const find = (rest: Parameters<typeof sight<typeof inputs, { secretArn: string; fingerprint: string }>>[2] = {}) =>
  secret.read(sight(aws, inputs, rest))
const create = (wanted: typeof inputs = inputs) => secret.create?.({ aws, inputs: wanted, identity, token })
const console = () => accounts.clients(gatewayId).secretsmanager

async function made() {
  const facts = await create()
  if (facts === undefined) throw new Error('nothing was made')
  return facts
}

describe('a secret', () => {
  it('holds the file, and nothing of it is in the facts', async () => {
    expect(await find()).toEqual({ state: 'absent' })
    const facts = await made()
    expect(JSON.stringify(facts)).not.toContain('first')
    expect(await console().send(new GetSecretValueCommand({ SecretId: facts.secretArn }))).toMatchObject({
      Name: name,
      SecretString: 'first',
    })
    expect(await find()).toEqual({ state: 'ready', owner: 'ours', facts, drift: [] })
    expect(accounts.count('GetSecretValue')).toBe(1)
  })

  it('gets what the file holds now when its fingerprint is another', async () => {
    const facts = await made()
    writeFileSync(file, 'second')
    const wanted = { ...inputs, fingerprint: 'two' }
    const seen = await secret.read(sight(aws, wanted))
    expect(seen).toMatchObject({ state: 'ready', drift: [{ field: 'fingerprint', was: 'one', want: 'two' }] })
    if (seen.state !== 'ready') throw new Error('it is not there')
    await secret.update?.({ aws, inputs: wanted, facts, drift: seen.drift ?? [], identity })
    expect(await secret.read(sight(aws, wanted))).toMatchObject({ facts: { fingerprint: 'two' }, drift: [] })
    const { SecretString } = await console().send(new GetSecretValueCommand({ SecretId: facts.secretArn }))
    expect(SecretString).toBe('second')
  })

  it('says which file cannot be read, and makes nothing', async () => {
    await expect(create({ ...inputs, file: '/nowhere/server.key' })).rejects.toMatchObject({
      code: 'FileUnreadable',
      exit: 2,
      message: expect.stringContaining('/nowhere/server.key'),
    })
    expect(accounts.count('CreateSecret')).toBe(0)
  })

  it('is not too early for its own name, only for that of a moment ago', async () => {
    const { secretArn } = await made()
    await secret.delete?.({ aws, known: { secretArn, fingerprint: 'one' }, inputs, identity })
    expect(await find()).toEqual({ state: 'absent' })
    await expect(create()).rejects.toMatchObject({ code: 'NotYet' })
    await accounts.clock.sleep(minutes(1))
    expect(await create()).not.toMatchObject({ secretArn })
  })

  it("of somebody else's, scheduled for deletion, is in the way until somebody decides", async () => {
    await console().send(new CreateSecretCommand({ Name: name, SecretString: 'theirs' }))
    await console().send(new DeleteSecretCommand({ SecretId: name, RecoveryWindowInDays: 7 }))
    expect(await find()).toEqual({ state: 'absent' })
    await expect(create()).rejects.toMatchObject({
      code: 'SecretScheduledForDeletion',
      message: expect.stringContaining(name),
      hint: expect.stringContaining('--force-delete-without-recovery'),
    })
  })

  it('that the config names is taken as it is, with its version for a fingerprint', async () => {
    const theirs = await console().send(new CreateSecretCommand({ Name: 'tls/server', SecretString: 'theirs' }))
    const adopted = { adopt: theirs.ARN }
    expect(await find(adopted)).toEqual({
      state: 'ready',
      owner: 'other',
      facts: { secretArn: theirs.ARN, fingerprint: theirs.VersionId },
      drift: [],
    })
    await console().send(new DeleteSecretCommand({ SecretId: 'tls/server' }))
    await expect(find(adopted)).rejects.toMatchObject({
      code: 'SecretScheduledForDeletion',
      exit: 2,
      hint: expect.stringContaining('restore-secret'),
    })
    await expect(find({ adopt: `${theirs.ARN}x` })).rejects.toMatchObject({ code: 'AdoptNotFound' })
  })

  it('goes without a recovery window, quietly if it has gone already', async () => {
    const known = await made()
    await secret.delete?.({ aws, known, inputs, identity })
    await secret.delete?.({ aws, known, inputs, identity })
    await expect(console().send(new DescribeSecretCommand({ SecretId: name }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })
})
