// Collects everything that a config says exists before privlink runs, for a rehearsal to begin with.
import ipaddr from 'ipaddr.js'
import type { Existing, ExistingVpc } from './existing.ts'
import { declarationsOf, type Integration } from './flows.ts'
import { flowOf } from './loaded-flows.ts'
import { type AccountsAndNetworks, lookupIn } from './accounts-and-networks.ts'

interface Config extends AccountsAndNetworks {
  integrations: Record<string, Integration>
}

/**
 * Everything that a config says exists before privlink runs: accounts with their roles, VPCs, the applications' load
 * balancers and private APIs, the targets of other networks, and an endpoint in every foreign network.
 */
export function existingThings(config: Config): Existing {
  const lookup = lookupIn(config)
  const parts = Object.entries(config.integrations).map(([name, settings]) =>
    flowOf(settings).existing({ name, ...lookup }, settings),
  )
  type Kind = Exclude<keyof Existing, 'accounts' | 'names'>
  const all = <K extends Kind>(kind: K) => parts.flatMap((part): Existing[K][number][] => part[kind] ?? [])
  const internet = [...new Set(all('internet'))]
  const hosts = distinct(all('hosts'), ({ ip, port }) => `${ip}:${port}`)
  return {
    accounts: Object.keys(config.accounts).map((name) => {
      const { id, region, roleArn, externalId } = lookup.account(name)
      return { id, region, roleArn, externalId }
    }),
    vpcs: distinct([...vpcsOf(config, hosts, internet), ...all('vpcs')], ({ vpcId }) => vpcId),
    loadBalancers: distinct(all('loadBalancers'), ({ arn }) => arn),
    endpoints: distinct([...endpointsOf(config), ...all('endpoints')], ({ endpointId }) => endpointId),
    privateApis: distinct(all('privateApis'), ({ apiId }) => apiId),
    functions: distinct(all('functions'), ({ arn }) => arn),
    logging: all('logging'),
    secrets: distinct(all('secrets'), ({ arn }) => arn),
    internet,
    hosts,
    names: Object.assign({}, ...parts.map(({ names }) => names)),
    objects: distinct(all('objects'), ({ bucket, key }) => `${bucket}/${key}`),
    certificates: distinct(all('certificates'), ({ arn }) => arn),
  }
}

/**
 * The VPCs of the config's networks. Blocks are made up: 10.0.0.0/16 and so on, around the targets of other networks.
 */
function vpcsOf(config: Config, hosts: Existing['hosts'], internet: readonly string[]): ExistingVpc[] {
  const { network } = lookupIn(config)
  const merged = new Map<string, { accountId: string; region: string; vpcId: string; subnetIds: string[] }>()
  for (const name of Object.keys(config.networks)) {
    const { account, region, vpcId, subnetIds } = network(name)
    const present = merged.get(vpcId)
    const both = [...new Set([...(present?.subnetIds ?? []), ...subnetIds])]
    merged.set(vpcId, { accountId: account.id, region, vpcId, subnetIds: both })
  }
  const hubs = new Set([...declarationsOf(config.integrations).values()].map(({ home }) => network(home.name).vpcId))
  const isFree = (second: number) =>
    !hosts.some(({ ip }) => ipaddr.IPv4.parse(ip).match(ipaddr.IPv4.parse(`10.${second}.0.0`), 16))
  const free = Array.from({ length: 200 }, (_, second) => second).filter(isFree)
  return [...merged.values()].map(({ subnetIds, ...vpc }, index) => {
    const second = free[index] ?? index
    return {
      ...vpc,
      cidr: `10.${second}.0.0/16`,
      subnets: subnetIds.map((subnetId, third) => ({ subnetId, cidr: `10.${second}.${third}.0/24` })),
      routes: [
        // The way to the other network, as a transit gateway would give it.
        ...(hubs.has(vpc.vpcId) ? hosts : []).map(({ ip }) => ({
          destination: `${ip}/32`,
          target: 'tgw-0a1b2c3d4e5f60718',
        })),
        ...(internet.includes(vpc.vpcId) ? [{ destination: '0.0.0.0/0', target: 'nat-0a1b2c3d4e5f60718' }] : []),
      ],
    }
  })
}

/** Endpoints that the config names, and one in every foreign network, through which the negative proof calls. */
function endpointsOf(config: Config): Existing['endpoints'] {
  const { network } = lookupIn(config)
  const foreign = new Set([...declarationsOf(config.integrations).values()].map((declared) => declared.foreign?.name))
  const named = Object.keys(config.networks).flatMap((name) => {
    const { account, region, vpcId, subnetIds, executeApi, executeApiService: serviceName } = network(name)
    const endpointId = executeApi?.endpointId ?? (foreign.has(name) ? `vpce-${vpcId.slice('vpc-'.length)}` : undefined)
    if (endpointId === undefined) return []
    const privateDns = executeApi?.privateDns ?? true
    return [{ accountId: account.id, region, endpointId, vpcId, subnetIds, serviceName, privateDns }]
  })
  return distinct(named, ({ endpointId }) => endpointId)
}

const distinct = <T>(things: readonly T[], keyOf: (thing: T) => string): T[] => [
  ...new Map(things.map((thing) => [keyOf(thing), thing])).values(),
]
