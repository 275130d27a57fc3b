// Adds the way of one network to an mtls-proxy, and the calls that prove it.
import { after, type Ref, together } from '../engine/ref.ts'
import type { NodeHandle } from '../engine/graph.ts'
import { acceptance } from '../steps/acceptance.ts'
import { allowedPrincipal } from '../steps/allowed-principal.ts'
import { commonZones } from '../steps/common-zones.ts'
import { endpointAddresses } from '../steps/endpoint-addresses.ts'
import { foreignEndpoint } from '../steps/foreign-endpoint.ts'
import { interfaceEndpoint } from '../steps/interface-endpoint.ts'
import { mtlsCall } from '../steps/mtls-call.ts'
import { securityGroup } from '../steps/security-group.ts'
import { testCall } from '../steps/test-call.ts'
import type { FlowContext } from './flow.ts'
import { addNetwork } from './link.ts'
import type { Certificates } from './mtls-certificates.ts'
import type { MtlsProxySettings } from './mtls-proxy-settings.ts'
import type { ResolvedNetwork } from './accounts-and-networks.ts'
import { principalOf } from './principal.ts'
import type { Producer } from './producer.ts'
import { addName } from './proxy-names.ts'

interface CallerParts {
  /** The network's name in the config. */
  name: string
  home: ResolvedNetwork
  service: NodeHandle<{ serviceId: string; serviceName: string }>
  /** Where the proxy's load balancer stands. */
  zoneIds: Ref<string[]>
}

/**
 * Adds a network's way to the proxy: permission to connect, group, endpoint, the acceptance of exactly it, and a name.
 */
export function addCaller(context: FlowContext, { names, tls }: MtlsProxySettings, parts: CallerParts) {
  const { builder } = context
  const { name, home, service } = parts
  const network = context.network(name)
  const account = network.account.key
  const found = addNetwork(context, '6', network)
  const { vpcId } = found.facts
  const subnets = found.facts.subnets.map((all) => all.filter(({ subnetId }) => network.subnetIds.includes(subnetId)))
  const zones = builder.step('6', `zones-${name}`, commonZones, account, { balancerZoneIds: parts.zoneIds, subnets })
  // Networks of one account share this permission.
  const allowed = builder.step('5', `allowed-${network.account.name}`, allowedPrincipal, home.account.key, {
    serviceId: service.facts.serviceId,
    principal: principalOf(network.account, 'role'),
  })
  const { callers } = network
  const cidrs = callers?.filter((caller) => !caller.startsWith('sg-')) ?? found.facts.cidrBlocks
  const groups = callers?.filter((caller) => caller.startsWith('sg-')) ?? []
  const group = builder.step('6', `group-${name}`, securityGroup, account, {
    vpcId,
    description: `Callers of ${context.description}`,
    ingress: [{ port: 443, cidrs }, ...groups.map((groupId) => ({ port: 443, groupId }))],
    egress: [],
  })
  const endpoint = builder.step('6', `endpoint-${name}`, interfaceEndpoint, account, {
    vpcId,
    serviceName: after(allowed.facts.principal, service.facts.serviceName),
    subnetIds: zones.facts.subnetIds,
    securityGroupIds: [group.facts.groupId],
  })
  const accepted = builder.step('6', `accepted-${name}`, acceptance, home.account.key, {
    serviceId: service.facts.serviceId,
    endpointId: endpoint.facts.endpointId,
    ownerId: network.account.id,
  })
  const live = builder.step('6', `live-${name}`, endpointAddresses, account, { endpointId: accepted.facts.endpointId })
  const named = addName(context, '6', {
    names,
    name: tls.name,
    service,
    producer: home.account,
    network,
    endpoint,
    accepted: live.facts.endpointId,
  })
  return { network, live, address: names === 'none' ? endpoint.facts.dnsName : named }
}

interface ProofParts {
  /** The network's name in the config. */
  name: string
  certificates: Pick<Certificates, 'client' | 'ca'>
  /** Known once the proxy answers and the API lets it in. */
  settled: Ref<unknown>
  way: ReturnType<typeof addCaller>
}

/** Adds calls with and without certificates from one of the networks that may call. */
export function addProof({ builder }: FlowContext, settings: MtlsProxySettings, parts: ProofParts): void {
  const { name, certificates, settled, way } = parts
  const { client, ca } = certificates
  const { method, path, status: statuses } = settings.test
  builder.step('7', `call-from-${name}`, mtlsCall, way.network.account.key, {
    vpcId: way.network.vpcId,
    endpointId: after(settled, way.live.facts.endpointId),
    address: way.address,
    name: settings.tls.name,
    from: name,
    method,
    path,
    statuses,
    ...(client && { client }),
    ...(ca !== undefined && { ca }),
  })
}

interface DirectParts {
  /** The network's name in the config. */
  name: string
  producer: Producer
  settled: Ref<unknown>
}

/**
 * Adds the call past the proxy, by an execute-api endpoint of the network's own, which the private API must not let in.
 */
export function addDirectCall(context: FlowContext, settings: MtlsProxySettings, parts: DirectParts): void {
  const { name, producer, settled } = parts
  const isCaller = settings.access.networks.includes(name)
  const { account, vpcId, executeApiService: serviceName, executeApi } = context.network(name)
  const stranger = context.builder.step('7', `past-the-proxy-${name}`, foreignEndpoint, account.key, {
    vpcId,
    // Other integrations may make an endpoint in this network: it is ready once `settled` is known.
    ...(isCaller ? { serviceName: settled.map(() => serviceName), ownToo: true } : { serviceName }),
    ...(executeApi?.endpointId !== undefined && { endpointId: executeApi.endpointId }),
  })
  const { method, path, status: statuses } = settings.test
  context.builder.step('7', `direct-call-from-${name}`, testCall, producer.account.key, {
    apiId: producer.apiId,
    stageName: after(together([settled, producer.open]), producer.apiId).map(() => producer.stage),
    endpointId: stranger.facts.endpointId,
    endpointName: stranger.facts.dnsName,
    from: settings.access.networks.includes(name) ? `${name} past the proxy` : name,
    allowed: false,
    method,
    path,
    statuses,
  })
}
