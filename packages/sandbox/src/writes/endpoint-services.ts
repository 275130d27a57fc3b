import { isOwn } from '../reads/own-resources.ts'
import { durations } from '../state/durations.ts'
import type { Tags } from '../state/resource.ts'
import { exists, newId, type World } from '../state/world.ts'
import type { EndpointService } from '../state/ec2.ts'
import { AwsError } from '../state/aws-error.ts'
import type { CallContext } from '../state/call-context.ts'
import { endpointState } from '../reads/endpoints.ts'

/** The endpoint service that has a load balancer: one at most, a VPC link's hidden one included. */
export const serviceOfLoadBalancer = (world: World, arn: string, now: number): EndpointService | undefined =>
  Object.values(world.ec2.endpointServices).find(
    (service) => service.loadBalancerArns.includes(arn) && exists(service, now),
  )

/**
 * Throws if a load balancer cannot get an endpoint service. The texts are those that a failed VPC link shows; codes
 * without a source of their own are assumed.
 */
export function checkLoadBalancer(world: World, context: CallContext, arn: string): void {
  const balancer = world.elbv2.loadBalancers[arn]
  if (!isOwn(context, balancer)) {
    const message = `The specified Network Load Balancer ARN ${arn} does not exist.`
    throw new AwsError('InvalidNetworkLoadBalancerArn.NotFound', message)
  }
  if (balancer.type !== 'network') throw new AwsError('InvalidNetworkLoadBalancerArn.Malformed', 'NLB ARN is malformed')
  if (context.now < balancer.readyAt) {
    const message =
      'NLB is not in active state. If you recently created this NLB, please wait for it to become active and try again..'
    throw new AwsError('InvalidParameter', message)
  }
  if (serviceOfLoadBalancer(world, arn, context.now) !== undefined) {
    throw new AwsError('InvalidParameter', 'NLB is already associated with another VPC Endpoint Service')
  }
}

/** The settings of a new endpoint service. */
export interface EndpointServiceSettings {
  loadBalancerArns: string[]
  acceptanceRequired: boolean
  /** The VPC link that it hides behind: nobody else sees it offered, and only the link removes it. */
  vpcLinkId?: string
  tags?: Tags
}

/** Makes an endpoint service on load balancers of the owner. Throws what `checkLoadBalancer` throws. */
export function createEndpointService(
  world: World,
  context: CallContext,
  settings: EndpointServiceSettings,
): EndpointService {
  for (const arn of settings.loadBalancerArns) checkLoadBalancer(world, context, arn)
  const serviceId = newId(world, 'vpce-svc-')
  const service: EndpointService = {
    serviceId,
    serviceName: `com.amazonaws.vpce.${context.region}.${serviceId}`,
    loadBalancerArns: [...settings.loadBalancerArns],
    acceptanceRequired: settings.acceptanceRequired,
    principals: [],
    usableAt: context.now + durations.endpointServiceUsable,
    ...(settings.vpcLinkId !== undefined && { vpcLinkId: settings.vpcLinkId }),
    account: context.account,
    region: context.region,
    createdAt: context.now,
    tags: settings.tags ?? {},
  }
  world.ec2.endpointServices[serviceId] = service
  return service
}

/** Lets a service go: at once for a VPC link's hidden one, whose deletion the link's own time covers. */
export function deleteEndpointService(world: World, serviceId: string, now: number): void {
  const service = world.ec2.endpointServices[serviceId]
  if (service === undefined || service.deletingSince !== undefined) return
  service.deletingSince = now
  service.goneAt = service.vpcLinkId === undefined ? now + durations.endpointServiceGone : now
}

/** Whether live endpoints hold a service; rejected ones do not. A hidden service is held by its link. */
export function hasLiveConnections(world: World, service: EndpointService, now: number): boolean {
  const live = Object.values(world.ec2.endpoints).some(
    (endpoint) =>
      endpoint.serviceName === service.serviceName &&
      exists(endpoint, now) &&
      ['pendingAcceptance', 'pending', 'available'].includes(endpointState(endpoint, now)),
  )
  return live || service.vpcLinkId !== undefined
}
