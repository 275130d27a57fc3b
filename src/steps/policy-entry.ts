import {
  CreateDeploymentCommand,
  DeleteDeploymentCommand,
  type Deployment,
  GetDeploymentsCommand,
  type RestApi,
  UpdateRestApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { isFailure, unlessMissing } from '../aws/failures.ts'
import { allPages } from '../aws/batcher.ts'
import { perRun } from '../aws/per-run.ts'
import { type Drift, minutes, seconds } from '../engine/step.ts'
import { hasCode, PrivlinkError } from '../errors.ts'
import {
  currentDefinition,
  deployedDefinition,
  servedStage,
  undeployed,
  undeployedEdits,
} from './shared/deployed-definition.ts'
import { entryDescription, readEntry } from './shared/entry-deployment.ts'
import {
  checkPolicySize,
  endpointsNamed,
  extendPolicy,
  letsIn,
  mentions,
  takeBack,
  withoutEndpoints,
} from './shared/policy-extension.ts'
import type { Policy } from './shared/resource-policy.ts'
import { permission } from '../aws/permissions/permission.ts'
import { api, producerApis } from '../aws/permissions/resources.ts'

interface Inputs extends Entry {
  /** Whether the endpoint is made by us: then nobody else can have let it in before. */
  own: boolean
  /** Whether edits that are not deployed yet may go live with ours. */
  redeploy: boolean
}

/** An endpoint in the policy of an API that privlink did not make. */
interface Entry {
  apiId: string
  stageName: string
  endpointId: string
}

/**
 * Lets one endpoint into a private API that privlink did not make: its id in the resource policy, and the policy
 * deployed. Nothing else of the API is touched, neither now nor when it is taken back. Policies and associations take
 * effect only with a deployment ("Deploy REST APIs", API Gateway guide), so an entry is gone when neither the policy
 * nor the stage knows it any more.
 */
export const policyEntry = defineStep<Inputs>()({
  id: 'policy-entry',
  title: "Our endpoint in the producer's resource policy",
  facts: z.object({ apiId: z.string(), stageName: z.string(), endpointId: z.string() }),
  permissions: {
    read: [permission('LookAtApis', ['apigateway:GET'], api('/restapis', '/restapis/*'))],
    create: [
      permission('ExtendPolicies', ['apigateway:PATCH', 'apigateway:UpdateRestApiPolicy'], producerApis('')),
      permission('DeployProducers', ['apigateway:POST'], producerApis('/deployments')),
    ],
    update: [
      permission('ExtendPolicies', ['apigateway:PATCH', 'apigateway:UpdateRestApiPolicy'], producerApis('')),
      permission('DeployProducers', ['apigateway:POST'], producerApis('/deployments')),
    ],
    delete: [
      permission('ExtendPolicies', ['apigateway:PATCH', 'apigateway:UpdateRestApiPolicy'], producerApis('')),
      permission('PutStagesBack', ['apigateway:PATCH'], producerApis('/stages/*')),
      permission('DeployProducers', ['apigateway:POST'], producerApis('/deployments')),
      permission('PruneProducers', ['apigateway:DELETE'], producerApis('/deployments/*')),
    ],
  },
  patience: { upTo: minutes(5), every: seconds(5) },
  relation: true,

  async read({ aws, inputs, known }) {
    const entry = entryOf(inputs, known)
    if (entry !== undefined) oursIn(aws, entry).add(entry.endpointId)
    const seen = entry && (await readApi(aws, entry))
    if (entry === undefined || seen === undefined) return { state: 'absent' }
    const { now, served } = seen
    const policies = [now.policy, served?.policy]
    const named = policies.some((policy) => mentions(policy, entry.endpointId))
    const [live, deployed] = policies.map((policy) => letsIn(policy, entry.endpointId))
    if (!named && !(live && deployed)) return { state: 'absent' }
    // A policy that names no endpoint and lets everybody in is theirs alone.
    const owner = named && (known !== undefined || inputs.own === true) ? 'ours' : 'other'
    const drift: Drift[] = [
      ...(live ? [] : [{ field: 'policy', was: 'shuts it out', want: entry.endpointId, fix: 'update' as const }]),
      ...(deployed
        ? []
        : [{ field: 'deployment', was: 'shuts it out', want: entry.endpointId, fix: 'update' as const }]),
    ]
    return { state: 'ready', owner, facts: entry, drift }
  },

  async create({ aws, inputs, identity }) {
    const { apiId, stageName, endpointId } = inputs
    await inTurn(aws, inputs, async () => {
      const seen = await readApi(aws, inputs)
      if (seen === undefined) throw new PrivlinkError('NotFound', `REST API ${apiId} is gone`)
      refuseEdits(aws, inputs, seen)
      await changePolicy(aws, apiId, seen.now.policy, (policy) => extendPolicy(policy, endpointId))
      // Edits of theirs that let it in already, where they may be deployed.
      if (!mentions(seen.now.policy, endpointId) && letsIn(seen.now.policy, endpointId)) {
        await deployEntry(aws, inputs, seen, identity.deployment)
      }
    })
    return { apiId, stageName, endpointId }
  },

  async update({ aws, inputs, identity }) {
    await inTurn(aws, inputs, async () => {
      const seen = await readApi(aws, inputs)
      if (seen === undefined) return
      await changePolicy(aws, inputs.apiId, seen.now.policy, (policy) => extendPolicy(policy, inputs.endpointId))
      if (letsIn(seen.served?.policy, inputs.endpointId)) return
      refuseEdits(aws, inputs, seen)
      await deployEntry(aws, inputs, seen, identity.deployment)
    })
  },

  /** In an order in which a death anywhere leaves something to find, until the last of it is gone. */
  async delete({ aws, known, inputs, identity: { deployment } }) {
    await inTurn(aws, known, async () => {
      await putBack(aws, known, deployment)
      const seen = await readApi(aws, known)
      const isServed = mentions(seen?.served?.policy, known.endpointId)
      if (seen === undefined || !(mentions(seen.now.policy, known.endpointId) || isServed)) {
        throw new PrivlinkError('NotFound', `${known.endpointId} is not in the policy of ${known.apiId}`)
      }
      if (isServed) refuseEdits(aws, { ...known, redeploy: inputs.redeploy === true }, seen)
      await changePolicy(aws, known.apiId, seen.now.policy, (policy) => takeBack(policy, known.endpointId))
      if (isServed && (await deployWithout(aws, known, deployment)) === 'lost') {
        throw new PrivlinkError('NotYet', 'the answer to a deployment was lost')
      }
    })
  },
})

const entryOf = (inputs: Partial<Entry>, known: Entry | undefined): Entry | undefined => {
  const { apiId = known?.apiId, stageName = known?.stageName, endpointId = known?.endpointId } = inputs
  if (apiId === undefined || stageName === undefined || endpointId === undefined) return undefined
  return { apiId, stageName, endpointId }
}

interface ReadApi {
  api: RestApi
  now: Awaited<ReturnType<typeof currentDefinition>>
  served: Awaited<ReturnType<typeof deployedDefinition>>
}

async function readApi(aws: Aws, { apiId, stageName }: Entry): Promise<ReadApi | undefined> {
  const [api] = await aws.reads.restApis({ id: apiId })
  if (api === undefined) return undefined
  const [now, served] = await Promise.all([currentDefinition(aws, api), deployedDefinition(aws, apiId, stageName)])
  return { api, now, served }
}

/**
 * Their edits go live with the next deployment: only with their leave. Endpoints of ours that are on their way into the
 * same policy are no edits of theirs; one that is not known yet may turn out to be of that kind.
 *
 * @throws PrivlinkError UndeployedEdits (exit 2); NotYet where only endpoints are waiting for a deployment
 */
function refuseEdits(aws: Aws, entry: Entry & { redeploy: boolean }, { now, served }: ReadApi): void {
  if (entry.redeploy || served === undefined) return
  const { apiId, stageName, endpointId } = entry
  const home = { apiId, accountId: aws.accountId, region: aws.region }
  const ours = [...oursIn(aws, entry), endpointId]
  const edits = undeployed(now, served, home, (policy) => policy && ours.reduce(takeBack, policy))
  if (edits.length === 0) return
  if (undeployed(now, served, home, withoutEndpoints).length > 0) throw undeployedEdits(apiId, stageName, edits)
  throw new PrivlinkError('NotYet', `the policy of ${apiId} names endpoints that ${stageName} does not serve yet`, {
    hint: 'Deploy them or take them out, or set redeploy: allow.',
  })
}

async function changePolicy(
  aws: Aws,
  restApiId: string,
  policy: Policy | undefined,
  change: (policy: Policy) => Policy,
): Promise<void> {
  const next = policy && change(policy)
  if (next === undefined || next === policy) return
  checkPolicySize(next, restApiId)
  const patchOperations = [{ op: 'replace' as const, path: '/policy', value: JSON.stringify(next) }]
  await aws.apigateway(new UpdateRestApiCommand({ restApiId, patchOperations }))
}

/**
 * Deploys, and notes the endpoints that the stage serves since any of our deployments: others may come with this one.
 */
async function deployEntry(aws: Aws, entry: Entry, { now, served }: ReadApi, deployment: string): Promise<void> {
  const { deploymentId = 'nothing', description = '' } = (await servedStage(aws, entry.apiId, entry.stageName)) ?? {}
  const before = readEntry(description, deployment)
  const known = endpointsNamed(served?.policy)
  const gained = [...endpointsNamed(now.policy), entry.endpointId].filter((id) => !known.includes(id))
  const endpointIds = [...new Set([...(before?.endpointIds ?? []), ...gained])]
  await deploy(aws, entry, entryDescription({ endpointIds, origin: before?.origin ?? deploymentId }, deployment))
}

async function deployWithout(aws: Aws, entry: Entry, deployment: string): Promise<'done' | 'lost'> {
  const stage = await servedStage(aws, entry.apiId, entry.stageName)
  const before = readEntry(stage?.description ?? '', deployment)
  const endpointIds = (before?.endpointIds ?? []).filter((id) => id !== entry.endpointId)
  return deploy(aws, entry, entryDescription({ endpointIds, origin: before?.origin ?? 'nothing' }, deployment))
}

/** Deploys the definition as it is. Whether it was, when the answer is lost, the next look tells. */
async function deploy(aws: Aws, { apiId: restApiId, stageName }: Entry, description: string): Promise<'done' | 'lost'> {
  try {
    await aws.apigateway(new CreateDeploymentCommand({ restApiId, stageName, description }))
    return 'done'
  } catch (thrown) {
    if (hasCode(thrown, 'AnswerLost')) return 'lost'
    throw thrown
  }
}

/**
 * Where the stage still serves what we deployed, and nobody else is let in by that, it gets back what it served before,
 * without a new deployment that might hold edits of theirs. Then our deployments go that nothing serves.
 */
async function putBack(aws: Aws, { apiId: restApiId, stageName, endpointId }: Entry, deployment: string) {
  const stage = await servedStage(aws, restApiId, stageName)
  const all = await deploymentsOf(aws, restApiId)
  const { endpointIds = [], origin = '' } = readEntry(stage?.description ?? '', deployment) ?? {}
  if (endpointIds.join() === endpointId && all.some(({ id }) => id === origin)) {
    const patchOperations = [{ op: 'replace' as const, path: '/deploymentId', value: origin }]
    await aws.apigateway(new UpdateStageCommand({ restApiId, stageName, patchOperations }))
  }
  for (const { id: deploymentId, description = '' } of all) {
    if (readEntry(description, deployment) === undefined) continue
    try {
      await aws.apigateway(new DeleteDeploymentCommand({ restApiId, deploymentId }))
    } catch (thrown) {
      // A stage serves it, or it is gone already.
      if (!isFailure(thrown, 'InUse', 'NotFound')) throw thrown
    }
  }
}

const deploymentsOf = (aws: Aws, restApiId: string): Promise<Deployment[]> =>
  allPages(async (position) => {
    const ask = new GetDeploymentsCommand({ restApiId, limit: 500, ...(position !== undefined && { position }) })
    const page = await unlessMissing(aws.apigateway(ask))
    return { rows: page?.items, next: page?.position }
  })

const homeOf = (aws: Aws, { apiId }: Pick<Entry, 'apiId'>): string => `${aws.accountId} ${aws.region} ${apiId}`

const ours = perRun(() => new Map<string, Set<string>>())

/** The endpoints that this run lets into an API, or has to look after there. */
function oursIn(aws: Aws, entry: Pick<Entry, 'apiId'>): Set<string> {
  const key = homeOf(aws, entry)
  const all = aws.perRun(ours)
  const known = all.get(key) ?? new Set()
  all.set(key, known)
  return known
}

const turns = perRun(() => new Map<string, Promise<unknown>>())

/** A policy is read, changed and written whole: within one run, one entry of an API at a time. */
async function inTurn(aws: Aws, entry: Entry, work: () => Promise<void>): Promise<void> {
  const key = homeOf(aws, entry)
  const last = aws.perRun(turns)
  const mine = (last.get(key) ?? Promise.resolve()).catch(() => undefined).then(work)
  last.set(key, mine)
  try {
    await mine
  } finally {
    if (last.get(key) === mine) last.delete(key)
  }
}
