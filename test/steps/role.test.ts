import { AttachRolePolicyCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Aws } from '../../src/aws/aws.ts'
import { roleMay } from '../../packages/sandbox/src/reads/roles.ts'
import { role } from '../../src/steps/role.ts'
import { gatewayId, openTestAccounts } from '../aws/test-accounts.ts'
import { disown } from '../support/disown.ts'
import { outsideChanges } from '../support/outside-changes.ts'
import { identity, sight } from './scripted-account.ts'

const arn = `arn:aws:iam::${gatewayId}:role/${identity.name}`
const inputs = {
  service: 'lambda.amazonaws.com' as const,
  statements: [{ Effect: 'Allow', Action: ['ec2:CreateNetworkInterface'], Resource: '*' }],
}

let accounts: Awaited<ReturnType<typeof openTestAccounts>>
let aws: Aws
beforeEach(async () => {
  accounts = await openTestAccounts()
  aws = await accounts.accountClients('gateway')
})

const find = (more: Parameters<typeof sight<typeof inputs, { roleArn: string; roleName: string }>>[2] = {}) =>
  role.read(sight(aws, inputs, more))

/** Makes it and brings it in line, as setup does. */
async function made(wanted: Parameters<NonNullable<typeof role.create>>[0]['inputs'] = inputs) {
  const facts = await role.create?.({ aws, inputs: wanted, identity, token: '' })
  if (facts === undefined) throw new Error('nothing was made')
  const seen = await role.read(sight(aws, wanted))
  if (seen.state !== 'ready') throw new Error(`it is ${seen.state}`)
  await role.update?.({ aws, inputs: wanted, facts, drift: seen.drift ?? [], identity })
  return facts
}

describe('a role', () => {
  it('is made with its trust and tags, and gets its policy as what the call could not carry', async () => {
    expect(await find()).toEqual({ state: 'absent' })
    const facts = await role.create?.({ aws, inputs, identity, token: '' })
    expect(facts).toEqual({ roleArn: arn, roleName: identity.name })
    const bare = await find()
    expect(bare).toMatchObject({ state: 'ready', owner: 'ours', facts, drift: [{ field: 'policy', was: 'none' }] })
    if (facts === undefined || bare.state !== 'ready') throw new Error('it is not there')
    await role.update?.({ aws, inputs, facts, drift: bare.drift ?? [], identity })
    expect(await find()).toMatchObject({ state: 'ready', owner: 'ours', drift: [] })
    const demand = { action: 'ec2:CreateNetworkInterface', resource: '*' }
    expect(roleMay(accounts.sandbox.world, arn, demand)).toBe(true)
    expect(roleMay(accounts.sandbox.world, arn, { ...demand, action: 'ec2:DeleteVpc' })).toBe(false)
  })

  it('that may do nothing says so, and loses what the config no longer wants it to do', async () => {
    const facts = await made()
    const none = { ...inputs, statements: [] }
    const seen = await role.read(sight(aws, none))
    expect(seen).toMatchObject({ drift: [{ field: 'policy' }] })
    if (seen.state === 'ready') await role.update?.({ aws, inputs: none, facts, drift: seen.drift ?? [], identity })
    expect(await role.read(sight(aws, none))).toMatchObject({ drift: [] })
    const demand = { action: 'ec2:CreateNetworkInterface', resource: '*' }
    expect(roleMay(accounts.sandbox.world, arn, demand)).toBe(false)
  })

  it.each(outsideChanges['role'] ?? [])('is brought back when somebody $does', async ({ act, field }) => {
    const facts = await made()
    await act({ world: accounts.sandbox.world, clients: accounts.clients(gatewayId), facts })
    const seen = await find()
    expect(seen).toMatchObject({ drift: [{ field: expect.stringMatching(field), fix: 'update' }] })
    if (seen.state === 'ready') await role.update?.({ aws, inputs, facts, drift: seen.drift ?? [], identity })
    expect(await find()).toMatchObject({ drift: [] })
  })

  it('goes with its policy, also when an earlier try took the policy only', async () => {
    const known = await made()
    accounts.sandbox.setFaults([{ operation: 'DeleteRole', kind: 'denied' }])
    await expect(role.delete?.({ aws, known, inputs, identity })).rejects.toMatchObject({ code: 'Denied' })
    await role.delete?.({ aws, known, inputs, identity })
    expect(await find({ known })).toEqual({ state: 'absent' })
    await expect(role.delete?.({ aws, known, inputs, identity })).rejects.toMatchObject({ code: 'NotFound' })
  })

  it('stays as long as it holds what somebody else has given it', async () => {
    const known = await made()
    const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole'
    const { iam } = accounts.clients(gatewayId)
    await iam.send(new AttachRolePolicyCommand({ RoleName: identity.name, PolicyArn }))
    await expect(role.delete?.({ aws, known, inputs, identity })).rejects.toMatchObject({ code: 'InUse' })
  })

  it("is another's without our tags, and found by the ARN that the ledger or the config knows", async () => {
    const known = await made()
    const own = disown(accounts.sandbox.world)
    expect(await find()).toMatchObject({ state: 'ready', owner: 'other' })
    own()
    expect(await role.read(sight(aws, {}, { known }))).toMatchObject({ state: 'ready', owner: 'ours', drift: [] })
    const elsewhere = `arn:aws:iam::${gatewayId}:role/team/${identity.name}`
    await expect(find({ adopt: elsewhere })).rejects.toMatchObject({ code: 'AdoptNotFound' })
  })

  it('that the config names may do what its owner wants', async () => {
    await made()
    const { iam } = accounts.clients(gatewayId)
    const PolicyDocument = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] })
    await iam.send(new PutRolePolicyCommand({ RoleName: identity.name, PolicyName: 'privlink', PolicyDocument }))
    expect(await find({ adopt: arn })).toMatchObject({ state: 'ready', drift: [] })
  })
})
