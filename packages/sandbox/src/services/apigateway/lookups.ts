import { isOwn } from '../../reads/own-resources.ts'
import type { AccountWorld } from '../../state/call-context.ts'
import { exists } from '../../state/world.ts'
import { notFound } from './refusals.ts'
import type { Deployment, Integration, Method, Resource, RestApi, Stage, VpcLink } from '../../state/apigateway.ts'
import { own } from '../../state/own.ts'

type Id = string | undefined

/**
 * Every lookup throws NotFoundException with AWS's text. Those of RestApi, resource, method and stage are reported by
 * AWS's users; those of deployment and VPC link are assumed.
 */
export function getApi(call: AccountWorld, restApiId: Id): RestApi {
  const api = own(call.world.apigateway.restApis, restApiId)
  if (!isOwn(call, api)) throw notFound(`Invalid API identifier specified ${call.account}:${restApiId}`)
  return api
}

export function getResource(api: RestApi, resourceId: Id): Resource {
  return own(api.resources, resourceId) ?? refuse('Invalid Resource identifier specified')
}

/** A method by its exact name: asking for GET does not find ANY. */
export function getMethod(resource: Resource, httpMethod: Id): Method {
  return own(resource.methods, httpMethod) ?? refuse('Invalid Method identifier specified')
}

export function getIntegration(method: Method): Integration {
  return method.integration ?? refuse('Invalid Integration identifier specified')
}

export function getStage(api: RestApi, stageName: Id): Stage {
  return own(api.stages, stageName) ?? refuse('Invalid stage identifier specified')
}

export function getDeployment(api: RestApi, deploymentId: Id): Deployment {
  return own(api.deployments, deploymentId) ?? refuse('Invalid Deployment identifier specified')
}

export function getVpcLink(call: AccountWorld, now: number, vpcLinkId: Id): VpcLink {
  const link = own(call.world.apigateway.vpcLinks, vpcLinkId)
  if (!isOwn(call, link) || !exists(link, now)) {
    throw notFound('Invalid Vpc Link identifier specified')
  }
  return link
}

function refuse(message: string): never {
  throw notFound(message)
}
