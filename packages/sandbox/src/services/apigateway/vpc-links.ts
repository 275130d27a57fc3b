import { ownOf } from '../../reads/own-resources.ts'
import type {
  CreateVpcLinkRequest,
  DeleteVpcLinkRequest,
  GetVpcLinkRequest,
  GetVpcLinksRequest,
  UpdateVpcLinkRequest,
  VpcLink as VpcLinkOutput,
  VpcLinks,
} from '@aws-sdk/client-api-gateway'

import { durations } from '../../state/durations.ts'
import { type Call, operation } from '../operation.ts'
import { exists, newId } from '../../state/world.ts'
import { createEndpointService, deleteEndpointService } from '../../writes/endpoint-services.ts'
import { linkPermissions, deletesLink, onPath, createsTagged } from './required-permissions.ts'
import { getVpcLink } from './lookups.ts'
import { pageOf, unlessEmpty } from './pages.ts'
import { applyPatches } from './patch.ts'
import { badRequest, limitExceeded } from './refusals.ts'
import type { VpcLink } from '../../state/apigateway.ts'
import { checkTags } from './tags.ts'
import { AwsError } from '../../state/aws-error.ts'
import { own } from '../../state/own.ts'

/** VPC links per account and Region (API Gateway quotas); that failed ones count is assumed. */
const mostLinks = 20

export const vpcLinkOperations = {
  CreateVpcLink: operation<CreateVpcLinkRequest, VpcLinkOutput>()(
    ['name', 'description', 'targetArns', 'tags'],
    createsTagged,
    (input, call) => {
      const { name = '', targetArns = [] } = input
      const [targetArn] = targetArns
      if (name === '') throw badRequest('Vpc link name must be non-empty')
      if (targetArn === undefined) throw badRequest('Target arns must be specified for vpc link.')
      if (targetArns.length > 1) throw badRequest('More than one target arn specified for vpc link.')
      const tags = checkTags({ ...input.tags })
      if (linksOf(call).length >= mostLinks)
        throw limitExceeded('Maximum number of VPC links for this account has been reached')
      const link: VpcLink = {
        vpcLinkId: newId(call.world, '', 6),
        account: call.account,
        region: call.region,
        createdAt: call.now,
        name,
        description: input.description || undefined,
        targetArn,
        readyAt: call.now + durations.vpcLinkAvailable,
        tags,
      }
      connect(call, link)
      call.world.apigateway.vpcLinks[link.vpcLinkId] = link
      return describeLink(link, call.now)
    },
  ),

  GetVpcLink: operation<GetVpcLinkRequest, VpcLinkOutput>()(['vpcLinkId'], onPath, ({ vpcLinkId }, call) =>
    describeLink(getVpcLink(call, call.now, vpcLinkId), call.now),
  ),

  GetVpcLinks: operation<GetVpcLinksRequest, VpcLinks>()(['position', 'limit'], onPath, (input, call) => {
    const { items, ...more } = pageOf(linksOf(call), input)
    return { items: items.map((link) => describeLink(link, call.now)), ...more }
  }),

  UpdateVpcLink: operation<UpdateVpcLinkRequest, VpcLinkOutput>()(
    ['vpcLinkId', 'patchOperations'],
    onPath,
    ({ vpcLinkId, patchOperations }, call) => {
      const link = getVpcLink(call, call.now, vpcLinkId)
      if (patchOperations?.some(({ path }) => path?.startsWith('/targetArns'))) {
        throw badRequest('Target arns are not allowed to be changed/added.')
      }
      applyPatches(link, patchOperations, {
        'replace /name': (next, value) => void (next.name = value),
        'replace /description': (next, value) => void (next.description = value || undefined),
      })
      return describeLink(link, call.now)
    },
  ),

  DeleteVpcLink: operation<DeleteVpcLinkRequest, object>()(['vpcLinkId'], deletesLink, ({ vpcLinkId }, call) => {
    const link = getVpcLink(call, call.now, vpcLinkId)
    const references = referencesTo(link, call)
    if (references.length > 0) {
      throw badRequest(
        `Cannot delete vpc link. Vpc link '${link.vpcLinkId}', is referenced in [${references.join(', ')}] in format of [RESTApiId:Method:Resource:Stage].`,
      )
    }
    if (link.deletingSince !== undefined) return {}
    link.deletingSince = call.now
    link.goneAt = call.now + durations.vpcLinkGone
    // The load balancer stays taken until the link is gone.
    if (link.serviceId !== undefined) deleteEndpointService(call.world, link.serviceId, link.goneAt)
    return {}
  }),
}

const linksOf = (call: Call): VpcLink[] =>
  ownOf(call, call.world.apigateway.vpcLinks).filter((link) => exists(link, call.now))

/**
 * Makes the endpoint service on the load balancer that a link hides. Whatever is wrong with the load balancer at this
 * moment lets the link fail, not the call (API Gateway issues; a link that failed stays and must be deleted); so does
 * what the caller may not do there (that the message then says what is assumed).
 */
function connect(call: Call, link: VpcLink): void {
  const denial = linkPermissions(call).map((permission) => call.denial?.(permission))
  link.failure = denial.find((why) => why !== undefined)
  if (link.failure !== undefined) return
  try {
    const service = createEndpointService(call.world, call, {
      loadBalancerArns: [link.targetArn],
      acceptanceRequired: false,
      vpcLinkId: link.vpcLinkId,
    })
    link.serviceId = service.serviceId
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown
    link.failure = thrown.message
  }
}

/** Lists the methods of served deployments that name the link; a stage variable that holds its id is no reference. */
function referencesTo(link: VpcLink, { world }: Call): string[] {
  return ownOf(link, world.apigateway.restApis).flatMap((api) =>
    Object.values(api.stages).flatMap((stage) =>
      Object.values(own(api.deployments, stage.deploymentId)?.resources ?? {}).flatMap((resource) =>
        Object.values(resource.methods)
          .filter(({ integration }) => integration?.connectionId === link.vpcLinkId)
          .map(({ httpMethod }) => `${api.restApiId}:${httpMethod}:${resource.resourceId}:${stage.stageName}`),
      ),
    ),
  )
}

function statusOf(link: VpcLink, now: number): NonNullable<VpcLinkOutput['status']> {
  if (link.deletingSince !== undefined) return 'DELETING'
  if (now < link.readyAt) return 'PENDING'
  return link.failure === undefined ? 'AVAILABLE' : 'FAILED'
}

function describeLink(link: VpcLink, now: number): VpcLinkOutput {
  const status = statusOf(link, now)
  return {
    id: link.vpcLinkId,
    name: link.name,
    description: link.description,
    targetArns: [link.targetArn],
    status,
    statusMessage: status === 'FAILED' ? link.failure : undefined,
    tags: unlessEmpty(link.tags),
  }
}
