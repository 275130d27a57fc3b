import type {
  CreateResourceRequest,
  DeleteResourceRequest,
  GetResourceRequest,
  GetResourcesRequest,
  Resource as ResourceOutput,
  Resources,
  UpdateResourceRequest,
} from '@aws-sdk/client-api-gateway'

import { operation } from '../operation.ts'
import { newId, type World } from '../../state/world.ts'
import { getApi, getResource } from './lookups.ts'
import { describeMethod } from './methods.ts'
import { pageOf, unlessEmpty } from './pages.ts'
import { applyPatches } from './patch.ts'
import { badRequest, conflict, limitExceeded } from './refusals.ts'
import type { Resource, RestApi } from '../../state/apigateway.ts'
import { onPath } from './required-permissions.ts'

/** Resources per API (API Gateway quotas). */
const mostResources = 300

export const resourceOperations = {
  CreateResource: operation<CreateResourceRequest, ResourceOutput>()(
    ['restApiId', 'parentId', 'pathPart'],
    onPath,
    ({ restApiId, parentId, pathPart }, call) => {
      const api = getApi(call, restApiId)
      return describeResource(addResource(call.world, api, getResource(api, parentId), pathPart ?? ''), false)
    },
  ),

  GetResource: operation<GetResourceRequest, ResourceOutput>()(
    ['restApiId', 'resourceId', 'embed'],
    onPath,
    ({ restApiId, resourceId, embed }, call) =>
      describeResource(getResource(getApi(call, restApiId), resourceId), embedsMethods(embed)),
  ),

  GetResources: operation<GetResourcesRequest, Resources>()(
    ['restApiId', 'position', 'limit', 'embed'],
    onPath,
    ({ restApiId, embed, ...paging }, call) => {
      const { items, ...more } = pageOf(Object.values(getApi(call, restApiId).resources), paging)
      const whole = embedsMethods(embed)
      return { items: items.map((resource) => describeResource(resource, whole)), ...more }
    },
  ),

  UpdateResource: operation<UpdateResourceRequest, ResourceOutput>()(
    ['restApiId', 'resourceId', 'patchOperations'],
    onPath,
    ({ restApiId, resourceId, patchOperations }, call) => {
      const api = getApi(call, restApiId)
      const resource = getResource(api, resourceId)
      if (resource.parentId === undefined) throw badRequest('Root resource cannot be updated')
      applyPatches(resource, patchOperations, {
        'replace /pathPart': (next, value) => {
          checkPathPart(api, next, value)
          next.pathPart = value
        },
        'replace /parentId': (next, value) => {
          const parent = getResource(api, value)
          if (below(api, resource).includes(parent)) throw badRequest('A resource cannot be its own parent')
          next.parentId = value
          checkPathPart(api, next, next.pathPart ?? '')
        },
      })
      for (const moved of below(api, resource)) moved.path = pathOf(api, moved)
      return describeResource(resource, false)
    },
  ),

  DeleteResource: operation<DeleteResourceRequest, object>()(
    ['restApiId', 'resourceId'],
    onPath,
    ({ restApiId, resourceId }, call) => {
      const api = getApi(call, restApiId)
      const resource = getResource(api, resourceId)
      if (resource.parentId === undefined) throw badRequest('Root resource cannot be deleted')
      for (const one of below(api, resource)) delete api.resources[one.resourceId]
      return {}
    },
  ),
}

const embedsMethods = (embed: string[] | undefined): boolean => embed?.includes('methods') ?? false

/** Adds an empty resource below another one. */
export function addResource(world: World, api: RestApi, parent: Resource, pathPart: string): Resource {
  const resourceId = newId(world, '', 6)
  const resource = { resourceId, parentId: parent.resourceId, pathPart, path: '', methods: {} }
  checkPathPart(api, resource, pathPart)
  if (Object.keys(api.resources).length >= mostResources) {
    throw limitExceeded(`Maximum number of resources for this API has been reached: ${mostResources}`)
  }
  const added = { ...resource, path: pathOf(api, resource) }
  api.resources[resourceId] = added
  return added
}

/** The second text is AWS's, reported by its users; the first and the third are assumed. */
function checkPathPart(api: RestApi, resource: Pick<Resource, 'resourceId' | 'parentId'>, pathPart: string): void {
  if (!/^([\w.:-]+|\{[\w.:-]+\+?\})$/.test(pathPart)) {
    throw badRequest(
      "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
    )
  }
  const siblings = Object.values(api.resources).filter(
    (one) => one.parentId === resource.parentId && one.resourceId !== resource.resourceId,
  )
  if (siblings.some((one) => one.pathPart === pathPart)) {
    throw conflict(`Another resource with the same parent already has this name: ${pathPart}`)
  }
  const variable = siblings.find((one) => one.pathPart?.startsWith('{'))
  if (pathPart.startsWith('{') && variable) {
    throw badRequest(
      `A sibling (${variable.pathPart}) of this resource already has a variable path part -- only one is allowed`,
    )
  }
}

/** A resource and everything under it. */
function below(api: RestApi, resource: Resource): Resource[] {
  const children = Object.values(api.resources).filter((one) => one.parentId === resource.resourceId)
  return [resource, ...children.flatMap((child) => below(api, child))]
}

function pathOf(api: RestApi, resource: Pick<Resource, 'parentId' | 'pathPart'>): string {
  if (resource.parentId === undefined) return '/'
  const parent = pathOf(api, getResource(api, resource.parentId))
  return `${parent === '/' ? '' : parent}/${resource.pathPart}`
}

function describeResource(resource: Resource, whole: boolean): ResourceOutput {
  const methods = Object.entries(resource.methods)
  return {
    id: resource.resourceId,
    parentId: resource.parentId,
    pathPart: resource.pathPart,
    path: resource.path,
    resourceMethods: unlessEmpty(
      Object.fromEntries(methods.map(([name, method]) => [name, whole ? describeMethod(method) : {}])),
    ),
  }
}
