import { executeApiName } from '../aws/partition.ts'
import {
  CreateDeploymentCommand,
  DeleteDeploymentCommand,
  DeleteStageCommand,
  GetDeploymentCommand,
  GetDeploymentsCommand,
  GetStageCommand,
} from '@aws-sdk/client-api-gateway'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { isFailure, unlessMissing } from '../aws/failures.ts'
import { differs, type Identity, minutes, seconds } from '../engine/step.ts'
import { given, ownerWithin, unlessLagging } from './shared/ownership.ts'
import { owned } from '../aws/permissions/conditions.ts'
import { permission } from '../aws/permissions/permission.ts'
import { api } from '../aws/permissions/resources.ts'
import { restApi, regionalApi } from './rest-api.ts'

interface Inputs {
  apiId: string
  stageName: string
  /** The hash of the definition that the stage is to serve. */
  hash: string
}

/** The hash tells the definition, the deployment tells our stages from others. */
const descriptionOf = (hash: string, { deployment }: Identity): string => `privlink:${hash} ${signature(deployment)}`

const signature = (deployment: string): string => `(${deployment})`

const isOurs = (description: string | undefined, { deployment }: Identity): boolean =>
  description?.startsWith('privlink:') === true && description.endsWith(signature(deployment))

/** Deployments that stay behind the one being made, to go back to. */
const kept = 1

/**
 * The stage, serving a deployment of exactly this definition. A deployment is a snapshot: policy, endpoints and methods
 * take effect only with a new one ("Deploy REST APIs", API Gateway guide). Its description says of which definition it
 * is.
 */
export const stage = defineStep<Inputs>()({
  id: 'stage',
  title: 'Deployment on the stage',
  facts: z.object({
    apiId: z.string(),
    stageName: z.string(),
    url: z.string(),
    /** The deployment that the stage serves, and the hash of its definition. */
    deploymentId: z.string(),
    description: z.string(),
  }),
  permissions: {
    read: [permission('LookAtApis', ['apigateway:GET'], api('/restapis', '/restapis/*'))],
    create: [
      permission('Deploy', ['apigateway:POST'], api('/restapis/*/deployments'), owned, () => [restApi, regionalApi]),
    ],
    update: [
      permission('Deploy', ['apigateway:POST'], api('/restapis/*/deployments'), owned, () => [restApi, regionalApi]),
      permission('Prune', ['apigateway:DELETE'], api('/restapis/*/deployments/*'), owned, () => [restApi, regionalApi]),
    ],
    delete: [
      permission('OwnStages', ['apigateway:DELETE'], api('/restapis/*/stages/*'), owned, () => [restApi, regionalApi]),
    ],
  },
  patience: { upTo: minutes(5), every: seconds(5) },

  async read({ aws, inputs, known, identity }) {
    const apiId = inputs.apiId ?? known?.apiId
    const stageName = inputs.stageName ?? known?.stageName
    if (apiId === undefined || stageName === undefined) return { state: 'absent' }
    const deploymentId = await deploymentOn(aws, apiId, stageName)
    if (deploymentId === undefined) return { state: 'absent' }
    // A deployment never changes: what is known of it stays true.
    const description =
      known?.deploymentId === deploymentId ? known.description : await descriptionIn(aws, apiId, deploymentId)
    // CreateDeployment takes no tags for the stage that it makes; the deployment's description tells instead.
    const [api] = isOurs(description, identity) ? [] : await aws.reads.restApis({ id: apiId })
    return {
      state: 'ready',
      owner: isOurs(description, identity) ? 'ours' : ownerWithin(identity, api?.tags),
      facts: factsOf(aws, { apiId, stageName, deploymentId, description }),
      drift: differs(
        'deployment',
        description,
        inputs.hash === undefined ? undefined : descriptionOf(inputs.hash, identity),
      ),
    }
  },

  async create({ aws, inputs, identity }) {
    const { apiId, stageName } = inputs
    return factsOf(aws, { apiId, stageName, ...(await deploy(aws, inputs, identity)) })
  },

  async update({ aws, inputs, identity }) {
    await prune(aws, inputs, identity)
    await deploy(aws, inputs, identity)
  },

  async delete({ aws, known: { apiId, stageName } }) {
    await aws.apigateway(new DeleteStageCommand({ restApiId: apiId, stageName }))
  },
})

/**
 * With a stage's name, CreateDeployment makes the stage or points it at the new deployment. Variables of the stage that
 * it is not given stay as they are.
 */
async function deploy(aws: Aws, { apiId: restApiId, stageName, hash }: Inputs, identity: Identity) {
  const description = descriptionOf(hash, identity)
  const { id } = await aws.apigateway(new CreateDeploymentCommand({ restApiId, stageName, description }))
  return { deploymentId: given(id, 'the id of the deployment'), description }
}

/** The deployment that the stage serves; none if there is no such stage. */
async function deploymentOn(aws: Aws, restApiId: string, stageName: string): Promise<string | undefined> {
  const found = await unlessMissing(aws.apigateway(new GetStageCommand({ restApiId, stageName })))
  return found && given(found.deploymentId, 'the deployment of the stage')
}

async function descriptionIn(aws: Aws, restApiId: string, deploymentId: string): Promise<string> {
  const look = aws.apigateway(new GetDeploymentCommand({ restApiId, deploymentId }))
  return (await unlessLagging(look, 'deployment')).description ?? ''
}

/** Deletes our own older deployments that no stage points at: they would only add up. */
async function prune(aws: Aws, { apiId: restApiId, stageName }: Inputs, identity: Identity): Promise<void> {
  const current = await deploymentOn(aws, restApiId, stageName)
  const { items = [] } = await aws.apigateway(new GetDeploymentsCommand({ restApiId, limit: 500 }))
  const ours = items
    .filter(({ id, description }) => isOurs(description, identity) && id !== current)
    .toSorted((a, b) => (b.createdDate?.getTime() ?? 0) - (a.createdDate?.getTime() ?? 0))
  for (const { id: deploymentId } of ours.slice(kept - 1)) {
    try {
      await aws.apigateway(new DeleteDeploymentCommand({ restApiId, deploymentId }))
    } catch (thrown) {
      // Another stage serves it, or it is gone already.
      if (!isFailure(thrown, 'InUse', 'NotFound')) throw thrown
    }
  }
}

interface Served {
  apiId: string
  stageName: string
  deploymentId: string
  description: string
}

const factsOf = (aws: Aws, { apiId, stageName, ...served }: Served) => ({
  apiId,
  stageName,
  ...served,
  url: `https://${executeApiName(aws, apiId)}/${stageName}`,
})
