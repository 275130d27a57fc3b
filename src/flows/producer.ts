// Adds what lets an endpoint of ours in to the private API of another account.
import { serviceNameOf } from '../aws/partition.ts'
import { createHash } from 'node:crypto'
import type { Ref } from '../engine/ref.ts'
import { policyEntry } from '../steps/policy-entry.ts'
import { producerApi } from '../steps/producer-api.ts'
import type { Existing } from './existing.ts'
import type { FlowContext } from './flow.ts'
import type { ResolvedAccount, Lookup } from './accounts-and-networks.ts'
import type { ProducerSettings } from './producer-settings.ts'

/** A private API that an integration leads to. */
export interface Producer {
  account: ResolvedAccount
  apiId: Ref<string>
  stage: string
  /** Known once the API lets our endpoint in. */
  open: Ref<unknown>
}

/** The endpoint that a private API is to let in. */
interface AdmittedEndpoint {
  /** Distinguishes it from the other endpoints that the same API lets in. */
  name: string
  endpointId: Ref<string>
  /** Whether privlink makes it: it is not named in the config. */
  own: boolean
}

/**
 * Adds an entry to the policy of an API that exists already. The policy of one that another integration makes has it
 * anyway.
 */
export function addProducer(
  context: FlowContext,
  article: string,
  { api, integration }: ProducerSettings,
  { name, endpointId, own }: AdmittedEndpoint,
): Producer {
  if (api === undefined) {
    const { account, stage, apiId, settled } = context.apiOf(integration ?? '')
    return { account, apiId, stage, open: settled }
  }
  const { id, stage: stageName, redeploy: leave } = api
  const account = context.account(api.account)
  const redeploy = leave === 'allow'
  // All integrations that lead to this stage share its nodes.
  const builder = context.builder.shared(`${account.key}/${id}/${stageName}`)
  const found = builder.step(article, 'api', producerApi, account.key, { apiId: id, stageName, redeploy })
  const { apiId } = found.facts
  const entry = builder.step(article, `entry-${name}`, policyEntry, account.key, {
    apiId,
    stageName: found.facts.stageName,
    endpointId,
    own,
    redeploy,
  })
  return { account, apiId, stage: stageName, open: entry.facts.endpointId }
}

/** The API that the config names, for a rehearsal, with another consumer, whose VPC and endpoint are made up. */
export function existingProducer(
  { account }: Lookup,
  integration: string,
  { api }: ProducerSettings,
): Partial<Pick<Existing, 'vpcs' | 'endpoints' | 'privateApis'>> {
  if (api === undefined) return {}
  const { id: accountId, region } = account(api.account)
  const hash = createHash('sha256').update(`${accountId}/${api.id}`).digest('hex')
  const vpcId = `vpc-${hash.slice(0, 17)}`
  const endpointId = `vpce-${hash.slice(17, 34)}`
  const subnetId = `subnet-${hash.slice(34, 51)}`
  const owner = { accountId, region }
  const vpc = { ...owner, vpcId, cidr: '10.201.0.0/16', subnets: [{ subnetId, cidr: '10.201.0.0/24' }], routes: [] }
  const serviceName = serviceNameOf(region, 'execute-api')
  const endpoint = { ...owner, endpointId, vpcId, subnetIds: [subnetId], serviceName, privateDns: true }
  const name = `${integration}-${api.id}`
  const privateApi = { ...owner, apiId: api.id, name, stage: api.stage, endpointIds: [endpointId] }
  return { vpcs: [vpc], endpoints: [endpoint], privateApis: [privateApi] }
}
