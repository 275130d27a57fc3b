// The steps of article 1, part 2: servers of another network, reached through routes that exist already.
import { routes } from '../steps/routes.ts'
import { targetAddresses } from '../steps/target-addresses.ts'
import { targetGroup } from '../steps/target-group.ts'
import type { Flow } from './flow.ts'
import { listenerPortOf, addLink, addLinkGroup, addNetwork } from './link.ts'
import type { otherNetworkSettings } from './other-network-settings.ts'
import { addPrivateApi, offeredApi } from './private-api.ts'

export const otherNetwork: Flow<typeof otherNetworkSettings> = {
  offers: offeredApi,

  compose(context, settings) {
    const { builder } = context
    const hub = context.network(settings.gateway.network)
    const account = hub.account.key
    const gateway = { context, settings, hub }
    const [first, ...others] = settings.targets.map(({ port }) => port)
    const backendPort = first ?? 80

    // 1) Make sure the network is open
    const network = addNetwork(context, '1', hub)
    const named = builder.step('1', 'addresses', targetAddresses, account, { targets: settings.targets })
    const reachable = builder.step('1', 'routes', routes, account, {
      vpcId: network.facts.vpcId,
      cidrBlocks: network.facts.cidrBlocks,
      subnetIds: hub.subnetIds,
      targets: named.facts.targets,
    })

    // 3) Create an NLB prepared for VPC link
    const targets = builder.step('3', 'targets', targetGroup, account, {
      vpcId: network.facts.vpcId,
      cidrBlocks: network.facts.cidrBlocks,
      port: backendPort,
      targets: reachable.facts.targets,
    })
    const egress = [...new Set([backendPort, ...others])].map((port) => ({
      port,
      cidrs: named.facts.targets.map((all) =>
        all.filter((one) => one.port === port).map(({ address }) => `${address}/32`),
      ),
    }))
    const linkGroup = addLinkGroup(gateway, '3', network.facts.vpcId, egress)
    const port = listenerPortOf(gateway, backendPort)

    // 4) Create a VPC Link
    const way = addLink(
      gateway,
      { balancer: '3', link: '4' },
      {
        groupId: linkGroup.facts.groupId,
        targetGroupArn: targets.facts.targetGroupArn,
        port,
      },
    )

    // 2) Use the VPC Endpoint for API Gateway; 5) Create a Private Restful API; 6) test it over the private network
    const articles = { endpoint: '2', api: '5', test: '5' }
    addPrivateApi(gateway, { articles, ...way, port })
  },

  existing({ name }, { targets }) {
    const names: Record<string, string[]> = {}
    const hosts = targets.map((target, index) => {
      if ('ip' in target) return { ip: target.ip, port: target.port, name }
      // The config does not say to which address the name resolves: one of the other network is made up.
      const ip = `192.168.${[...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 256}.${10 + index}`
      names[target.name] = [ip]
      return { ip, port: target.port, name }
    })
    return { hosts, names }
  },
}
