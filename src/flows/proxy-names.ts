// Adds the DNS name of an mtls-proxy in the networks of its callers.
import { after, type Ref } from '../engine/ref.ts'
import type { NodeHandle } from '../engine/graph.ts'
import { dnsRecord } from '../steps/dns-record.ts'
import { endpointPrivateDns } from '../steps/endpoint-private-dns.ts'
import { hostedZone } from '../steps/hosted-zone.ts'
import { nameRoom } from '../steps/name-room.ts'
import { privateDnsName } from '../steps/private-dns-name.ts'
import { privateDnsVerified } from '../steps/private-dns-verified.ts'
import type { FlowContext } from './flow.ts'
import type { ResolvedAccount, ResolvedNetwork } from './accounts-and-networks.ts'

/** The parts that let callers in a network find the proxy by its name. */
export interface NameParts {
  /** With `none` the consumer's own DNS does it, and no node is added. */
  names: 'hosted-zone' | 'private-dns' | 'none'
  /** The name in the server's certificate: `tls.name`. */
  name: string
  /** The endpoint service in front of the proxy. */
  service: NodeHandle<{ serviceId: string }>
  /** The account of the service. */
  producer: ResolvedAccount
  /** The network of the callers. */
  network: ResolvedNetwork
  /**
   * The interface endpoint to the service in that network. Its step must not set `privateDns`: a node added here does,
   * once the connection has been accepted.
   */
  endpoint: NodeHandle<{ endpointId: string; dnsName: string | null }>
  /** Known once the provider has accepted the endpoint and it is available. */
  accepted: Ref<unknown>
}

/**
 * Adds what makes the proxy's name lead to the endpoint of one consumer's network; call it once per network. With
 * `hosted-zone`, a private hosted zone of exactly that name and an alias in it (nodes `zone-NETWORK`, `name-NETWORK`).
 * With `private-dns`, the name on the service and its verification, once for all networks (`private-name`,
 * `verified-name`), and the endpoint's private DNS (`name-NETWORK`). Checks of the VPC come first
 * (`name-room-NETWORK`).
 *
 * @returns the name, once it leads to an endpoint that is accepted.
 */
export function addName(context: FlowContext, article: string, parts: NameParts): Ref<string> {
  const { builder } = context
  const { names, name, service, producer, network, endpoint, accepted } = parts
  const account = network.account.key
  if (names === 'none') return after(accepted, endpoint.made.endpointId).map(() => name)
  const room = builder.step(article, `name-room-${network.name}`, nameRoom, account, {
    vpcId: network.vpcId,
    name,
    by: names,
  })
  if (names === 'hosted-zone') {
    const zone = builder.step(article, `zone-${network.name}`, hostedZone, account, { vpcId: room.facts.vpcId, name })
    const record = builder.step(article, `name-${network.name}`, dnsRecord, account, {
      zoneId: zone.facts.zoneId,
      name,
      endpointId: endpoint.made.endpointId,
    })
    return after(accepted, record.facts.name)
  }
  const wanted = builder.step(article, 'private-name', privateDnsName, producer.key, {
    serviceId: service.facts.serviceId,
    name,
  })
  const verified = builder.step(article, 'verified-name', privateDnsVerified, producer.key, {
    serviceId: wanted.facts.serviceId,
    name: wanted.facts.name,
  })
  const named = builder.step(article, `name-${network.name}`, endpointPrivateDns, account, {
    endpointId: after(accepted, endpoint.made.endpointId),
    name: after(room.facts.vpcId, verified.facts.name),
  })
  return named.facts.name
}
