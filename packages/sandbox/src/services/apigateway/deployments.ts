import type {
  CreateDeploymentRequest,
  DeleteDeploymentRequest,
  Deployment as DeploymentOutput,
  Deployments,
  GetDeploymentRequest,
  GetDeploymentsRequest,
  UpdateDeploymentRequest,
} from '@aws-sdk/client-api-gateway'

import { type Call, operation } from '../operation.ts'
import { exists, newId } from '../../state/world.ts'
import { getApi, getDeployment } from './lookups.ts'
import { pageOf } from './pages.ts'
import { applyPatches } from './patch.ts'
import { badRequest } from './refusals.ts'
import { addStage, checkVariables, repoint } from './stages.ts'
import type { Deployment, RestApi } from '../../state/apigateway.ts'
import { own } from '../../state/own.ts'
import { onPath } from './required-permissions.ts'

export const deploymentOperations = {
  CreateDeployment: operation<CreateDeploymentRequest, DeploymentOutput>()(
    ['restApiId', 'stageName', 'stageDescription', 'description', 'variables'],
    onPath,
    async ({ restApiId, stageName, stageDescription, description, variables = {} }, arrived) => {
      const call = await afterPendingLinks(arrived, restApiId)
      const api = getApi(call, restApiId)
      checkDeployable(api, call)
      checkVariables(variables)
      const deployment = snapshot(call, api, description)
      // Terraform sends an empty stage name for none.
      if (stageName) {
        const stage = own(api.stages, stageName) ?? addStage(api, stageName, deployment.deploymentId, call.now)
        repoint(api, stage, deployment.deploymentId, call.now)
        Object.assign(stage.variables, variables)
        if (stageDescription) stage.description = stageDescription
      }
      api.deployments[deployment.deploymentId] = deployment
      return describeDeployment(deployment)
    },
  ),

  GetDeployment: operation<GetDeploymentRequest, DeploymentOutput>()(
    ['restApiId', 'deploymentId', 'embed'],
    onPath,
    ({ restApiId, deploymentId, embed }, call) => {
      const deployment = getDeployment(getApi(call, restApiId), deploymentId)
      const whole = embed?.some((member) => member.toLowerCase() === 'apisummary') ?? false
      return { ...describeDeployment(deployment), ...(whole && { apiSummary: summarize(deployment) }) }
    },
  ),

  GetDeployments: operation<GetDeploymentsRequest, Deployments>()(
    ['restApiId', 'position', 'limit'],
    onPath,
    ({ restApiId, ...paging }, call) => {
      const { items, ...more } = pageOf(Object.values(getApi(call, restApiId).deployments), paging)
      return { items: items.map(describeDeployment), ...more }
    },
  ),

  UpdateDeployment: operation<UpdateDeploymentRequest, DeploymentOutput>()(
    ['restApiId', 'deploymentId', 'patchOperations'],
    onPath,
    ({ restApiId, deploymentId, patchOperations }, call) => {
      const deployment = getDeployment(getApi(call, restApiId), deploymentId)
      applyPatches(deployment, patchOperations, {
        'replace /description': (next, value) => void (next.description = value || undefined),
      })
      return describeDeployment(deployment)
    },
  ),

  DeleteDeployment: operation<DeleteDeploymentRequest, object>()(
    ['restApiId', 'deploymentId'],
    onPath,
    ({ restApiId, deploymentId }, call) => {
      const api = getApi(call, restApiId)
      const deployment = getDeployment(api, deploymentId)
      // The text is terraform-provider-aws's, which waits for it.
      if (Object.values(api.stages).some((stage) => stage.deploymentId === deployment.deploymentId)) {
        throw badRequest('Active stages pointing to this deployment must be moved or deleted')
      }
      delete api.deployments[deployment.deploymentId]
      return {}
    },
  ),
}

/** Checks an API as AWS does before it deploys it; the texts are AWS's but the last, which is assumed. */
function checkDeployable(api: RestApi, call: Call): void {
  if (api.endpointType === 'PRIVATE' && api.policy === undefined) {
    throw badRequest("Private REST API doesn't have a resource policy attached to it")
  }
  const methods = Object.values(api.resources).flatMap((resource) => Object.values(resource.methods))
  if (methods.length === 0) throw badRequest("The REST API doesn't contain any methods")
  if (methods.some((method) => method.integration === undefined)) {
    throw badRequest('No integration defined for method')
  }
  for (const id of linksNamedBy(api)) {
    const link = own(call.world.apigateway.vpcLinks, id)
    if (link === undefined || !exists(link, call.now) || link.deletingSince !== undefined) {
      throw badRequest(`Vpc link '${id}' does not exist or is being deleted`)
    }
  }
}

/** Links that methods name by id; one that a stage variable names is only looked for when a call is made. */
const linksNamedBy = (api: RestApi): string[] =>
  Object.values(api.resources)
    .flatMap((resource) => Object.values(resource.methods))
    .map(({ integration }) => (integration?.connectionType === 'VPC_LINK' ? integration.connectionId : undefined))
    .filter((id) => id !== undefined && !id.startsWith('${'))
    .map(String)

/**
 * "Deploying an API will wait if the status is PENDING and will fail if the status is DELETING" (API reference,
 * VpcLink). Assumed: the call itself waits. Returns the call as it is after the wait.
 */
async function afterPendingLinks(call: Call, restApiId: string | undefined): Promise<Call> {
  const api = getApi(call, restApiId)
  checkDeployable(api, call)
  const times = linksNamedBy(api).map((id) => own(call.world.apigateway.vpcLinks, id)?.readyAt ?? 0)
  const ms = Math.max(0, ...times) - call.now
  if (ms <= 0) return call
  await call.clock.aside(() => call.clock.sleep(ms, call.signal))
  return { ...call, now: call.clock.now() }
}

function snapshot(call: Call, api: RestApi, description: string | undefined): Deployment {
  return {
    deploymentId: newId(call.world, '', 6),
    description: description || undefined,
    createdAt: call.now,
    ...structuredClone({
      resources: api.resources,
      policy: api.policy,
      vpcEndpointIds: api.vpcEndpointIds,
      binaryMediaTypes: api.binaryMediaTypes,
      authorizers: api.authorizers ?? {},
    }),
  }
}

const describeDeployment = (deployment: Deployment): DeploymentOutput => ({
  id: deployment.deploymentId,
  description: deployment.description,
  createdDate: new Date(deployment.createdAt),
})

const summarize = (deployment: Deployment): NonNullable<DeploymentOutput['apiSummary']> =>
  Object.fromEntries(
    Object.values(deployment.resources)
      .filter((resource) => Object.keys(resource.methods).length > 0)
      .map((resource) => [
        resource.path,
        Object.fromEntries(
          Object.values(resource.methods).map(({ httpMethod, authorizationType, apiKeyRequired }) => [
            httpMethod,
            { authorizationType, apiKeyRequired },
          ]),
        ),
      ]),
  )
