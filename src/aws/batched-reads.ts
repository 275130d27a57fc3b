import type * as ApiGateway from '@aws-sdk/client-api-gateway'
import type * as Ec2 from '@aws-sdk/client-ec2'
import type * as Elbv2 from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Identity } from '../engine/step.ts'

/** By which property a thing is looked for; `mark` is by ownership tag. */
export type By<Names extends string = never> =
  | { id: string }
  | { identity: Identity }
  | { [N in Names]: Record<N, string> }[Names]

/** Everything of its kind in the account and Region. */
export interface All {
  all: true
}

/**
 * Batched eyes of one account and Region. Every look answers with the rows that match, none if there is none: not found
 * is an answer, not an error. Looks of the same operation made in the same turn travel in one call, in pages.
 */
export interface BatchedReads {
  vpcs(by: By): Promise<Ec2.Vpc[]>
  subnets(by: By<'vpcId'>): Promise<Ec2.Subnet[]>
  routeTables(by: By<'vpcId'>): Promise<Ec2.RouteTable[]>
  securityGroups(by: By<'name'>): Promise<Ec2.SecurityGroup[]>
  networkInterfaces(by: By<'groupId'>): Promise<Ec2.NetworkInterface[]>
  endpoints(by: By<'vpcId'>): Promise<Ec2.VpcEndpoint[]>
  endpointServices(by: By): Promise<Ec2.ServiceConfiguration[]>
  /** Connections to one of this account's endpoint services, by service id. */
  endpointConnections(by: { serviceId: string }): Promise<Ec2.VpcEndpointConnection[]>
  /** With their tags, which ELBv2 describes apart. */
  loadBalancers(by: { arn: string } | { name: string } | All): Promise<(Elbv2.LoadBalancer & Tagged)[]>
  targetGroups(by: { arn: string } | { name: string }): Promise<(Elbv2.TargetGroup & Tagged)[]>
  listeners(by: { loadBalancerArn: string }): Promise<(Elbv2.Listener & Tagged)[]>
  /** The rules of a listener, without its default rule. */
  rules(by: { listenerArn: string }): Promise<(Elbv2.Rule & Tagged)[]>
  trustStores(by: { arn: string } | { name: string }): Promise<(Elbv2.TrustStore & Tagged)[]>
  restApis(by: By | All): Promise<ApiGateway.RestApi[]>
  vpcLinks(by: By | All): Promise<ApiGateway.VpcLink[]>
}

export interface Tagged {
  tags: Record<string, string>
}
