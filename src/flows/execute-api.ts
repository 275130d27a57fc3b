// Adds the execute-api endpoint of a network, and the ways by which callers come to it.
import type { NodeHandle } from '../engine/graph.ts'
import type { Ref, Refs } from '../engine/ref.ts'
import { endpointAddresses } from '../steps/endpoint-addresses.ts'
import { interfaceEndpoint } from '../steps/interface-endpoint.ts'
import type { PlacedSubnet } from '../steps/network.ts'
import { privateDns } from '../steps/private-dns.ts'
import { securityGroup } from '../steps/security-group.ts'
import type { Rule } from '../steps/shared/security-group-rules.ts'
import type { ResolvedNetwork } from './accounts-and-networks.ts'
import type { FlowContext } from './flow.ts'
import { addNetwork, sharedBuilder } from './link.ts'

/**
 * The execute-api endpoint of a network, made or taken as it is. All integrations that the network may call share it.
 * It lets in the network's callers, and only those of `admitted` where that is given and the config names no callers.
 */
export function addExecuteApi(
  context: FlowContext,
  article: string,
  network: ResolvedNetwork,
  admitted?: Refs<Rule>[],
) {
  const { account, vpcId, subnetIds, executeApiService: serviceName, callers, executeApi } = network
  const builder = sharedBuilder(context, network)
  if (executeApi?.endpointId !== undefined) {
    const inputs = { vpcId, serviceName }
    return builder.step(article, 'execute-api', interfaceEndpoint, account.key, inputs, executeApi.endpointId)
  }
  const found = addNetwork(context, article, network)
  const cidrs =
    callers?.filter((caller) => !caller.startsWith('sg-')) ?? (admitted === undefined ? found.facts.cidrBlocks : [])
  const groups = callers?.filter((caller) => caller.startsWith('sg-')) ?? []
  const group = builder.step(article, 'execute-api-group', securityGroup, account.key, {
    vpcId: found.facts.vpcId,
    description: 'Callers of private APIs',
    ingress: [{ port: 443, cidrs }, ...(admitted ?? []), ...groups.map((groupId) => ({ port: 443, groupId }))],
    egress: [],
  })
  const isNamed = executeApi?.privateDns ?? true
  const room = isNamed
    ? builder.step(article, 'private-dns', privateDns, account.key, { vpcId: found.facts.vpcId, serviceName })
    : found
  return builder.step(article, 'execute-api', interfaceEndpoint, account.key, {
    vpcId: room.facts.vpcId,
    serviceName,
    subnetIds,
    securityGroupIds: [group.facts.groupId],
    privateDns: isNamed,
  })
}

/**
 * The way from a caller to the execute-api endpoint of its network: the caller's group, which lets nothing else out,
 * and the endpoint, which lets it in. `groupTo` adds the group, which lets out to blocks of addresses.
 */
export function addCallerEndpoint(
  context: FlowContext,
  article: string,
  network: ResolvedNetwork,
  groupTo: (vpcId: Ref<string>, cidrs: Ref<string[]>) => NodeHandle<{ groupId: string }>,
) {
  const found = addNetwork(context, article, network)
  const { vpcId, subnets } = found.facts
  if (network.executeApi?.endpointId !== undefined) {
    const endpoint = addExecuteApi(context, article, network)
    const { addresses } = addAddresses(context, article, network, endpoint).facts
    const group = groupTo(
      vpcId,
      addresses.map((all) => all.map((address) => `${address}/32`)),
    )
    return { found, endpoint, group }
  }
  // The endpoint's group names the caller's group, so that the endpoint's addresses are not known in time.
  const group = groupTo(
    vpcId,
    subnets.map((all) => blocksIn(network, all)),
  )
  const endpoint = addExecuteApi(context, article, network, [{ port: 443, groupId: group.facts.groupId }])
  return { found, endpoint, group }
}

/** Blocks of the subnets in which the network's endpoint is made. */
export const blocksIn = ({ subnetIds }: ResolvedNetwork, all: readonly PlacedSubnet[]): string[] =>
  all.filter(({ subnetId }) => subnetIds.includes(subnetId)).map(({ cidr }) => cidr)

const addAddresses = (
  context: FlowContext,
  article: string,
  network: ResolvedNetwork,
  endpoint: NodeHandle<{ endpointId: string }>,
) =>
  sharedBuilder(context, network).step(article, 'front-addresses', endpointAddresses, network.account.key, {
    endpointId: endpoint.facts.endpointId,
  })

/**
 * The way from a front door's load balancer to the execute-api endpoint of its network. Shared by all front doors of
 * the network, and by the integrations that they lead to.
 */
export function addFrontEndpoint(context: FlowContext, article: string, hub: ResolvedNetwork) {
  const way = addCallerEndpoint(context, article, hub, (vpcId, cidrs) =>
    sharedBuilder(context, hub).step(article, 'front-group', securityGroup, hub.account.key, {
      vpcId,
      description: 'Nodes of the load balancer behind front doors',
      ingress: [],
      egress: [{ port: 443, cidrs }],
    }),
  )
  return { ...way, addresses: addAddresses(context, article, hub, way.endpoint) }
}
