// The steps of article 1, part 1: an application of another account, through PrivateLink.
import { partitionOf } from '../aws/partition.ts'
import { createHash } from 'node:crypto'
import type * as z from 'zod'
import { after } from '../engine/ref.ts'
import { acceptance } from '../steps/acceptance.ts'
import { allowedPrincipal } from '../steps/allowed-principal.ts'
import { applicationLoadBalancer, type BalancerPointer } from '../steps/application-load-balancer.ts'
import { commonZones } from '../steps/common-zones.ts'
import { endpointAddresses } from '../steps/endpoint-addresses.ts'
import { endpointService } from '../steps/endpoint-service.ts'
import { interfaceEndpoint } from '../steps/interface-endpoint.ts'
import { securityGroup } from '../steps/security-group.ts'
import { targetGroup } from '../steps/target-group.ts'
import type { applicationAccountSettings } from './application-account-settings.ts'
import type { Flow } from './flow.ts'
import { listenerPortOf, addLink, addLinkGroup, addNetwork } from './link.ts'
import { principalOf } from './principal.ts'
import { addPrivateApi, offeredApi } from './private-api.ts'

type Application = z.output<typeof applicationAccountSettings.schema>['application']

export const applicationAccount: Flow<typeof applicationAccountSettings> = {
  offers: offeredApi,

  compose(context, settings) {
    const { builder } = context
    const { application: app } = settings
    const provider = context.account(app.account).key
    const hub = context.network(settings.gateway.network)
    const account = hub.account.key
    const gateway = { context, settings, hub }

    // 1) Configure Interface Endpoint Services (VPC Endpoint Services)
    const network = addNetwork(context, '2', hub)
    const subnets = network.facts.subnets.map((all) => all.filter(({ subnetId }) => hub.subnetIds.includes(subnetId)))
    const cidrs = subnets.map((all) => all.map(({ cidr }) => cidr))
    const balancer = builder.step('1', 'application-balancer', applicationLoadBalancer, provider, {
      pointer: pointerOf(app),
      port: app.port,
      callers: cidrs,
    })
    const service = builder.step('1', 'service', endpointService, provider, {
      loadBalancerArn: balancer.facts.loadBalancerArn,
    })
    const allowed = builder.step('1', 'allowed', allowedPrincipal, provider, {
      serviceId: service.facts.serviceId,
      principal: principalOf(hub.account, app.allow),
    })

    // 2) Configure the interface endpoint VPC Endpoint
    // A service is offered in the zones of its load balancer, so that they can be compared before the service exists.
    const zones = builder.step('2', 'zones', commonZones, account, { balancerZoneIds: balancer.facts.zoneIds, subnets })
    const linkGroup = addLinkGroup(gateway, '4', network.facts.vpcId, [{ port: app.port, cidrs }])
    const endpointGroup = builder.step('2', 'endpoint-group', securityGroup, account, {
      vpcId: network.facts.vpcId,
      description: `Way to the application of ${context.description}`,
      ingress: [{ port: app.port, groupId: linkGroup.facts.groupId }],
      egress: [],
    })
    const endpoint = builder.step('2', 'endpoint', interfaceEndpoint, account, {
      vpcId: network.facts.vpcId,
      serviceName: after(allowed.facts.principal, service.facts.serviceName),
      subnetIds: zones.facts.subnetIds,
      securityGroupIds: [endpointGroup.facts.groupId],
      privateDns: false,
    })

    // 3) Accept Endpoint connections
    const accepted = builder.step('3', 'accepted', acceptance, provider, {
      serviceId: service.facts.serviceId,
      endpointId: endpoint.facts.endpointId,
      ownerId: hub.account.id,
    })
    const live = builder.step('3', 'live', endpointAddresses, account, { endpointId: accepted.facts.endpointId })

    // 4) Create an NLB for the VPC link
    const targets = builder.step('4', 'targets', targetGroup, account, {
      vpcId: network.facts.vpcId,
      cidrBlocks: network.facts.cidrBlocks,
      port: app.port,
      targets: live.facts.addresses.map((all) => all.map((address) => ({ address, port: app.port }))),
    })
    const port = listenerPortOf(gateway, app.port)

    // 5) Create a VPC Link
    const way = addLink(
      gateway,
      { balancer: '4', link: '5' },
      {
        groupId: linkGroup.facts.groupId,
        targetGroupArn: targets.facts.targetGroupArn,
        port,
      },
    )

    // 6) Prepare VPC Endpoint for API Gateway; 7) Create a Private Restful API; 8) Test it through private network
    const articles = { endpoint: '6', api: '7', test: '8' }
    addPrivateApi(gateway, { articles, ...way, port })
  },

  existing({ name, account }, { application: app }) {
    const { id: accountId, region } = account(app.account)
    // The VPC is made up. It has a backend in each zone, since a node sends to its own zone unless told otherwise.
    const hash = createHash('sha256').update(`${accountId}/${name}`).digest('hex')
    const vpcId = `vpc-${hash.slice(0, 17)}`
    const subnets = ['a', 'b'].map((zone, index) => ({
      subnetId: `subnet-${hash.slice(17, 33)}${zone}`,
      cidr: `10.200.${index}.0/24`,
    }))
    const balancerName = app.loadBalancerName ?? `k8s-${hash.slice(33, 49)}`
    const arn =
      app.loadBalancerArn ??
      `arn:${partitionOf(region)}:elasticloadbalancing:${region}:${accountId}:loadbalancer/net/${balancerName}/${hash.slice(40, 56)}`
    const tags: Record<string, string> = app.service === undefined ? {} : { 'kubernetes.io/service-name': app.service }
    const targets = subnets.map((_, index) => ({ ip: `10.200.${index}.100`, port: 8080, host: name }))
    return {
      vpcs: [{ accountId, region, vpcId, cidr: '10.200.0.0/16', subnets, routes: [] }],
      loadBalancers: [
        {
          accountId,
          region,
          arn,
          vpcId,
          subnetIds: subnets.map(({ subnetId }) => subnetId),
          port: app.port,
          targets,
          tags,
        },
      ],
    }
  },
}

function pointerOf({ loadBalancerArn, loadBalancerName, service = '' }: Application): BalancerPointer {
  if (loadBalancerArn !== undefined) return { arn: loadBalancerArn }
  return loadBalancerName === undefined ? { service } : { name: loadBalancerName }
}
