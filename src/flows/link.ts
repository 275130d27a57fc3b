// Adds the VPC link to a backend, with its load balancer, of its own or shared by the integrations of a network.
import { after, type Ref, type Refs, together } from '../engine/ref.ts'
import { listener } from '../steps/listener.ts'
import { loadBalancer } from '../steps/load-balancer.ts'
import { network } from '../steps/network.ts'
import { securityGroup } from '../steps/security-group.ts'
import type { Rule } from '../steps/shared/security-group-rules.ts'
import { targetHealth } from '../steps/target-health.ts'
import { vpcLink } from '../steps/vpc-link.ts'
import type { ResolvedNetwork } from './accounts-and-networks.ts'
import type { FlowContext, OfferContext } from './flow.ts'
import type { PrivateApiSettings } from './private-api-settings.ts'

/** The builder of what all integrations in a VPC share. */
export const sharedBuilder = (
  { builder }: FlowContext,
  { account, vpcId }: Pick<ResolvedNetwork, 'account' | 'vpcId'>,
) => builder.shared(`${account.key}/${vpcId}`)

/** Adds the gate that checks a network of the config. All integrations in it share the gate. */
export const addNetwork = (context: FlowContext, article: string, { account, vpcId, subnetIds }: ResolvedNetwork) =>
  sharedBuilder(context, { account, vpcId }).step(article, 'network', network, account.key, { vpcId, subnetIds })

/** The side of an integration on which its VPC link and its private API are made, in the network `hub`. */
export interface Gateway {
  context: FlowContext
  settings: PrivateApiSettings
  hub: ResolvedNetwork
}

/** The builder of the load balancer and its link, which are the integration's own or shared. */
const linkBuilder = ({ context, settings, hub }: Gateway) =>
  settings.loadBalancer === 'shared' ? sharedBuilder(context, hub) : context.builder

const healthNode = 'health'

/** The handle of the targets' health, which addLink adds. */
export const handleOfHealth = (builder: OfferContext['builder']) => builder.handle(healthNode, targetHealth)

/** The port of the integration's listener, which its API's URI names. */
export const listenerPortOf = ({ context, settings }: Gateway, backendPort: number): number =>
  settings.loadBalancer === 'shared' ? context.sharedPort : (settings.listenerPort ?? backendPort)

/**
 * The security group of the load balancer's nodes. It has no rules for incoming traffic: that of the link is not
 * subject to them, and nobody else may call. On a shared load balancer the rules for outgoing traffic of all
 * integrations are united.
 */
export const addLinkGroup = (gateway: Gateway, article: string, vpcId: Ref<string>, egress: Refs<Rule>[]) =>
  linkBuilder(gateway).step(article, 'link-group', securityGroup, gateway.hub.account.key, {
    vpcId,
    description: 'Nodes of the load balancer behind the VPC link',
    ingress: [],
    egress,
  })

/**
 * Load balancer, listener and VPC link: `articles` are the numbers of the load balancer's step and the link's. The
 * listener needs no more than the load balancer's ARN; a link fails on a load balancer that is not active. The targets'
 * health is read last, when it has long been decided.
 */
export function addLink(
  gateway: Gateway,
  articles: { balancer: string; link: string },
  parts: { groupId: Ref<string>; targetGroupArn: Ref<string>; port: number },
) {
  const { context, hub } = gateway
  const account = hub.account.key
  const balancer = linkBuilder(gateway).step(articles.balancer, 'link-balancer', loadBalancer, account, {
    subnetIds: hub.subnetIds,
    securityGroupIds: [parts.groupId],
  })
  const listening = context.builder.step(articles.balancer, 'listener', listener, account, {
    loadBalancerArn: balancer.made.loadBalancerArn,
    port: parts.port,
    targetGroupArn: parts.targetGroupArn,
  })
  const link = linkBuilder(gateway).step(articles.link, 'link', vpcLink, account, {
    loadBalancerArn: balancer.facts.loadBalancerArn,
  })
  const health = context.builder.step(articles.link, healthNode, targetHealth, account, {
    targetGroupArn: after(together([listening.facts.listenerArn, link.facts.vpcLinkId]), parts.targetGroupArn),
  })
  return { link, dnsName: balancer.made.dnsName, settled: health.facts.targetGroupArn }
}
