import { after, type Ref, type Refs, together } from '../engine/ref.ts'
import { listener } from '../steps/listener.ts'
import { loadBalancer } from '../steps/load-balancer.ts'
import { network } from '../steps/network.ts'
import { securityGroup } from '../steps/security-group.ts'
import type { Rule } from '../steps/shared/security-group-rules.ts'
import { targetHealth } from '../steps/target-health.ts'
import { vpcLink } from '../steps/vpc-link.ts'
import type { CommonSettings, FlowContext } from './flow.ts'
import type { ResolvedNetwork } from './accounts-and-networks.ts'

/** The builder of what all integrations in a VPC share. */
export const sharedBuilder = (
  { builder }: FlowContext,
  { account, vpcId }: Pick<ResolvedNetwork, 'account' | 'vpcId'>,
) => builder.shared(`${account.key}/${vpcId}`)

/** The gate of a network that the config names. */
export const addNetwork = (context: FlowContext, article: string, { account, vpcId, subnetIds }: ResolvedNetwork) =>
  sharedBuilder(context, { account, vpcId }).step(article, 'network', network, account.key, { vpcId, subnetIds })

/** Where an integration's link stands: on a load balancer of its own, or on that of the network. */
interface LinkSite {
  context: FlowContext
  settings: CommonSettings
  hub: ResolvedNetwork
}

const isShared = ({ settings }: LinkSite): boolean => settings.loadBalancer === 'shared'

const builderOf = (site: LinkSite) => (isShared(site) ? sharedBuilder(site.context, site.hub) : site.context.builder)

/** The port of the integration's listener, which its API's URI names. */
export const listenerPortOf = ({ context, settings }: LinkSite, backendPort: number): number =>
  settings.loadBalancer === 'shared' ? context.sharedPort : (settings.listenerPort ?? backendPort)

/**
 * The security group of the load balancer's nodes. Nothing comes in by its rules: what the link brings is not subject to
 * them, and nobody else is to call. On a shared load balancer the ways out unite.
 */
export const addLinkGroup = (site: LinkSite, article: string, vpcId: Ref<string>, egress: Refs<Rule>[]) =>
  builderOf(site).step(article, 'link-group', securityGroup, site.hub.account.key, {
    vpcId,
    description: 'Nodes of the load balancer behind the VPC link',
    ingress: [],
    egress,
  })

/**
 * Load balancer, listener and VPC link: `articles` are the numbers of the load balancer's step and the link's. The listener
 * needs no more than the load balancer's ARN; a link fails on a load balancer that is not active. The targets' health is
 * looked at last: by then it has long been decided.
 */
export function addLink(
  site: LinkSite,
  articles: { balancer: string; link: string },
  parts: { groupId: Ref<string>; targetGroupArn: Ref<string>; port: number },
) {
  const { context, hub } = site
  const account = hub.account.key
  const balancer = builderOf(site).step(articles.balancer, 'link-balancer', loadBalancer, account, {
    subnetIds: hub.subnetIds,
    securityGroupIds: [parts.groupId],
  })
  const listening = context.builder.step(articles.balancer, 'listener', listener, account, {
    loadBalancerArn: balancer.made.loadBalancerArn,
    port: parts.port,
    targetGroupArn: parts.targetGroupArn,
  })
  const link = builderOf(site).step(articles.link, 'link', vpcLink, account, {
    loadBalancerArn: balancer.facts.loadBalancerArn,
  })
  const health = context.builder.step(articles.link, 'health', targetHealth, account, {
    targetGroupArn: after(together([listening.facts.listenerArn, link.facts.vpcLinkId]), parts.targetGroupArn),
  })
  return { link, dnsName: balancer.made.dnsName, settled: health.facts.targetGroupArn }
}
