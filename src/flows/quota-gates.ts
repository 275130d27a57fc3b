// Adds the gates that compare what a graph makes with the quotas of each account.
import type { Aws } from '../aws/aws.ts'
import type { Probe } from '../aws/vantage.ts'
import { needsOf, type Refs } from '../engine/ref.ts'
import type { Node, GraphBuilder, Graph } from '../engine/graph.ts'
import { interfaceEndpoint } from '../steps/interface-endpoint.ts'
import { listener } from '../steps/listener.ts'
import { loadBalancer } from '../steps/load-balancer.ts'
import { quotas } from '../steps/quotas.ts'
import { restApi } from '../steps/rest-api.ts'
import { vpcLink } from '../steps/vpc-link.ts'
import { type AccountsAndNetworks, resolveAccounts } from './accounts-and-networks.ts'

/**
 * Adds, for every account and Region in which the graph makes something that has a quota, the gate that compares the
 * two. Things that the config adopts exist already and do not count.
 */
export function addQuotas(
  graph: Graph<Aws, Probe>,
  builder: (integration: string) => GraphBuilder<Aws, Probe>,
  config: AccountsAndNetworks,
): void {
  const nodes = [...graph.values()].filter(({ adopt }) => adopt === undefined)
  const names = new Map(resolveAccounts(config).map(({ key, name }) => [key, name]))
  for (const account of new Set(nodes.map((node) => node.account))) {
    const here = nodes.filter((node) => node.account === account)
    const counted = [vpcLink, restApi, loadBalancer, listener, interfaceEndpoint].map(({ id }) =>
      here.filter(({ step }) => step.id === id),
    )
    const [links = [], apis = [], balancers = [], listeners = [], endpoints = []] = counted
    // The gate belongs to every integration that it counts something of, so that --only selects it.
    const integrations = new Set(counted.flat().flatMap((node) => node.integrations))
    const inputs = {
      raised: config.accounts[names.get(account) ?? '']?.quotas ?? {},
      vpcLinks: links.length,
      privateApis: apis.length,
      loadBalancers: balancers.length,
      listeners: mostOnOne(listeners),
      // The input of the step itself, as the flows give it.
      endpointVpcIds: endpoints.map(({ inputs }) => inputs['vpcId'] as Refs<string>),
    }
    for (const name of integrations) builder(name).shared(account).step('1', 'quotas', quotas, account, inputs)
  }
}

/** The number of listeners on the load balancer that has most. */
function mostOnOne(listeners: readonly Node<Aws, Probe>[]): number {
  const counts = new Map<string, number>()
  for (const { inputs } of listeners) {
    const balancer = needsOf(inputs['loadBalancerArn']).join()
    counts.set(balancer, (counts.get(balancer) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values())
}
