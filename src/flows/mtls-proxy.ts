// The steps of article 2, third pattern: a proxy that asks for client certificates in front of a private API.
import { together } from '../engine/ref.ts'
import { certificateDates } from '../steps/certificate-dates.ts'
import { endpointAddresses } from '../steps/endpoint-addresses.ts'
import { endpointService } from '../steps/endpoint-service.ts'
import { interfaceEndpoint } from '../steps/interface-endpoint.ts'
import { securityGroup } from '../steps/security-group.ts'
import { separateZones } from '../steps/separate-zones.ts'
import type { Flow, FlowContext } from './flow.ts'
import { addNetwork } from './link.ts'
import { albHealthPort, existingForAlb, addAlbProxy } from './mtls-alb.ts'
import { addCaller, addDirectCall, addProof } from './mtls-caller.ts'
import { existingForTasks } from './mtls-existing.ts'
import { leaveCertificates, readAlbCertificates, readNginxCertificates } from './mtls-certificates.ts'
import { healthPort, addNginxProxy } from './mtls-nginx.ts'
import type { MtlsProxySettings, mtlsProxySettings } from './mtls-proxy-settings.ts'
import type { ResolvedNetwork } from './accounts-and-networks.ts'
import { existingProducer, addProducer, type Producer } from './producer.ts'

/** Name of the node of the proxy's own execute-api endpoint, which lets in nobody but the proxy. */
const endpointNode = 'execute-api'

export const mtlsProxy: Flow<typeof mtlsProxySettings> = {
  offers: ({ builder }) => {
    const { endpointId } = builder.handle(endpointNode, interfaceEndpoint).made
    return { door: { addEndpoint: () => endpointId } }
  },

  compose(context, settings) {
    const { builder } = context
    const home = context.network(settings.producer.network)
    const account = home.account.key
    const certificates = certificatesOf(context, settings)
    if (certificates.expiries.length > 0) {
      builder.step('1', 'certificate-dates', certificateDates, account, { expiries: certificates.expiries })
    }

    // 1) The way from the proxy to the private API, which nobody else can take
    const ground = addGround(context, settings, home)

    // 2) The producer lets it in
    const admitted = { name: context.name, endpointId: ground.endpoint.made.endpointId, own: true }
    const producer = addProducer(context, '2', settings, admitted)

    // 3) The proxy, 4) and its load balancer
    const front = addProxy(context, settings, { home, ground, producer, certificates })

    // 5) Its endpoint service
    const service = builder.step('5', 'service', endpointService, account, { loadBalancerArn: front.loadBalancerArn })

    // 6) Endpoints of those who may call, 7) and the proof
    const settled = together([front.settled, producer.open])
    for (const name of settings.access.networks) {
      const way = addCaller(context, settings, { name, home, service, zoneIds: ground.zoneIds })
      addProof(context, settings, { name, certificates, settled, way })
    }
    const { networks, foreign } = settings.access
    const strangers = [
      ...networks.filter((name) => !context.otherwiseOpenTo.includes(name)),
      ...(foreign ? [foreign] : []),
    ]
    for (const name of strangers) addDirectCall(context, settings, { name, producer, settled })
  },

  existing: ({ name, ...lookup }, settings) => {
    const api = existingProducer(lookup, name, settings)
    if ('certificateArn' in settings.tls) return { ...api, ...existingForAlb(settings.tls) }
    const forTasks = existingForTasks(lookup.network(settings.producer.network), settings.tls, settings.nginx)
    return { ...api, ...forTasks, endpoints: [...(api.endpoints ?? []), ...forTasks.endpoints] }
  },
}

function certificatesOf({ name, folder, readsFiles }: FlowContext, { tls, test }: MtlsProxySettings) {
  if (!readsFiles) return leaveCertificates(tls, folder)
  if ('certificateArn' in tls) return readAlbCertificates(name, tls.clientCa.copy, test, folder)
  return readNginxCertificates(name, tls, test, folder)
}

/**
 * Adds security groups and the endpoint of the producer's side: the load balancer's nodes reach the proxy, the proxy
 * reaches the endpoint, and nobody else reaches either. Traffic of the endpoint service is not subject to the load
 * balancer's rules.
 */
function addGround({ builder, ...context }: FlowContext, { proxy }: MtlsProxySettings, home: ResolvedNetwork) {
  const account = home.account.key
  const network = addNetwork({ builder, ...context }, '1', home)
  const { vpcId, cidrBlocks } = network.facts
  const subnets = network.facts.subnets.map((all) => all.filter(({ subnetId }) => home.subnetIds.includes(subnetId)))
  const cidrs = subnets.map((all) => all.map(({ cidr }) => cidr))
  // The proxy still answers when one zone has failed.
  const zones = builder.step('1', 'zones', separateZones, account, { subnets, atLeast: 2 })
  const ports = [443, proxy === 'alb' ? albHealthPort : healthPort]
  const balancerGroup = builder.step('1', 'balancer-group', securityGroup, account, {
    vpcId,
    description: `Nodes of the load balancer of ${context.description}`,
    ingress: [],
    egress: ports.map((port) => ({ port, cidrs })),
  })
  const proxyGroup = builder.step('1', 'proxy-group', securityGroup, account, {
    vpcId,
    description: `Proxy of ${context.description}`,
    ingress: ports.map((port) => ({ port, groupId: balancerGroup.facts.groupId })),
    // A task reaches its image, its secrets and its log at addresses that AWS does not list.
    egress: [{ port: 443, cidrs: proxy === 'alb' ? cidrs : ['0.0.0.0/0'] }],
  })
  const endpointGroup = builder.step('1', 'execute-api-group', securityGroup, account, {
    vpcId,
    description: `Way to the private API of ${context.description}`,
    ingress: [{ port: 443, groupId: proxyGroup.facts.groupId }],
    egress: [],
  })
  const endpoint = builder.step('1', endpointNode, interfaceEndpoint, account, {
    vpcId,
    serviceName: home.executeApiService,
    subnetIds: home.subnetIds,
    securityGroupIds: [endpointGroup.facts.groupId],
    privateDns: false,
  })
  return { vpcId, cidrBlocks, zoneIds: zones.facts.zoneIds, balancerGroup, proxyGroup, endpoint }
}

interface ProxyParts {
  home: ResolvedNetwork
  ground: ReturnType<typeof addGround>
  producer: Producer
  certificates: ReturnType<typeof certificatesOf>
}

function addProxy(context: FlowContext, settings: MtlsProxySettings, parts: ProxyParts) {
  const { home, ground, producer, certificates } = parts
  const { vpcId, cidrBlocks, balancerGroup, proxyGroup, endpoint } = ground
  const balancerGroupId = balancerGroup.facts.groupId
  const proxyGroupId = proxyGroup.facts.groupId
  const { tls } = settings
  if ('certificateArn' in tls) {
    const addresses = context.builder.step('1', 'execute-api-addresses', endpointAddresses, home.account.key, {
      endpointId: endpoint.facts.endpointId,
    })
    const copy = 'copy' in certificates ? certificates.copy : undefined
    return addAlbProxy(context, '3', {
      producer: home,
      vpcId,
      cidrBlocks,
      balancerGroupId,
      proxyGroupId,
      addresses: addresses.facts.addresses,
      apiId: producer.apiId,
      stage: producer.stage,
      tls: { ...tls, ...(copy && { fingerprint: copy.fingerprint }) },
    })
  }
  if (!('certificate' in certificates)) throw new Error('the certificates are those of another proxy')
  return addNginxProxy(context, {
    home,
    vpcId,
    cidrBlocks,
    balancerGroupId,
    proxyGroupId,
    producer,
    tls,
    certificates,
    endpointName: endpoint.facts.dnsName.map((name) => name ?? ''),
    nginx: settings.nginx,
  })
}
