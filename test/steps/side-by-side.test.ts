import { CreateDeploymentCommand, UpdateRestApiCommand } from '@aws-sdk/client-api-gateway'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Accounts, openAccounts } from '../../src/aws/accounts.ts'
import { openRunMemory, perRun } from '../../src/aws/per-run.ts'
import { policyEntry } from '../../src/steps/policy-entry.ts'
import { operator, rehearse, type Rehearsal } from '../support/sandbox.ts'
import { identity, sight } from './scripted-account.ts'

/** Two runs of one process, which share nothing but the world: each has accounts of its own. */
const apiId = 'a1b2c3d4e5'
const [theirs, first, second] = ['vpce-0aaaaaaaaaaaaaaa1', 'vpce-0aaaaaaaaaaaaaaa2', 'vpce-0aaaaaaaaaaaaaaa3']
const entryOf = (endpointId: string) => ({ apiId, stageName: 'live', endpointId, own: true, redeploy: false })
const statements = (endpoints: string[]) => [
  { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' },
  {
    Effect: 'Deny',
    Principal: '*',
    Action: 'execute-api:Invoke',
    Resource: 'execute-api:/*',
    Condition: { StringNotEquals: { 'aws:SourceVpce': endpoints } },
  },
]
const policyOf = (endpoints: string[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements(endpoints) })

const open: Accounts[] = []
let rehearsal: Rehearsal

const newRun = async () => {
  const accounts = openAccounts({
    accounts: { own: { id: operator, region: 'us-east-1' } },
    clock: rehearsal.clock,
    environment: rehearsal.environment,
  })
  open.push(accounts)
  return accounts.accountClients('own')
}

beforeAll(async () => {
  const account = operator
  const region = 'us-east-1'
  rehearsal = await rehearse({
    seed: {
      accounts: [{ id: account }],
      privateApis: [{ account, region, apiId, name: 'orders', stage: 'live', policy: policyOf([theirs]) }],
    },
  })
})
afterAll(() => open.forEach((accounts) => accounts.close()))

it("does not take another run's endpoint in an undeployed policy for one of its own", async () => {
  const { apigateway } = rehearsal.clients(operator)
  await apigateway.send(new CreateDeploymentCommand({ restApiId: apiId, stageName: 'live' }))
  // The first run's endpoint waits in the policy for its deployment.
  const patchOperations = [{ op: 'replace' as const, path: '/policy', value: policyOf([theirs, first]) }]
  await apigateway.send(new UpdateRestApiCommand({ restApiId: apiId, patchOperations }))
  const [one, other] = [await newRun(), await newRun()]
  await policyEntry.read(sight(one, entryOf(first)))

  const create = (aws: typeof one) =>
    policyEntry.create?.({ aws, inputs: entryOf(second), identity, token: 'any' }) ?? Promise.reject(new Error('none'))
  await expect(create(other)).rejects.toMatchObject({ code: 'NotYet' })
  await expect(create(one)).resolves.toMatchObject({ endpointId: second })
})

it('has a memory of its own', () => {
  const list = perRun((): string[] => [])
  const [one, other] = [openRunMemory(), openRunMemory()]
  one(list).push('seen')
  expect([one(list), other(list)]).toEqual([['seen'], []])
})
