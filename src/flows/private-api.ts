import { after, factRef, madeOf, type Ref, type Refs } from '../engine/ref.ts'
import { apiDefinition } from '../steps/api-definition.ts'
import { endpointAddresses } from '../steps/endpoint-addresses.ts'
import { interfaceEndpoint } from '../steps/interface-endpoint.ts'
import type { PlacedSubnet } from '../steps/network.ts'
import { privateDns } from '../steps/private-dns.ts'
import { restApi } from '../steps/rest-api.ts'
import type { Rule } from '../steps/shared/security-group-rules.ts'
import { securityGroup } from '../steps/security-group.ts'
import { stageLink } from '../steps/stage-link.ts'
import { stage } from '../steps/stage.ts'
import { testCall } from '../steps/test-call.ts'
import type { CommonSettings, FlowContext } from './flow.ts'
import type { NodeHandle } from '../engine/graph.ts'
import { addForeignCalls } from './foreign-call.ts'
import { addNetwork, sharedBuilder } from './link.ts'
import type { ResolvedNetwork } from './accounts-and-networks.ts'

/** Name of the node of an mtls-proxy's own execute-api endpoint, which lets in nobody but the proxy. */
export const proxyEndpoint = 'execute-api'

/**
 * The execute-api endpoint of a network, made or taken as it is. All integrations that the network may call share it. It
 * lets in the network's callers, unless `admitted` says that it is wanted for others.
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
 * The way from a caller to the execute-api endpoint of its network: the caller's group, which lets nothing else out, and the
 * endpoint, which lets it in. `groupTo` writes down the group for blocks of addresses.
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
  // The endpoint's addresses are not known before its group is there, which names this one.
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
 * The way from a front door's load balancer to the execute-api endpoint of its network. Shared by all front doors of the
 * network, and by the integrations that they lead to.
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

interface ApiParts {
  settings: CommonSettings
  hub: ResolvedNetwork
  /** Numbers of the article's steps. */
  articles: { endpoint: string; api: string; test: string }
  link: NodeHandle<{ vpcLinkId: string }>
  /** Of the load balancer: the Host header unless the config says otherwise. */
  dnsName: Ref<string>
  port: number
  /** The link is up, and the targets' health has been decided. */
  settled: Ref<unknown>
}

/** The private API and its proof: endpoints of all networks that may call, API, definition, stage, test calls. */
export function addPrivateApi(context: FlowContext, parts: ApiParts): void {
  const { settings, hub, articles, link, dnsName, port, settled } = parts
  const { builder, description, document } = context
  const account = hub.account.key

  const callers = settings.access.networks.map((name) => {
    const network = context.network(name)
    return { name, endpoint: addExecuteApi(context, articles.endpoint, network) }
  })

  // Doors that other integrations of the file have to this API; they say themselves who is to get in by them.
  const consumers = context.consumers.map((name) =>
    addExecuteApi(context, articles.endpoint, context.network(name), []),
  )
  const proxies = context.proxies.map((name) => factRef<string>(madeOf(`${name}/${proxyEndpoint}`), 'endpointId'))
  const fronts = context.fronts.map((name) => addFrontEndpoint(context, articles.endpoint, context.network(name)))

  const api = builder.step(articles.api, 'api', restApi, account, { description })
  const definition = builder.step(articles.api, 'definition', apiDefinition, account, {
    apiId: api.facts.apiId,
    name: api.facts.name,
    description,
    endpointIds: [
      ...[...callers, ...fronts].map(({ endpoint }) => endpoint.made.endpointId),
      ...consumers.map(({ made }) => made.endpointId),
      ...proxies,
    ],
    backend: { protocol: settings.api.protocol, host: settings.api.host ?? dnsName, port },
    cors: settings.api.cors,
    binaryMediaTypes: settings.api.binaryMediaTypes,
    ...(document && { document }),
  })
  const deployed = builder.step(articles.api, 'stage', stage, account, {
    apiId: definition.facts.apiId,
    stageName: settings.api.stage,
    hash: definition.facts.hash,
  })
  const linked = builder.step(articles.api, 'stage-link', stageLink, account, {
    apiId: deployed.facts.apiId,
    stageName: deployed.facts.stageName,
    vpcLinkId: link.made.vpcLinkId,
  })
  // A variable holds no link: AWS would let it go while calls still come through it.
  builder.hold(deployed, link)

  const { method, path, status } = settings.api.test
  const request = {
    apiId: linked.facts.apiId,
    stageName: after(settled, linked.facts.stageName),
    method,
    path,
    statuses: status,
  }
  for (const { name, endpoint } of callers) {
    builder.step(articles.test, `call-from-${name}`, testCall, account, {
      ...request,
      endpointId: endpoint.facts.endpointId,
      endpointName: endpoint.facts.dnsName,
      from: name,
      allowed: true,
    })
  }
  const { foreign } = settings.access
  addForeignCalls(context, articles.test, foreign, [
    {
      name: `call-from-${foreign}`,
      account: hub.account,
      apiId: linked.facts.apiId,
      stage: settings.api.stage,
      open: settled,
      test: settings.api.test,
    },
  ])
}
