import type { Aws } from '../../src/aws/aws.ts'
import type { Probe } from '../../src/aws/vantage.ts'
import { after } from '../../src/engine/ref.ts'
import { startGraph, type Graph } from '../../src/engine/graph.ts'
import type { Config } from '../../src/flows/config.ts'
import type { FlowContext } from '../../src/flows/flow.ts'
import { lookupIn } from '../../src/flows/accounts-and-networks.ts'
import { addName } from '../../src/flows/proxy-names.ts'
import type { Sandbox } from '../../packages/sandbox/src/server/sandbox.ts'
import { acceptance } from '../../src/steps/acceptance.ts'
import { allowedPrincipal } from '../../src/steps/allowed-principal.ts'
import { endpointAddresses } from '../../src/steps/endpoint-addresses.ts'
import { endpointService } from '../../src/steps/endpoint-service.ts'
import { interfaceEndpoint } from '../../src/steps/interface-endpoint.ts'
import { network } from '../../src/steps/network.ts'
import { securityGroup } from '../../src/steps/security-group.ts'

/** One name in a private hosted zone, and one that the service's owner has to prove. */
export const names = { zoned: 'payments.example.internal', proved: 'payments.acme.com' }

const loadBalancerArn = 'arn:aws:elasticloadbalancing:us-east-1:014770000000:loadbalancer/net/orders/50dc6c495c0c9188'

/** An endpoint in the hub of the example to a service of its application, which has a name of each kind. */
export function namesGraph(config: Config): Graph<Aws, Probe> {
  const { graph, builder: builderFor } = startGraph<Aws, Probe>(config.adopt)
  const places = lookupIn(config)
  const builder = builderFor('payments')
  const producer = places.account('application')
  const hub = places.network('hub')
  const account = hub.account.key
  const service = builder.step('1', 'service', endpointService, producer.key, { loadBalancerArn })
  const allowed = builder.step('1', 'allowed', allowedPrincipal, producer.key, {
    serviceId: service.facts.serviceId,
    principal: `arn:aws:iam::${hub.account.id}:root`,
  })
  const found = builder.step('2', 'network', network, account, { vpcId: hub.vpcId, subnetIds: hub.subnetIds })
  const group = builder.step('2', 'endpoint-group', securityGroup, account, {
    vpcId: found.facts.vpcId,
    description: 'Callers of the proxy',
    ingress: [{ port: 443, cidrs: found.facts.cidrBlocks }],
    egress: [],
  })
  const endpoint = builder.step('2', 'endpoint', interfaceEndpoint, account, {
    vpcId: found.facts.vpcId,
    serviceName: after(allowed.facts.principal, service.facts.serviceName),
    subnetIds: hub.subnetIds,
    securityGroupIds: [group.facts.groupId],
  })
  const accepted = builder.step('3', 'accepted', acceptance, producer.key, {
    serviceId: service.facts.serviceId,
    endpointId: endpoint.facts.endpointId,
    ownerId: hub.account.id,
  })
  const live = builder.step('3', 'live', endpointAddresses, account, { endpointId: accepted.facts.endpointId })
  // Of its context, addName uses nothing but the builder.
  const context = { builder } as unknown as FlowContext
  const parts = { service, producer, network: hub, endpoint, accepted: live.facts.addresses }
  addName(context, '4', { ...parts, names: 'hosted-zone', name: names.zoned })
  const other = { builder: builder.shared('payments/public') } as unknown as FlowContext
  addName(other, '4', { ...parts, names: 'private-dns', name: names.proved })
  return graph
}

/** Plays an owner of domains who writes every TXT record that AWS asks for. */
export function proveDomains({ world }: Sandbox): void {
  const asked = () =>
    Object.values(world.ec2.endpointServices).flatMap(({ privateDns }) =>
      privateDns === undefined ? [] : [[`${privateDns.recordName}.${privateDns.name}`, [privateDns.value]]],
    )
  Object.defineProperty(world, 'publicRecords', { get: () => Object.fromEntries(asked()), enumerable: true })
}
